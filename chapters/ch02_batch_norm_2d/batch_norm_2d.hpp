// Batch norm of images [N, C, H, W]: one mean and one variance per channel, over all images and all positions.
// README.md derives every line; the loops over n, h and w are its sums over i, h and w.
#pragma once

#include <cmath>
#include <concepts>
#include <string>
#include <vector>

#include "common/tensor.hpp"

namespace bn {

/// Mean and biased variance of each channel, C of each. They are doubles whatever the tensors are, so that floats
/// near 1e4 that differ by 1e-2 still leave digits after x − μ.
struct ChannelStatistics {
    std::vector<double> mean;      // [C], unit u of x
    std::vector<double> variance;  // [C], unit u², divided by `count`
    Index count = 0;               // n = N·H·W values per channel, Eq. (2.1)
};

template <std::floating_point T>
struct BatchNorm2dForward {
    Tensor<T> y;  // [N, C, H, W]
    ChannelStatistics statistics;
};

/// ∂loss/∂· for the input [N, C, H, W], the weight γ [C] and the bias β [C].
template <std::floating_point T>
struct BatchNorm2dGradients {
    Tensor<T> d_x, d_weight, d_bias;
};

/// Throws ShapeError unless x has four dimensions and at least one value. Our deliberate difference from
/// PyTorch 1.13, which lets a batch of no images pass.
template <std::floating_point T>
void check_images(const Tensor<T>& x) {
    if (x.dim() != 4) throw ShapeError("expected 4D input (got " + std::to_string(x.dim()) + "D input)");
    if (x.size(0) == 0) throw ShapeError("there are no images in an input of size " + to_string(x.shape()));
    if (x.numel() == 0) throw ShapeError("the images have no values in an input of size " + to_string(x.shape()));
}

/// Throws ShapeError unless `parameter` has one element for each of C channels. An undefined one passes.
template <std::floating_point T>
void check_channels(const char* name, const Tensor<T>& parameter, Index C) {
    if (parameter.defined() && parameter.numel() != C)
        throw ShapeError(std::string(name) + " should contain " + std::to_string(C) + " elements not " +
                         std::to_string(parameter.numel()));
}

/// Mean and biased variance of each channel of x [N, C, H, W]. Equations (2.1)–(2.3): two passes, since
/// E[x²] − μ² cancels. Throws ShapeError on a wrong rank, on no images, and on one value per channel, whose
/// variance says nothing (N = 1 with H·W > 1 is legal).
template <std::floating_point T>
ChannelStatistics channel_statistics(const Tensor<T>& x) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    ChannelStatistics s{std::vector<double>(static_cast<std::size_t>(C)),
                        std::vector<double>(static_cast<std::size_t>(C)), N * H * W};
    if (s.count == 1)
        throw ShapeError("Expected more than 1 value per channel when training, got input size " +
                         to_string(x.shape()));

    for (Index c = 0; c < C; ++c) {
        // Mean over N, H, W: Eq. (2.2)
        double sum = 0.0;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) sum += x(n, c, h, w);
        const double mean = sum / static_cast<double>(s.count);

        // Biased variance over N, H, W: Eq. (2.3)
        double squares = 0.0;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) squares += (x(n, c, h, w) - mean) * (x(n, c, h, w) - mean);

        s.mean[static_cast<std::size_t>(c)] = mean;
        s.variance[static_cast<std::size_t>(c)] = squares / static_cast<double>(s.count);
    }
    return s;
}

/// y = γ·(x − μ)/√(σ² + ε) + β for x [N, C, H, W], channel by channel, with the statistics given: Eqs. (2.4), (2.5).
/// `weight` γ and `bias` β are [C], or undefined (affine=False): then 1 and 0. `eps` has the unit of x². Computed in
/// double, rounded once. Throws ShapeError on a wrong rank, on no images, and where C differs.
template <std::floating_point T>
Tensor<T> normalize(const Tensor<T>& x, const ChannelStatistics& statistics, const Tensor<T>& weight,
                    const Tensor<T>& bias, double eps) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    check_channels("weight", weight, C);
    check_channels("bias", bias, C);
    if (std::ssize(statistics.mean) != C || std::ssize(statistics.variance) != C)
        throw ShapeError("statistics of " + std::to_string(statistics.mean.size()) +
                         " channels do not fit an input of size " + to_string(x.shape()));

    Tensor<T> y = Tensor<T>::empty(x.shape());
    for (Index c = 0; c < C; ++c) {
        const double mean = statistics.mean[static_cast<std::size_t>(c)];
        const double std = std::sqrt(statistics.variance[static_cast<std::size_t>(c)] + eps);
        const double gamma = weight.defined() ? weight[c] : 1.0;
        const double beta = bias.defined() ? bias[c] : 0.0;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    const double x_hat = (x(n, c, h, w) - mean) / std;     // Eq. (2.4)
                    y(n, c, h, w) = static_cast<T>(gamma * x_hat + beta);  // Eq. (2.5)
                }
    }
    return y;
}

/// Batch norm as in training: x [N, C, H, W] normalised by its own statistics, Eqs. (2.1)–(2.5), which are returned
/// too, for the backward pass and for ch03's running averages. Each channel of y has the mean β and the variance
/// γ²σ²/(σ² + ε): Eq. (2.6). Throws what the two functions above throw.
template <std::floating_point T>
BatchNorm2dForward<T> batch_norm_2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                                    double eps = 1e-5) {
    ChannelStatistics statistics = channel_statistics(x);
    Tensor<T> y = normalize(x, statistics, weight, bias, eps);
    return {std::move(y), std::move(statistics)};
}

/// Gradients of batch norm in training from d_y = ∂loss/∂y [N, C, H, W], Eqs. (2.9)–(2.11). Keeps nothing
/// but x and the statistics: x̂ is computed again. With an undefined weight γ = 1, and d_weight and d_bias are what they
/// would be. Throws ShapeError where shapes differ.
template <std::floating_point T>
BatchNorm2dGradients<T> batch_norm_2d_backward(const Tensor<T>& d_y, const Tensor<T>& x,
                                               const ChannelStatistics& statistics, const Tensor<T>& weight,
                                               double eps = 1e-5) {
    check_images(x);
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    check_channels("weight", weight, C);
    if (std::ssize(statistics.mean) != C || statistics.count != N * H * W)
        throw ShapeError("statistics of " + std::to_string(statistics.mean.size()) + " channels and " +
                         std::to_string(statistics.count) + " values do not fit an input of size " +
                         to_string(x.shape()));
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));

    BatchNorm2dGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>({C}), Tensor<T>({C})};
    for (Index c = 0; c < C; ++c) {
        const double mean = statistics.mean[static_cast<std::size_t>(c)];
        const double std = std::sqrt(statistics.variance[static_cast<std::size_t>(c)] + eps);
        const double gamma = weight.defined() ? weight[c] : 1.0;

        // Every value of the channel shares β and γ: Eqs. (2.9) and (2.10)
        double d_beta = 0.0, d_gamma = 0.0;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    d_beta += d_y(n, c, h, w);
                    d_gamma += d_y(n, c, h, w) * (x(n, c, h, w) - mean) / std;
                }
        g.d_bias[c] = static_cast<T>(d_beta);
        g.d_weight[c] = static_cast<T>(d_gamma);

        // d_y without its mean and without its part along x̂, scaled: Eq. (2.11)
        const double mean_d_y = d_beta / static_cast<double>(statistics.count);
        const double mean_d_y_x_hat = d_gamma / static_cast<double>(statistics.count);
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    const double x_hat = (x(n, c, h, w) - mean) / std;
                    const double d_x = gamma / std * (d_y(n, c, h, w) - mean_d_y - x_hat * mean_d_y_x_hat);
                    g.d_x(n, c, h, w) = static_cast<T>(d_x);
                }
    }
    return g;
}

}  // namespace bn
