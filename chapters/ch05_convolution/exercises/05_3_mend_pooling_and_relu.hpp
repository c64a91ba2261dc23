// Mend it: the backward passes of max-pooling and ReLU, wrong where it is easy to be wrong.
//
//   1. A window of four equal values gives the gradient 1 four times. The first of them should have it, the others
//   none.
//   2. Windows that overlap: the row (1, 8, 2), windows of 1 x 2 with stride 1, d_y = (10, 1): d_x is (0, 1, 0). It
//      should be (0, 11, 0).
//   3. The window (5, NaN, 9, 1) gives its gradient to the 9. It should go to the NaN, so that it is not lost.
//   4. Where ReLU's output is 0, its gradient passes. It should be 0 there. Where the output is NaN, it is lost. It
//      should pass.
//
// The chapter's Eqs. (5.7), (5.8) and (5.14). Find the faults, mend them, and take the two throws away.
#pragma once

#include <algorithm>
#include <cmath>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// d_x [N, C, H, W] from d_y [N, C, Ho, Wo] and x; windows of kernel_h x kernel_w, every `stride` pixels, no padding.
inline bn::Tensor<double> max_pool2d_backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                              bn::Index kernel_h, bn::Index kernel_w, bn::Index stride) {
    throw bn::Todo("05_3");  // take this line away

    using bn::Index;
    bn::Tensor<double> d_x(x.shape());
    for (Index n = 0; n < d_y.size(0); ++n)
        for (Index c = 0; c < d_y.size(1); ++c)
            for (Index i = 0; i < d_y.size(2); ++i)
                for (Index j = 0; j < d_y.size(3); ++j) {
                    double largest = x(n, c, stride * i, stride * j);
                    for (Index k = 0; k < kernel_h; ++k)
                        for (Index l = 0; l < kernel_w; ++l)
                            largest = std::max(largest, x(n, c, stride * i + k, stride * j + l));
                    for (Index k = 0; k < kernel_h; ++k)
                        for (Index l = 0; l < kernel_w; ++l)
                            if (x(n, c, stride * i + k, stride * j + l) == largest)
                                d_x(n, c, stride * i + k, stride * j + l) = d_y(n, c, i, j);
                }
    return d_x;
}

/// d_x from d_y and ReLU's output y, all of one shape.
inline bn::Tensor<double> relu_backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& y) {
    throw bn::Todo("05_3");  // and this one

    bn::Tensor<double> d_x(y.shape());
    for (bn::Index i = 0; i < y.numel(); ++i) d_x[i] = y[i] >= 0 ? d_y[i] : 0;
    return d_x;
}

}  // namespace mine
