// Mend it: a batch norm of images with three faults, of which you see the symptoms.
//
//   1. With images of 32 x 32 it runs. With images of 2 x 5 it dies of an index out of range.
//   2. An image's output is the same whatever other images are in the batch. In batch norm it is not.
//   3. With two images, two channels, weight = (1, 10) and bias = (0, 0), the second *image* becomes ten times as
//      large, not the second channel.
//
// Find the faults, mend them, and take the throw away. What it should compute: Eqs. (2.1)-(2.5) of
// chapters/ch02_batch_norm_2d/README.md.
#pragma once

#include <cmath>
#include <vector>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// y of x [N, C, H, W], with weight and bias of C numbers each.
inline bn::Tensor<double> batch_norm_2d(const bn::Tensor<double>& x, const std::vector<double>& weight,
                                        const std::vector<double>& bias, double eps) {
    throw bn::Todo("02_2");  // take this line away

    using bn::Index;
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    const double count = static_cast<double>(H * W);
    bn::Tensor<double> y(x.shape());
    for (Index n = 0; n < N; ++n)
        for (Index c = 0; c < C; ++c) {
            double mean = 0, variance = 0;
            for (Index h = 0; h < W; ++h)
                for (Index w = 0; w < H; ++w) mean += x(n, c, h, w) / count;
            for (Index h = 0; h < W; ++h)
                for (Index w = 0; w < H; ++w) variance += (x(n, c, h, w) - mean) * (x(n, c, h, w) - mean) / count;
            const double std = std::sqrt(variance + eps);

            const double gamma = weight[static_cast<std::size_t>(n)], beta = bias[static_cast<std::size_t>(n)];
            for (Index h = 0; h < W; ++h)
                for (Index w = 0; w < H; ++w) y(n, c, h, w) = gamma * (x(n, c, h, w) - mean) / std + beta;
        }
    return y;
}

}  // namespace mine
