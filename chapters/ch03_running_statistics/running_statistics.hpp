// What batch norm remembers of the batches it saw, and what it does with that in eval mode.
// README.md derives every line.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Moving averages of the batches' means and *unbiased* variances, one of each per channel.
template <std::floating_point T>
struct RunningStatistics {
    Tensor<T> running_mean;  // [C], starts at 0, unit of x
    Tensor<T> running_var;   // [C], starts at 1, unit of x²; a variance, not a standard deviation
    std::int64_t num_batches_tracked = 0;

    /// For C channels: mean 0, variance 1, no batches.
    explicit RunningStatistics(Index C) : running_mean({C}, T(0)), running_var({C}, T(1)) {}

    /// Counts a batch, then moves each average towards it by the share m = `momentum`: Eqs. (3.1), (3.2). Without a
    /// momentum m = 1/num_batches_tracked, which makes the plain average of all batches: Eq. (3.3). `batch` holds
    /// the biased variance; n/(n − 1) is put in here. Changes the tensors in place, in double and rounded once.
    /// Throws ShapeError, and changes nothing, if C differs or the batch has one value per channel.
    void update(const ChannelStatistics& batch, std::optional<double> momentum);

    /// Back to the beginning, in place: mean 0, variance 1, no batches.
    void reset() {
        running_mean.fill_(T(0));
        running_var.fill_(T(1));
        num_batches_tracked = 0;
    }
};

template <std::floating_point T>
void RunningStatistics<T>::update(const ChannelStatistics& batch, std::optional<double> momentum) {
    const Index C = std::ssize(batch.mean);
    check_channels("running_mean", running_mean, C);
    check_channels("running_var", running_var, C);
    if (batch.count < 2) throw ShapeError("an unbiased variance needs more than 1 value per channel");

    // The share of the new batch: fixed, or 1/k for the k-th batch: Eq. (3.3)
    ++num_batches_tracked;
    const double m = momentum.value_or(1.0 / static_cast<double>(num_batches_tracked));

    const double n = static_cast<double>(batch.count);
    for (Index c = 0; c < C; ++c) {
        // Mean: Eq. (3.1)
        const double mean = batch.mean[static_cast<std::size_t>(c)];
        running_mean[c] = static_cast<T>((1.0 - m) * running_mean[c] + m * mean);

        // Unbiased variance: Eqs. (3.2) and (3.1)
        const double unbiased = batch.variance[static_cast<std::size_t>(c)] * n / (n - 1.0);
        running_var[c] = static_cast<T>((1.0 - m) * running_var[c] + m * unbiased);
    }
}

/// The running averages in the form of a batch's statistics, checked against an input x [N, C, H, W].
/// Throws ShapeError on a wrong rank, on no images, and where C differs.
template <std::floating_point T>
ChannelStatistics frozen_statistics(const Tensor<T>& x, const Tensor<T>& running_mean, const Tensor<T>& running_var) {
    check_images(x);
    check_channels("running_mean", running_mean, x.size(1));
    check_channels("running_var", running_var, x.size(1));
    const auto mean = running_mean.values(), variance = running_var.values();
    return {{mean.begin(), mean.end()}, {variance.begin(), variance.end()}, x.numel() / x.size(1)};
}

/// Batch norm in eval mode: x [N, C, H, W] normalised by the running averages [C], so that no image depends on its
/// batch-mates: Eq. (3.8). Weight and bias are [C] or undefined (1 and 0). One value per channel is fine here.
/// Throws ShapeError on a wrong rank, on no images, and where C differs.
template <std::floating_point T>
Tensor<T> batch_norm_2d_eval(const Tensor<T>& x, const Tensor<T>& running_mean, const Tensor<T>& running_var,
                             const Tensor<T>& weight, const Tensor<T>& bias, double eps = 1e-5) {
    return normalize(x, frozen_statistics(x, running_mean, running_var), weight, bias, eps);
}

/// Gradients of batch norm in eval mode from d_y = ∂loss/∂y [N, C, H, W]. The averages are constants, so d_x is d_y
/// scaled, Eq. (3.9); but eval is not no-grad: γ and β still get theirs, Eqs. (3.10), (3.11).
/// Throws ShapeError as the forward pass does, and where d_y and x differ.
template <std::floating_point T>
BatchNorm2dGradients<T> batch_norm_2d_eval_backward(const Tensor<T>& d_y, const Tensor<T>& x,
                                                    const Tensor<T>& running_mean, const Tensor<T>& running_var,
                                                    const Tensor<T>& weight, double eps = 1e-5) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    check_channels("running_mean", running_mean, C);
    check_channels("running_var", running_var, C);
    check_channels("weight", weight, C);
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));

    BatchNorm2dGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>({C}), Tensor<T>({C})};
    for (Index c = 0; c < C; ++c) {
        const double mean = running_mean[c];
        const double std = std::sqrt(running_var[c] + eps);
        const double gamma = weight.defined() ? weight[c] : 1.0;
        double d_beta = 0.0, d_gamma = 0.0;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    const double d = d_y(n, c, h, w);
                    g.d_x(n, c, h, w) = static_cast<T>(gamma / std * d);  // Eq. (3.9)
                    d_beta += d;                                          // Eq. (3.10)
                    d_gamma += d * (x(n, c, h, w) - mean) / std;          // Eq. (3.11)
                }
        g.d_bias[c] = static_cast<T>(d_beta);
        g.d_weight[c] = static_cast<T>(d_gamma);
    }
    return g;
}

}  // namespace bn
