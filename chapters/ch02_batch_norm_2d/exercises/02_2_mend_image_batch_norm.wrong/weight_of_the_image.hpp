// Fails: symptom 3
#pragma once

#include <cmath>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

inline bn::Tensor<double> batch_norm_2d(const bn::Tensor<double>& x, const std::vector<double>& weight,
                                        const std::vector<double>& bias, double eps) {
    using bn::Index;
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    const double count = static_cast<double>(N * H * W);
    bn::Tensor<double> y(x.shape());
    for (Index c = 0; c < C; ++c) {
        double mean = 0, variance = 0;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) mean += x(n, c, h, w) / count;
        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) variance += (x(n, c, h, w) - mean) * (x(n, c, h, w) - mean) / count;
        const double std = std::sqrt(variance + eps);

        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w)
                    y(n, c, h, w) = weight[static_cast<std::size_t>(n)] * (x(n, c, h, w) - mean) / std +
                                    bias[static_cast<std::size_t>(n)];
    }
    return y;
}

}  // namespace mine
