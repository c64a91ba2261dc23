// Write it: the backward pass of the linear layer.
//
// The chapter's Eqs. (5.10)-(5.12). y = x * weight^T + bias, where x is [N, in], weight [out, in], bias [out]; d_y, [N,
// out], is the gradient of the loss with respect to y. x.size(0) is N, weight.size(0) is out, x(n, f) is one number.
// bn::Tensor<double> t({2, 3}) makes a tensor of two rows and three columns, all zero.
#pragma once

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct Gradients {
    bn::Tensor<double> d_x;       // [N, in]
    bn::Tensor<double> d_weight;  // [out, in]
    bn::Tensor<double> d_bias;    // [out]
};

inline Gradients linear_backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                 const bn::Tensor<double>& weight) {
    throw bn::Todo("05_1");
}

}  // namespace mine
