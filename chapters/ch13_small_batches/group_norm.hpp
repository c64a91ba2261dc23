// Group norm of images [N, C, H, W]: one mean and one variance for each group of channels of each image, and nothing of
// its batch-mates. One group is layer norm's way, a group for each channel instance norm's. README.md derives every
// line.
#pragma once

#include <cmath>
#include <concepts>
#include <string>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Mean and biased variance of each group of each image, N·G of each, image by image.
struct GroupStatistics {
    std::vector<double> mean;      // [N·G], unit u of x
    std::vector<double> variance;  // [N·G], unit u², divided by `count`
    Index count = 0;               // D = (C/G)·H·W values per group, Eq. (13.1)
};

template <std::floating_point T>
struct GroupNormForward {
    Tensor<T> y;  // [N, C, H, W]
    GroupStatistics statistics;
};

/// Throws ShapeError, with PyTorch's words, unless x is [N, C, H, W] with at least one value and C can be divided by
/// `groups`.
template <std::floating_point T>
void check_groups(const Tensor<T>& x, Index groups) {
    check_images(x);
    if (x.size(1) % groups != 0)
        throw ShapeError("Expected number of channels in input to be divisible by num_groups, but got input of shape " +
                         to_string(x.shape()) + " and num_groups=" + std::to_string(groups));
}

/// Mean and biased variance of each group of each image of x [N, C, H, W]: Eqs. (13.1)-(13.3). Throws ShapeError as
/// check_groups does. A group of one value has the variance 0.
template <std::floating_point T>
GroupStatistics group_statistics(const Tensor<T>& x, Index groups) {
    check_groups(x, groups);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3), channels = C / groups;
    GroupStatistics s{{}, {}, channels * H * W};  // Eq. (13.1)
    for (Index n = 0; n < N; ++n)
        for (Index g = 0; g < groups; ++g) {
            const Index first = g * channels, end = first + channels;
            // Mean over the group's channels, H and W: Eq. (13.2)
            double sum = 0.0;
            for (Index c = first; c < end; ++c)
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w) sum += x(n, c, h, w);
            const double mean = sum / static_cast<double>(s.count);

            // Biased variance over the same: Eq. (13.3)
            double squares = 0.0;
            for (Index c = first; c < end; ++c)
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w) squares += (x(n, c, h, w) - mean) * (x(n, c, h, w) - mean);
            s.mean.push_back(mean);
            s.variance.push_back(squares / static_cast<double>(s.count));
        }
    return s;
}

/// y = γ·(x − μ)/√(σ² + ε) + β for x [N, C, H, W] with the statistics of x's own groups: Eqs. (13.4), (13.5). `weight`
/// γ and `bias` β are [C], one for each *channel*, or undefined: 1 and 0. `eps` has the unit of x². There is no train
/// and no eval mode. Throws ShapeError as check_groups does, and where C differs.
template <std::floating_point T>
GroupNormForward<T> group_norm(const Tensor<T>& x, Index groups, const Tensor<T>& weight, const Tensor<T>& bias,
                               double eps = 1e-5) {
    GroupStatistics s = group_statistics(x, groups);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    check_channels("weight", weight, C);
    check_channels("bias", bias, C);
    Tensor<T> y = Tensor<T>::empty(x.shape());
    for (Index n = 0; n < N; ++n)
        for (Index c = 0; c < C; ++c) {
            const std::size_t group = static_cast<std::size_t>(n * groups + c / (C / groups));
            const double gamma = weight.defined() ? weight[c] : 1.0, beta = bias.defined() ? bias[c] : 0.0;
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    const double x_hat =
                        (x(n, c, h, w) - s.mean[group]) / std::sqrt(s.variance[group] + eps);  // Eq. (13.4)
                    y(n, c, h, w) = static_cast<T>(gamma * x_hat + beta);                      // Eq. (13.5)
                }
        }
    return {std::move(y), std::move(s)};
}

/// Gradients of group norm from d_y = ∂loss/∂y [N, C, H, W]: Eqs. (13.6)-(13.9). x̂ is computed again. With an
/// undefined weight γ = 1, and d_weight and d_bias are what they would be. Throws ShapeError where shapes differ.
template <std::floating_point T>
BatchNorm2dGradients<T> group_norm_backward(const Tensor<T>& d_y, const Tensor<T>& x, Index groups,
                                            const GroupStatistics& s, const Tensor<T>& weight, double eps = 1e-5) {
    check_groups(x, groups);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3), channels = C / groups;
    check_channels("weight", weight, C);
    if (std::ssize(s.mean) != N * groups || s.count != channels * H * W)
        throw ShapeError("statistics of " + std::to_string(s.mean.size()) + " groups do not fit an input of size " +
                         to_string(x.shape()));
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));

    std::vector<double> d_beta(static_cast<std::size_t>(C)), d_gamma(static_cast<std::size_t>(C));
    Tensor<T> d_x = Tensor<T>::empty(x.shape());
    for (Index n = 0; n < N; ++n)
        for (Index g = 0; g < groups; ++g) {
            const std::size_t group = static_cast<std::size_t>(n * groups + g);
            const Index first = g * channels, end = first + channels;
            const double mean = s.mean[group], std = std::sqrt(s.variance[group] + eps);
            double sum_p = 0.0, sum_p_x_hat = 0.0;
            for (Index c = first; c < end; ++c) {
                const double gamma = weight.defined() ? weight[c] : 1.0;
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w) {
                        const double d = d_y(n, c, h, w), x_hat = (x(n, c, h, w) - mean) / std;
                        d_beta[static_cast<std::size_t>(c)] += d;           // Eq. (13.6)
                        d_gamma[static_cast<std::size_t>(c)] += d * x_hat;  // Eq. (13.7)
                        const double p = gamma * d;                         // Eq. (13.8)
                        sum_p += p;
                        sum_p_x_hat += p * x_hat;
                    }
            }
            // p without its mean over the group and without its part along x̂, scaled: Eq. (13.9)
            const double mean_p = sum_p / static_cast<double>(s.count);
            const double mean_p_x_hat = sum_p_x_hat / static_cast<double>(s.count);
            for (Index c = first; c < end; ++c) {
                const double gamma = weight.defined() ? weight[c] : 1.0;
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w) {
                        const double p = gamma * d_y(n, c, h, w), x_hat = (x(n, c, h, w) - mean) / std;
                        d_x(n, c, h, w) = static_cast<T>((p - mean_p - x_hat * mean_p_x_hat) / std);
                    }
            }
        }
    BatchNorm2dGradients<T> gradients{std::move(d_x), Tensor<T>({C}), Tensor<T>({C})};
    for (Index c = 0; c < C; ++c) {
        gradients.d_bias[c] = static_cast<T>(d_beta[static_cast<std::size_t>(c)]);
        gradients.d_weight[c] = static_cast<T>(d_gamma[static_cast<std::size_t>(c)]);
    }
    return gradients;
}

}  // namespace bn
