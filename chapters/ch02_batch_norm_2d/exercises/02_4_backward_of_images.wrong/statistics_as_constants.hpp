// Fails: d_x of two images of one channel
#pragma once

#include <cmath>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

struct Gradients {
    bn::Tensor<double> d_x;
    std::vector<double> d_weight, d_bias;
};

inline Gradients backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x, const std::vector<double>& mean,
                          const std::vector<double>& variance, const std::vector<double>& weight, double eps) {
    using bn::Index;
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    const double count = static_cast<double>(N * H * W);
    Gradients g{bn::Tensor<double>(x.shape()), std::vector<double>(weight.size()), std::vector<double>(weight.size())};
    for (Index c = 0; c < C; ++c) {
        const std::size_t i = static_cast<std::size_t>(c);
        const double std = std::sqrt(variance[i] + eps);
        const auto x_hat = [&](Index n, Index h, Index w) { return (x(n, c, h, w) - mean[i]) / std; };

        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    g.d_bias[i] += d_y(n, c, h, w);
                    g.d_weight[i] += d_y(n, c, h, w) * x_hat(n, h, w);
                }

        for (Index n = 0; n < N; ++n)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) g.d_x(n, c, h, w) = weight[i] / std * d_y(n, c, h, w);
    }
    return g;
}

}  // namespace mine
