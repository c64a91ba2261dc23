// Fails: with a stride
#pragma once

#include "common/tensor.hpp"

namespace mine {

inline bn::Tensor<double> conv2d_d_x(const bn::Tensor<double>& d_y, const bn::Shape& x_shape,
                                     const bn::Tensor<double>& weight, bn::Index stride, bn::Index padding) {
    using bn::Index;
    bn::Tensor<double> d_x(x_shape);
    const Index N = x_shape[0], Ci = x_shape[1], H = x_shape[2], W = x_shape[3];
    const Index Co = d_y.size(1), Ho = d_y.size(2), Wo = d_y.size(3), Kh = weight.size(2), Kw = weight.size(3);
    for (Index n = 0; n < N; ++n)
        for (Index o = 0; o < Co; ++o)
            for (Index i = 0; i < Ho; ++i)
                for (Index j = 0; j < Wo; ++j)
                    for (Index c = 0; c < Ci; ++c)
                        for (Index k = 0; k < Kh; ++k)
                            for (Index l = 0; l < Kw; ++l) {
                                const Index h = i + k - padding, w = j + l - padding;
                                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                                d_x(n, c, h, w) += weight(o, c, k, l) * d_y(n, o, i, j);
                            }
    return d_x;
}

}  // namespace mine
