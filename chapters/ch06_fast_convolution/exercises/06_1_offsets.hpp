// Write it: a convolution as one sum over taps, in the flat memory of a padded image.
//
// Step 1 of chapters/ch06_fast_convolution/README.md, Eq. (6.1), in scalars and with stride 1. The image has its zeros
// around it already. In memory, each of its rows begins `pitch` numbers after the row above, and each channel `plane`
// numbers after the channel before. A row may be shorter than `pitch`: what lies between it and the next row belongs to
// nothing and must not be read. Likewise with channels.
#pragma once

#include <span>
#include <vector>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// How far each tap (ci, kh, kw) lies behind the place p of an output: Ci * Kh * Kw offsets, in the order in which the
/// weights of an output channel lie in memory: kw changes fastest, ci slowest.
inline std::vector<bn::Index> offsets(bn::Index Ci, bn::Index Kh, bn::Index Kw, bn::Index pitch, bn::Index plane) {
    throw bn::Todo("06_1");
}

/// y [1, Co, Ho, Wo] of one padded image, with weight [Co, Ci, Kh, Kw] and bias [Co]. padded[0] is the top left corner
/// of the first channel, zeros included: there begins the window of y(0, co, 0, 0).
inline bn::Tensor<double> convolve(std::span<const double> padded, bn::Index pitch, bn::Index plane,
                                   const bn::Tensor<double>& weight, const bn::Tensor<double>& bias, bn::Index Ho,
                                   bn::Index Wo) {
    throw bn::Todo("06_1");
}

}  // namespace mine
