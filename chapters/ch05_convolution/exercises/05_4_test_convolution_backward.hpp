// Test it: a gradient check that tells a right backward pass of a convolution from broken ones.
//
// Here you write the test. `accepts` gets a function that someone else wrote: from d_y, x, weight and a geometry
// (stride and padding) it makes d_x, d_weight and d_bias, Eqs. (5.3)-(5.5). Say whether it is right. It will be tried
// on the right one and on eight broken ones. Chapter 1's tools do most of the work:
//   bn::numerical_gradient(loss, values)   by central differences, for a loss that reads those values
//   bn::inner_product(cotangent, y)        a loss whose gradient to y is the cotangent
//   bn::relative_error(a, b)
// tensor.values() is the span of numbers that they take; bn::conv2d(x, weight, bias, geometry) is the forward pass.
// Which sizes, which geometry, which cotangent leave no mistake unseen?
#pragma once

#include <functional>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch05_convolution/conv2d.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// x is [N, Ci, H, W], weight [Co, Ci, Kh, Kw], bias [Co], d_y as the output; bn::Conv2dGeometry{2, 1} is a stride of 2
/// and a padding of 1. The result has the members d_x, d_weight and d_bias.
using Backward =
    std::function<bn::Conv2dGradients<double>(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                              const bn::Tensor<double>& weight, bn::Conv2dGeometry geometry)>;

inline bool accepts(const Backward& backward) {
    throw bn::Todo("05_4");
}

}  // namespace mine
