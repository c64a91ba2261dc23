// Write it: group norm's forward pass.
//
// x is [N, C, H, W], C a multiple of `groups`. Each image's channels are cut into `groups` groups of neighbours,
// C/groups channels each. Each group of each image is standardised by its own mean and biased variance, with eps inside
// the root; then each *channel* gets its weight and bias, [C] each. Returns y, of the shape of x. Eqs. (13.1) to (13.5)
// of chapters/ch13_small_batches/README.md.
#pragma once

#include <cmath>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

inline bn::Tensor<double> group_norm(const bn::Tensor<double>& x, bn::Index groups, const bn::Tensor<double>& weight,
                                     const bn::Tensor<double>& bias, double eps) {
    throw bn::Todo("13_1");
}

}  // namespace mine
