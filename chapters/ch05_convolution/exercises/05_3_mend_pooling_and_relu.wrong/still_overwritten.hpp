// Fails: symptom 2
#pragma once

#include <cmath>

#include "common/tensor.hpp"

namespace mine {

inline bn::Tensor<double> max_pool2d_backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                              bn::Index kernel_h, bn::Index kernel_w, bn::Index stride) {
    using bn::Index;
    bn::Tensor<double> d_x(x.shape());
    for (Index n = 0; n < d_y.size(0); ++n)
        for (Index c = 0; c < d_y.size(1); ++c)
            for (Index i = 0; i < d_y.size(2); ++i)
                for (Index j = 0; j < d_y.size(3); ++j) {
                    Index h = stride * i, w = stride * j;  // the winner's place
                    for (Index k = 0; k < kernel_h; ++k)
                        for (Index l = 0; l < kernel_w; ++l) {
                            const double value = x(n, c, stride * i + k, stride * j + l), largest = x(n, c, h, w);
                            if (value > largest || std::isnan(value)) {
                                h = stride * i + k;
                                w = stride * j + l;
                            }
                        }
                    d_x(n, c, h, w) = d_y(n, c, i, j);
                }
    return d_x;
}

inline bn::Tensor<double> relu_backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& y) {
    bn::Tensor<double> d_x(y.shape());
    for (bn::Index i = 0; i < y.numel(); ++i) d_x[i] = y[i] <= 0 ? 0 : d_y[i];
    return d_x;
}

}  // namespace mine
