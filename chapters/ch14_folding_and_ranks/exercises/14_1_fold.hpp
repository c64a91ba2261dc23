// Write it: batch norm folded into the convolution before it.
//
// In eval mode, batch norm multiplies each channel by a number and adds another: Eqs. (14.2) and (14.3) of
// chapters/ch14_folding_and_ranks/README.md. A convolution's weight and bias can do that on the side: Eqs. (14.4) and
// (14.5). The convolution may have no bias: then its tensor is undefined (`bias.defined()` is false).
#pragma once

#include <cmath>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// What batch norm has in eval mode; all tensors are [C].
struct Norm {
    bn::Tensor<double> weight, bias, running_mean, running_var;
    double eps;
};

struct Conv {
    bn::Tensor<double> weight;  // [C, Ci, Kh, Kw]
    bn::Tensor<double> bias;    // [C], or undefined
};

/// One convolution that does what `conv` and then `norm` do. It has a bias; `conv` and `norm` stay as they are. (A
/// Tensor's copy shares its numbers: take clone(), or a new Tensor.)
inline Conv fold(const Conv& conv, const Norm& norm) {
    throw bn::Todo("14_1");
}

}  // namespace mine
