// Chapter 2's batch norm at the speed of memory: each plane of one channel in one image is summed on its own, and the
// planes' sums are merged in a fixed order.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch03_running_statistics/running_statistics.hpp"

namespace bn {

namespace detail {

/// Σ term(i) for i < count. Blocks of 256 are summed in T and vectorised; the blocks are added in double, so that
/// rounding does not grow with the size of the image.
template <class T, class Term>
inline double blocked_sum(Index count, const Term& term) {
    constexpr Index block = 256;
    double total = 0.0;
    for (Index first = 0; first < count; first += block) {
        const Index end = std::min(first + block, count);
        T sum = T(0);
#pragma omp simd reduction(+ : sum)
        for (Index i = first; i < end; ++i) sum += term(i);
        total += static_cast<double>(sum);
    }
    return total;
}

/// A double as the sum of two T: x − high is exact where x is near, and low is put in afterwards. This keeps the
/// digits of a float x near 1e4 without computing in double.
template <class T>
struct Split {
    T high, low;
    explicit Split(double value)
        : high(static_cast<T>(value)), low(static_cast<T>(value - static_cast<double>(high))) {}
};

/// Mean and sum of squared deviations of `count` values, in two passes over what is then in the cache.
struct Moments {
    double mean, squares;
};
template <class T>
Moments plane_moments(const T* x, Index count) {
    // Differences from the first value are small, whatever the mean is
    const T origin = x[0];
    const double mean = static_cast<double>(origin) +
                        blocked_sum<T>(count, [&](Index i) { return x[i] - origin; }) / static_cast<double>(count);
    const Split<T> m(mean);
    const double squares = blocked_sum<T>(count, [&](Index i) {
        const T centred = (x[i] - m.high) - m.low;
        return centred * centred;
    });
    return {mean, squares};
}

}  // namespace detail

/// channel_statistics of chapter 2, faster: moments of each plane, merged in double: Eq. (6.4).
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

    ChannelStatistics s{std::vector<double>(static_cast<std::size_t>(C)),
                        std::vector<double>(static_cast<std::size_t>(C)), N * plane};
    for (Index c = 0; c < C; ++c) {
        // The mean of means; then the squares around it: those around each plane's own mean, and the means' own
        double mean = 0.0, squares = 0.0;
        for (Index n = 0; n < N; ++n)
            mean += moments[static_cast<std::size_t>(n * C + c)].mean / static_cast<double>(N);
        for (Index n = 0; n < N; ++n) {
            const detail::Moments& m = moments[static_cast<std::size_t>(n * C + c)];
            squares += m.squares + static_cast<double>(plane) * (m.mean - mean) * (m.mean - mean);
        }
        s.mean[static_cast<std::size_t>(c)] = mean;
        s.variance[static_cast<std::size_t>(c)] = squares / static_cast<double>(s.count);
    }
    return s;
}

/// normalize of chapter 2, faster: y = (x − μ)·(γ/√(σ² + ε)) + β, with μ as the sum of two T.
template <std::floating_point T>
Tensor<T> fast_normalize(const Tensor<T>& x, const ChannelStatistics& statistics, const Tensor<T>& weight,
                         const Tensor<T>& bias, double eps) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    check_channels("weight", weight, C);
    check_channels("bias", bias, C);
    Tensor<T> y = Tensor<T>::empty(x.shape());
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k) {
        const Index c = k % C;
        const detail::Split<T> mean(statistics.mean[static_cast<std::size_t>(c)]);
        const double std = std::sqrt(statistics.variance[static_cast<std::size_t>(c)] + eps);
        const T scale = static_cast<T>((weight.defined() ? static_cast<double>(weight[c]) : 1.0) / std);
        const T shift = bias.defined() ? bias[c] : T(0);
        const T* from = x.data() + k * plane;
        T* to = y.data() + k * plane;
#pragma omp simd
        for (Index i = 0; i < plane; ++i) to[i] = ((from[i] - mean.high) - mean.low) * scale + shift;
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

/// What both backward passes need of each channel: Σ d_y and Σ d_y·(x − μ), summed plane by plane.
template <class T>
struct ChannelSums {
    std::vector<double> d_y, d_y_centred;  // [C]
};
template <class T>
ChannelSums<T> channel_sums(const Tensor<T>& d_y, const Tensor<T>& x, const std::vector<double>& channel_mean) {
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    std::vector<double> plane_d_y(static_cast<std::size_t>(N * C)), plane_centred(static_cast<std::size_t>(N * C));
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k) {
        const Split<T> mean(channel_mean[static_cast<std::size_t>(k % C)]);
        const T *d = d_y.data() + k * plane, *values = x.data() + k * plane;
        plane_d_y[static_cast<std::size_t>(k)] = blocked_sum<T>(plane, [&](Index i) { return d[i]; });
        plane_centred[static_cast<std::size_t>(k)] =
            blocked_sum<T>(plane, [&](Index i) { return d[i] * ((values[i] - mean.high) - mean.low); });
    }
    ChannelSums<T> sums{std::vector<double>(static_cast<std::size_t>(C)),
                        std::vector<double>(static_cast<std::size_t>(C))};
    for (Index k = 0; k < N * C; ++k) {
        sums.d_y[static_cast<std::size_t>(k % C)] += plane_d_y[static_cast<std::size_t>(k)];
        sums.d_y_centred[static_cast<std::size_t>(k % C)] += plane_centred[static_cast<std::size_t>(k)];
    }
    return sums;
}

/// Both backward passes are d_x = a·d_y − b·(x − μ) − c, with other a, b, c for each channel.
template <class T>
BatchNorm2dGradients<T> batch_norm_2d_gradients(const Tensor<T>& d_y, const Tensor<T>& x,
                                                const ChannelStatistics& statistics, const Tensor<T>& weight,
                                                double eps, bool statistics_depend_on_x) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    check_channels("weight", weight, C);
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));
    const ChannelSums<T> sums = channel_sums(d_y, x, statistics.mean);
    BatchNorm2dGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>({C}), Tensor<T>({C})};
    std::vector<T> a(static_cast<std::size_t>(C)), b(a), c(a);
    for (std::size_t ch = 0; ch < a.size(); ++ch) {
        const Index index = static_cast<Index>(ch);
        const double std = std::sqrt(statistics.variance[ch] + eps), count = static_cast<double>(statistics.count);
        const double scale = (weight.defined() ? static_cast<double>(weight[index]) : 1.0) / std;
        g.d_bias[index] = static_cast<T>(sums.d_y[ch]);
        g.d_weight[index] = static_cast<T>(sums.d_y_centred[ch] / std);
        a[ch] = static_cast<T>(scale);
        if (!statistics_depend_on_x) continue;
        b[ch] = static_cast<T>(scale * sums.d_y_centred[ch] / (count * std * std));
        c[ch] = static_cast<T>(scale * sums.d_y[ch] / count);
    }
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * C; ++k) {
        const std::size_t ch = static_cast<std::size_t>(k % C);
        const Split<T> mean(statistics.mean[ch]);
        const T *d = d_y.data() + k * plane, *values = x.data() + k * plane;
        const T scale = a[ch], along_x = b[ch], constant = c[ch];
        T* to = g.d_x.data() + k * plane;
#pragma omp simd
        for (Index i = 0; i < plane; ++i)
            to[i] = scale * d[i] - along_x * ((values[i] - mean.high) - mean.low) - constant;
    }
    return g;
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
