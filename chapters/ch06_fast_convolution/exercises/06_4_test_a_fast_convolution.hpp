// Test it: a test that tells a right fast convolution from broken ones.
//
// Here you write the test. `accepts` gets a convolution that someone made fast, as the chapter does: with zeros around
// the image, copied into the same memory for one image after the other; with vectors of 8 neighbouring outputs of a
// row; and with tiles of 4 output channels times 2 such vectors. Say whether it is right: whether it gives what chapter
// 5's loops give, bn::conv2d(x, weight, bias, {1, padding}), up to rounding. It will be tried on two right ones, which
// add up in float (the loops do so in double), and on twelve broken ones. Five of these are right at 8 x 8 pixels with
// 4 channels, a kernel of 3 x 3 and a padding of 1. Which sizes leave no mistake unseen?
//
// bn::Random random(1); random.fill_normal(x.values()); fills a tensor with normal numbers.
#pragma once

#include <cmath>
#include <functional>

#include "ch05_convolution/conv2d.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// From x [N, Ci, H, W], weight [Co, Ci, Kh, Kw], bias [Co] or bn::Tensor<float>() for none, and padding, for instance
/// 1 or {0, 2} (above and below, left and right), to y [N, Co, Ho, Wo]. The stride is 1, and no size is 0.
using Convolution = std::function<bn::Tensor<float>(const bn::Tensor<float>& x, const bn::Tensor<float>& weight,
                                                    const bn::Tensor<float>& bias, bn::Size2 padding)>;

inline bool accepts(const Convolution& convolution) {
    throw bn::Todo("06_4");
}

}  // namespace mine
