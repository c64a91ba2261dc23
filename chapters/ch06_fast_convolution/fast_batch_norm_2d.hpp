// Chapter 2's batch norm at the speed of memory: each plane of one channel in one image is summed on its own, and the
// planes' sums are merged in a fixed order.
#pragma once

#include <omp.h>

#include <array>
#include <cmath>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "ch06_fast_convolution/vector_loops.hpp"

namespace bn {

namespace detail {

/// x − μ for a μ in double, kept as the sum of two T: x − high is exact where x is near, and low is put in afterwards.
/// So the digits of a float x near 1e4 are kept without computing in double.
template <class T>
struct Centre {
    T high, low;
    explicit Centre(double mean) : high(static_cast<T>(mean)), low(static_cast<T>(mean - static_cast<double>(high))) {}
    Vec<T> operator()(Vec<T> x) const { return (x - high) - low; }
};

/// Mean and sum of squared deviations of the `count` values of a plane.
struct Moments {
    double mean, squares;
};

/// In two passes; the second finds the plane in the cache.
template <class T>
Moments plane_moments(const T* x, Index count) {
    const double mean =
        sums_over<T, 1>(count, [&](auto at) { return std::array{at(x)}; })[0] / static_cast<double>(count);
    const auto [squares] = sums_over<T, 1>(count, [&](auto at) {
        const Vec<double> difference = at(x) - mean;
        return std::array{difference * difference};
    });
    return {mean, squares};
}

/// The channels' statistics from the moments of N·C planes of `plane` values, merged in double: Eq. (6.5).
inline ChannelStatistics merged(const std::vector<Moments>& moments, Index N, Index C, Index plane) {
    ChannelStatistics s{std::vector<double>(static_cast<std::size_t>(C)),
                        std::vector<double>(static_cast<std::size_t>(C)), N * plane};
    for (Index c = 0; c < C; ++c) {
        const auto of_image = [&](Index n) { return moments[static_cast<std::size_t>(n * C + c)]; };
        // The mean of means; then the squares around it: those around each plane's own mean, and the means' own
        double mean = 0.0, squares = 0.0;
        for (Index n = 0; n < N; ++n) mean += of_image(n).mean;
        mean /= static_cast<double>(N);
        for (Index n = 0; n < N; ++n) {
            const double shift = of_image(n).mean - mean;
            squares += of_image(n).squares + static_cast<double>(plane) * shift * shift;
        }
        s.mean[static_cast<std::size_t>(c)] = mean;
        s.variance[static_cast<std::size_t>(c)] = squares / static_cast<double>(s.count);
    }
    return s;
}

/// What normalising does to a channel, Eq. (2.4) and (2.5) in one: y = (x − μ)·scale + shift with scale = γ/√(σ² + ε)
/// and shift = β.
template <class T>
struct NormalizeChannel {
    Centre<T> centred;
    T scale, shift;
    Vec<T> operator()(Vec<T> x) const { return centred(x) * scale + shift; }
};

template <class T>
std::vector<NormalizeChannel<T>> normalize_channels(const ChannelStatistics& statistics, const Tensor<T>& weight,
                                                    const Tensor<T>& bias, double eps) {
    std::vector<NormalizeChannel<T>> channels;
    for (std::size_t c = 0; c < statistics.mean.size(); ++c) {
        const Index index = static_cast<Index>(c);
        const double gamma = weight.defined() ? static_cast<double>(weight[index]) : 1.0;
        channels.push_back({Centre<T>(statistics.mean[c]),
                            static_cast<T>(gamma / std::sqrt(statistics.variance[c] + eps)),
                            bias.defined() ? bias[index] : T(0)});
    }
    return channels;
}

/// What the backward pass needs of a plane, and then of a channel: Σ d_y and Σ d_y·(x − μ).
using GradientSums = std::array<double, 2>;

template <class T>
GradientSums gradient_sums(const T* d_y, const T* x, double mean, Index count) {
    return sums_over<T, 2>(count, [&](auto at) {
        const Vec<double> d = at(d_y);
        return std::array{d, d * (at(x) - mean)};
    });
}

/// The backward pass of a channel, Eq. (2.11): d_x = a·d_y − b·x̂ − c with x̂ = (x − μ)/s, s = √(σ² + ε), a = γ/s,
/// b = a·Σ d_y·x̂/n and c = a·Σ d_y/n.
template <class T>
struct GradientChannel {
    Centre<T> centred;
    T inverse_std, a, b, c;
    Vec<T> operator()(Vec<T> d_y, Vec<T> x) const { return (a * d_y - c) - b * (centred(x) * inverse_std); }
};

template <class T>
struct GradientChannels {
    std::vector<GradientChannel<T>> channels;
    Tensor<T> d_weight, d_bias;
};

/// From the sums of N·C planes, added in order; β and γ get Eq. (2.9) and (2.10). With frozen statistics b = c = 0.
template <class T>
GradientChannels<T> gradient_channels(const std::vector<GradientSums>& plane_sums, const ChannelStatistics& statistics,
                                      const Tensor<T>& weight, double eps, bool statistics_depend_on_x) {
    const Index C = std::ssize(statistics.mean);
    GradientChannels<T> g{{}, Tensor<T>({C}), Tensor<T>({C})};
    for (Index c = 0; c < C; ++c) {
        double d_y = 0.0, d_y_centred = 0.0;
        for (std::size_t k = static_cast<std::size_t>(c); k < plane_sums.size(); k += static_cast<std::size_t>(C)) {
            d_y += plane_sums[k][0];
            d_y_centred += plane_sums[k][1];
        }
        const std::size_t ch = static_cast<std::size_t>(c);
        const double std = std::sqrt(statistics.variance[ch] + eps), count = static_cast<double>(statistics.count);
        const double scale = (weight.defined() ? static_cast<double>(weight[c]) : 1.0) / std;
        g.d_bias[c] = static_cast<T>(d_y);
        g.d_weight[c] = static_cast<T>(d_y_centred / std);
        const bool batch = statistics_depend_on_x;
        g.channels.push_back({Centre<T>(statistics.mean[ch]), static_cast<T>(1.0 / std), static_cast<T>(scale),
                              batch ? static_cast<T>(scale * d_y_centred / (count * std)) : T(0),
                              batch ? static_cast<T>(scale * d_y / count) : T(0)});
    }
    return g;
}

}  // namespace detail

/// channel_statistics of chapter 2, faster: moments of each plane, merged in double: Eq. (6.5).
template <std::floating_point T>
ChannelStatistics fast_channel_statistics(const Tensor<T>& x) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    if (N * plane == 1) return channel_statistics(x);  // which says why this is an error
    std::vector<detail::Moments> moments(static_cast<std::size_t>(N * C));
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k)
        moments[static_cast<std::size_t>(k)] = detail::plane_moments(x.data() + k * plane, plane);
    return detail::merged(moments, N, C, plane);
}

/// normalize of chapter 2, faster: y = (x − μ)·(γ/√(σ² + ε)) + β, with μ as the sum of two T.
template <std::floating_point T>
Tensor<T> fast_normalize(const Tensor<T>& x, const ChannelStatistics& statistics, const Tensor<T>& weight,
                         const Tensor<T>& bias, double eps) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    check_channels("weight", weight, C);
    check_channels("bias", bias, C);
    const auto channels = detail::normalize_channels(statistics, weight, bias, eps);
    Tensor<T> y = Tensor<T>::empty(x.shape());
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k) {
        const T* from = x.data() + k * plane;
        T* to = y.data() + k * plane;
        const detail::NormalizeChannel<T> normalize = channels[static_cast<std::size_t>(k % C)];
        for_each_vector<T>(plane, [&](auto at) { at.put(to, normalize(at(from))); });
    }
    return y;
}

/// batch_norm_2d of chapter 2, faster.
template <std::floating_point T>
BatchNorm2dForward<T> fast_batch_norm_2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                                         double eps = 1e-5) {
    ChannelStatistics statistics = fast_channel_statistics(x);
    Tensor<T> y = fast_normalize(x, statistics, weight, bias, eps);
    return {std::move(y), std::move(statistics)};
}

namespace detail {

template <class T>
BatchNorm2dGradients<T> batch_norm_2d_gradients(const Tensor<T>& d_y, const Tensor<T>& x,
                                                const ChannelStatistics& statistics, const Tensor<T>& weight,
                                                double eps, bool statistics_depend_on_x) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    check_channels("weight", weight, C);
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));
    std::vector<GradientSums> sums(static_cast<std::size_t>(N * C));
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k)
        sums[static_cast<std::size_t>(k)] = gradient_sums(d_y.data() + k * plane, x.data() + k * plane,
                                                          statistics.mean[static_cast<std::size_t>(k % C)], plane);
    GradientChannels<T> g = gradient_channels(sums, statistics, weight, eps, statistics_depend_on_x);
    Tensor<T> d_x = Tensor<T>::empty(x.shape());
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k) {
        const T *d = d_y.data() + k * plane, *values = x.data() + k * plane;
        T* to = d_x.data() + k * plane;
        const GradientChannel<T> gradient = g.channels[static_cast<std::size_t>(k % C)];
        if (statistics_depend_on_x)
            for_each_vector<T>(plane, [&](auto at) { at.put(to, gradient(at(d), at(values))); });
        else  // d_x = a·d_y, whatever x is: 0·(x − μ) would be NaN where x is not finite
            for_each_vector<T>(plane, [&](auto at) { at.put(to, gradient.a * at(d)); });
    }
    return {std::move(d_x), std::move(g.d_weight), std::move(g.d_bias)};
}

}  // namespace detail

/// batch_norm_2d_backward of chapter 2, faster.
template <std::floating_point T>
BatchNorm2dGradients<T> fast_batch_norm_2d_backward(const Tensor<T>& d_y, const Tensor<T>& x,
                                                    const ChannelStatistics& statistics, const Tensor<T>& weight,
                                                    double eps = 1e-5) {
    return detail::batch_norm_2d_gradients(d_y, x, statistics, weight, eps, true);
}

/// batch_norm_2d_eval and its backward of chapter 3, faster.
template <std::floating_point T>
Tensor<T> fast_batch_norm_2d_eval(const Tensor<T>& x, const Tensor<T>& running_mean, const Tensor<T>& running_var,
                                  const Tensor<T>& weight, const Tensor<T>& bias, double eps = 1e-5) {
    return fast_normalize(x, frozen_statistics(x, running_mean, running_var), weight, bias, eps);
}
template <std::floating_point T>
BatchNorm2dGradients<T> fast_batch_norm_2d_eval_backward(const Tensor<T>& d_y, const Tensor<T>& x,
                                                         const Tensor<T>& running_mean, const Tensor<T>& running_var,
                                                         const Tensor<T>& weight, double eps = 1e-5) {
    return detail::batch_norm_2d_gradients(d_y, x, frozen_statistics(x, running_mean, running_var), weight, eps, false);
}

}  // namespace bn
