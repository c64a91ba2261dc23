// Group norm at the speed of memory, from chapter 6's loops. A group's numbers lie side by side in memory, so that its
// moments are those of one long plane.
#pragma once

#include <omp.h>

#include <cmath>
#include <vector>

#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"
#include "ch13_small_batches/group_norm.hpp"

namespace bn {

/// group_norm, faster.
template <std::floating_point T>
GroupNormForward<T> fast_group_norm(const Tensor<T>& x, Index groups, const Tensor<T>& weight, const Tensor<T>& bias,
                                    double eps = 1e-5) {
    check_groups(x, groups);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3), channels = C / groups;
    check_channels("weight", weight, C);
    check_channels("bias", bias, C);
    GroupNormForward<T> result{Tensor<T>::empty(x.shape()), {{}, {}, channels * plane}};
    result.statistics.mean.resize(static_cast<std::size_t>(N * groups));
    result.statistics.variance.resize(static_cast<std::size_t>(N * groups));
// Groups are independent, of one image as of several.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * groups; ++k) {
        const Index count = channels * plane;
        const detail::Moments moments = detail::plane_moments(x.data() + k * count, count);
        const double variance = moments.squares / static_cast<double>(count);
        result.statistics.mean[static_cast<std::size_t>(k)] = moments.mean;
        result.statistics.variance[static_cast<std::size_t>(k)] = variance;
        for (Index j = 0; j < channels; ++j) {
            const Index c = k % groups * channels + j;
            const double gamma = weight.defined() ? static_cast<double>(weight[c]) : 1.0;
            const detail::NormalizeChannel<T> normalize{detail::Centre<T>(moments.mean),
                                                        static_cast<T>(gamma / std::sqrt(variance + eps)),
                                                        bias.defined() ? bias[c] : T(0)};
            const T* from = x.data() + k * count + j * plane;
            T* to = result.y.data() + k * count + j * plane;
            for_each_vector<T>(plane, [&](auto at) { at.put(to, normalize(at(from))); });
        }
    }
    return result;
}

/// group_norm_backward, faster: each plane's sums of d_y and d_y·(x − μ) first, from which all else follows.
template <std::floating_point T>
BatchNorm2dGradients<T> fast_group_norm_backward(const Tensor<T>& d_y, const Tensor<T>& x, Index groups,
                                                 const GroupStatistics& s, const Tensor<T>& weight, double eps = 1e-5) {
    check_groups(x, groups);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3), channels = C / groups;
    check_channels("weight", weight, C);
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));
    std::vector<detail::GradientSums> sums(static_cast<std::size_t>(N * C));
    BatchNorm2dGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>({C}), Tensor<T>({C})};
    const auto gamma = [&](Index c) { return weight.defined() ? static_cast<double>(weight[c]) : 1.0; };
// Groups are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * groups; ++k) {
        const double mean = s.mean[static_cast<std::size_t>(k)];
        const double std = std::sqrt(s.variance[static_cast<std::size_t>(k)] + eps);
        double p = 0.0, p_centred = 0.0;
        for (Index j = 0; j < channels; ++j) {
            const Index at = k * channels + j, c = k % groups * channels + j;
            sums[static_cast<std::size_t>(at)] =
                detail::gradient_sums(d_y.data() + at * plane, x.data() + at * plane, mean, plane);
            p += gamma(c) * sums[static_cast<std::size_t>(at)][0];
            p_centred += gamma(c) * sums[static_cast<std::size_t>(at)][1];
        }
        const double count = static_cast<double>(s.count);
        for (Index j = 0; j < channels; ++j) {
            const Index at = k * channels + j, c = k % groups * channels + j;
            const detail::GradientChannel<T> gradient{
                detail::Centre<T>(mean), static_cast<T>(1.0 / std), static_cast<T>(gamma(c) / std),
                static_cast<T>(p_centred / (count * std * std)), static_cast<T>(p / (count * std))};
            const T *d = d_y.data() + at * plane, *values = x.data() + at * plane;
            T* to = g.d_x.data() + at * plane;
            for_each_vector<T>(plane, [&](auto place) { place.put(to, gradient(place(d), place(values))); });
        }
    }
    // A channel's sums over the images, each divided by its own group's deviation, in order
    for (Index c = 0; c < C; ++c) {
        double d_beta = 0.0, d_gamma = 0.0;
        for (Index n = 0; n < N; ++n) {
            const detail::GradientSums& sum = sums[static_cast<std::size_t>(n * C + c)];
            d_beta += sum[0];
            d_gamma += sum[1] / std::sqrt(s.variance[static_cast<std::size_t>(n * groups + c / channels)] + eps);
        }
        g.d_bias[c] = static_cast<T>(d_beta);
        g.d_weight[c] = static_cast<T>(d_gamma);
    }
    return g;
}

}  // namespace bn
