// Write it: the gradient of a convolution with respect to its kernels.
//
// The chapter's Eq. (5.4), with a stride and a padding that are the same for height and width. x is [N, Ci, H, W], d_y
// [N, Co, Ho, Wo], and the result has weight_shape, [Co, Ci, Kh, Kw]. x(n, c, h, w) is one number; to read x where
// there is no image (the padding) is an error, so ask first.
#pragma once

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

inline bn::Tensor<double> conv2d_d_weight(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                          const bn::Shape& weight_shape, bn::Index stride, bn::Index padding) {
    throw bn::Todo("05_2");
}

}  // namespace mine
