// Write it: the gradient of a convolution with respect to the image.
//
// The chapter's Eq. (5.5), with a stride and a padding that are the same for height and width. d_y is [N, Co, Ho, Wo],
// weight [Co, Ci, Kh, Kw], and the result has x_shape, [N, Ci, H, W]. Two ways lead there: each output gives to the
// pixels that it used, or each pixel collects from the outputs that used it.
#pragma once

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

inline bn::Tensor<double> conv2d_d_x(const bn::Tensor<double>& d_y, const bn::Shape& x_shape,
                                     const bn::Tensor<double>& weight, bn::Index stride, bn::Index padding) {
    throw bn::Todo("05_5");
}

}  // namespace mine
