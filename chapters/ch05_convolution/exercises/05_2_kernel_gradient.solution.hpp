// Write it: the gradient of a convolution with respect to its kernels.
#pragma once

#include "common/tensor.hpp"

namespace mine {

inline bn::Tensor<double> conv2d_d_weight(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                          const bn::Shape& weight_shape, bn::Index stride, bn::Index padding) {
    using bn::Index;
    bn::Tensor<double> d_weight(weight_shape);
    const Index N = x.size(0), Ci = x.size(1), H = x.size(2), W = x.size(3);
    const Index Co = d_y.size(1), Ho = d_y.size(2), Wo = d_y.size(3), Kh = weight_shape[2], Kw = weight_shape[3];
    for (Index o = 0; o < Co; ++o)
        for (Index c = 0; c < Ci; ++c)
            for (Index k = 0; k < Kh; ++k)
                for (Index l = 0; l < Kw; ++l)
                    for (Index n = 0; n < N; ++n)
                        for (Index i = 0; i < Ho; ++i)
                            for (Index j = 0; j < Wo; ++j) {
                                const Index h = stride * i + k - padding, w = stride * j + l - padding;
                                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                                d_weight(o, c, k, l) += d_y(n, o, i, j) * x(n, c, h, w);
                            }
    return d_weight;
}

}  // namespace mine
