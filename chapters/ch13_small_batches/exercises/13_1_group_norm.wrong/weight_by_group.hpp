// Fails: weight and bias belong to channels
#pragma once

#include <cmath>

#include "common/tensor.hpp"

namespace mine {

inline bn::Tensor<double> group_norm(const bn::Tensor<double>& x, bn::Index groups, const bn::Tensor<double>& weight,
                                     const bn::Tensor<double>& bias, double eps) {
    using bn::Index;
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3), channels = C / groups;
    bn::Tensor<double> y(x.shape());
    for (Index n = 0; n < N; ++n)
        for (Index g = 0; g < groups; ++g) {
            // Over the group's channels and all places: Eqs. (13.1) to (13.3)
            const double count = static_cast<double>(channels * H * W);
            double mean = 0, variance = 0;
            for (Index c = g * channels; c < (g + 1) * channels; ++c)
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w) mean += x(n, c, h, w) / count;
            for (Index c = g * channels; c < (g + 1) * channels; ++c)
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w) variance += (x(n, c, h, w) - mean) * (x(n, c, h, w) - mean) / count;

            // Eqs. (13.4), (13.5)
            for (Index c = g * channels; c < (g + 1) * channels; ++c)
                for (Index h = 0; h < H; ++h)
                    for (Index w = 0; w < W; ++w)
                        y(n, c, h, w) = weight[g] * (x(n, c, h, w) - mean) / std::sqrt(variance + eps) + bias[g];
        }
    return y;
}

}  // namespace mine
