// Test it: a test that tells a right forward pass of images from broken ones.
//
// Here you write the test. `accepts` gets a function that someone else wrote: x_hat(x, eps) standardises images
// [N, C, H, W], Eq. (2.4) of chapters/ch02_batch_norm_2d/README.md, without weight and bias. Call it with batches of
// your own choice and return whether it is right. It will be tried on the right one and on five broken ones.
//
// You may use chapter 1: a channel is a batch of N*H*W numbers, and bn::batch_norm(numbers, 1, 0, eps).x_hat is what
// they become. (To call the chapter's bn::batch_norm_2d would be to copy the answer.)
#pragma once

#include <functional>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

using XHat = std::function<bn::Tensor<double>(const bn::Tensor<double>& x, double eps)>;

inline bool accepts(const XHat& x_hat) {
    throw bn::Todo("02_3");
}

}  // namespace mine
