// Broken on purpose: batch norms with one small edit each, most of them found in public teaching material. A gradient
// check, or a learner's own tests, must tell each from the right one.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "common/tensor.hpp"

namespace bn {

/// A broken x̂ = f(x, ε); x and x̂ are [N, C, H, W].
struct BrokenForward {
    const char* name;
    std::function<Tensor<double>(const Tensor<double>&, double)> x_hat;
};

/// A broken ∂loss/∂x = f(d_y, x, statistics, weight, ε).
struct BrokenBackward {
    const char* name;
    std::function<Tensor<double>(const Tensor<double>&, const Tensor<double>&, const ChannelStatistics&,
                                 const Tensor<double>&, double)>
        d_x;
};

/// The variance as E[x²] − μ², all in T: Eq. (2.13). It cancels; in float at a mean of 1e4 nothing is left.
template <std::floating_point T>
std::vector<T> one_pass_variance(const Tensor<T>& x) {
    std::vector<T> variance;
    const T count = static_cast<T>(x.numel() / x.size(1));
    for (Index c = 0; c < x.size(1); ++c) {
        T sum = 0, squares = 0;
        for (Index n = 0; n < x.size(0); ++n)
            for (Index h = 0; h < x.size(2); ++h)
                for (Index w = 0; w < x.size(3); ++w) {
                    sum += x(n, c, h, w);
                    squares += x(n, c, h, w) * x(n, c, h, w);
                }
        variance.push_back(squares / count - (sum / count) * (sum / count));
    }
    return variance;
}

/// x̂ of x seen under another shape, which is all it takes to average over the wrong axes.
inline Tensor<double> x_hat_as(const Tensor<double>& x, Shape shape, double eps) {
    return batch_norm_2d(x.reshape(std::move(shape)), Tensor<double>(), Tensor<double>(), eps).y.reshape(x.shape());
}

inline const std::vector<BrokenForward>& broken_forwards() {
    static const std::vector<BrokenForward> all = {
        {"statistics over N only",
         [](const Tensor<double>& x, double eps) {
             return x_hat_as(x, {x.size(0), x.numel() / x.size(0), 1, 1}, eps);
         }},
        {"statistics per image",
         [](const Tensor<double>& x, double eps) {
             return x_hat_as(x, {1, x.size(0) * x.size(1), x.size(2), x.size(3)}, eps);
         }},
        {"one mean for all channels",
         [](const Tensor<double>& x, double eps) {
             return x_hat_as(x, {x.size(0), 1, x.numel() / x.size(0), 1}, eps);
         }},
        {"unbiased variance",
         [](const Tensor<double>& x, double eps) {
             ChannelStatistics s = channel_statistics(x);
             for (double& v : s.variance) v *= static_cast<double>(s.count) / static_cast<double>(s.count - 1);
             return normalize(x, s, Tensor<double>(), Tensor<double>(), eps);
         }},
        {"eps outside the root",
         [](const Tensor<double>& x, double eps) {
             ChannelStatistics s = channel_statistics(x);
             for (double& v : s.variance) v = (std::sqrt(v) + eps) * (std::sqrt(v) + eps);
             return normalize(x, s, Tensor<double>(), Tensor<double>(), 0.0);
         }},
    };
    return all;
}

/// γ/√(σ² + ε)·(d_y − [with_mean]·mean(d_y) − [with_x_hat]·x̂·mean(d_y·x̂)): Eq. (2.11) with terms left out.
inline Tensor<double> d_x_from(const Tensor<double>& d_y, const Tensor<double>& x, const ChannelStatistics& s,
                               const Tensor<double>& weight, double eps, bool with_mean, bool with_x_hat) {
    const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, s, weight, eps);
    const Tensor<double> x_hat = normalize(x, s, Tensor<double>(), Tensor<double>(), eps);
    const double count = static_cast<double>(s.count);
    Tensor<double> d_x(x.shape());
    for (Index c = 0; c < x.size(1); ++c) {
        const double scale = weight[c] / std::sqrt(s.variance[static_cast<std::size_t>(c)] + eps);
        for (Index n = 0; n < x.size(0); ++n)
            for (Index h = 0; h < x.size(2); ++h)
                for (Index w = 0; w < x.size(3); ++w)
                    d_x(n, c, h, w) = scale * (d_y(n, c, h, w) - (with_mean ? g.d_bias[c] / count : 0.0) -
                                               (with_x_hat ? x_hat(n, c, h, w) * g.d_weight[c] / count : 0.0));
    }
    return d_x;
}

inline const std::vector<BrokenBackward>& broken_backwards() {
    using X = const Tensor<double>&;
    using S = const ChannelStatistics&;
    static const std::vector<BrokenBackward> all = {
        {"no gradient through mean and variance",
         [](X d_y, X x, S s, X weight, double eps) { return d_x_from(d_y, x, s, weight, eps, false, false); }},
        {"no gradient through the variance",
         [](X d_y, X x, S s, X weight, double eps) { return d_x_from(d_y, x, s, weight, eps, true, false); }},
        {"no gradient through the mean",
         [](X d_y, X x, S s, X weight, double eps) { return d_x_from(d_y, x, s, weight, eps, false, true); }},
        {"gamma forgotten",
         [](X d_y, X x, S s, X weight, double eps) {
             return d_x_from(d_y, x, s, Tensor<double>(weight.shape(), 1.0), eps, true, true);
         }},
        {"eps forgotten on the way back",
         [](X d_y, X x, S s, X weight, double) { return d_x_from(d_y, x, s, weight, 0.0, true, true); }},
    };
    return all;
}

}  // namespace bn
