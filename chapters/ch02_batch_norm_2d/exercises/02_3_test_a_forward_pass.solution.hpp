// Test it: a test that tells a right forward pass of images from broken ones.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "common/tensor.hpp"

namespace mine {

using XHat = std::function<bn::Tensor<double>(const bn::Tensor<double>& x, double eps)>;

inline bool accepts(const XHat& x_hat) {
    // More than one of everything, sizes that differ, and an eps that one can see
    const bn::Index N = 2, C = 3, H = 2, W = 4;
    const double eps = 0.5;
    bn::Tensor<double> x({N, C, H, W});
    for (bn::Index i = 0; i < x.numel(); ++i)
        x[i] = std::sin(static_cast<double>(i * i)) + 0.1 * static_cast<double>(i);

    const bn::Tensor<double> answer = x_hat(x, eps);
    if (answer.shape() != x.shape()) return false;
    for (bn::Index c = 0; c < C; ++c) {
        // A channel is a batch of N*H*W numbers
        std::vector<double> channel, standardised;
        for (bn::Index n = 0; n < N; ++n)
            for (bn::Index h = 0; h < H; ++h)
                for (bn::Index w = 0; w < W; ++w) {
                    channel.push_back(x(n, c, h, w));
                    standardised.push_back(answer(n, c, h, w));
                }
        const std::vector<double> expected = bn::batch_norm(channel, 1, 0, eps).x_hat;
        for (std::size_t i = 0; i < expected.size(); ++i)
            if (!(std::abs(standardised[i] - expected[i]) < 1e-9)) return false;
    }
    return true;
}

}  // namespace mine
