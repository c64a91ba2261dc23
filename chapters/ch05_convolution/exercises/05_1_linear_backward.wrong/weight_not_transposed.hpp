// Fails: wrong shape: d_weight is [3, 2], it needs [2, 3]
#pragma once

#include "common/tensor.hpp"

namespace mine {

struct Gradients {
    bn::Tensor<double> d_x, d_weight, d_bias;
};

inline Gradients linear_backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                 const bn::Tensor<double>& weight) {
    const bn::Index N = x.size(0), in = x.size(1), out = weight.size(0);
    Gradients g{bn::Tensor<double>({N, in}), bn::Tensor<double>({in, out}), bn::Tensor<double>({out})};
    for (bn::Index n = 0; n < N; ++n)
        for (bn::Index o = 0; o < out; ++o) {
            for (bn::Index f = 0; f < in; ++f) {
                g.d_x(n, f) += d_y(n, o) * weight(o, f);
                g.d_weight(f, o) += d_y(n, o) * x(n, f);
            }
            g.d_bias[o] += d_y(n, o);
        }
    return g;
}

}  // namespace mine
