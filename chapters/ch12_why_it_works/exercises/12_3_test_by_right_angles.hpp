// Test it: a test of a gradient, by what must be true of it.
//
// Here you write the test. A filter w of K numbers meets n patches, the rows of x [n, K], and makes u = x w, which a
// batch norm without weight and bias standardises, ε = 0. `gradient(w, x, d_y)` should be the gradient of the loss with
// respect to w (K numbers), where d_y has the n numbers ∂loss/∂y. You need no finite differences and no formula: use
// Eq. (12.6), a filter twice as long has half the gradient, and Eq. (12.7), gradient and filter are at right angles
// (chapters/ch12_why_it_works/README.md). `accepts` says whether it holds. It will be tried on a right gradient and on
// several broken ones. (One that is three times too large you cannot find in this way, and need not.)
#pragma once

#include <functional>
#include <vector>

#include "common/random.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

using Numbers = std::vector<double>;
using Gradient = std::function<Numbers(const Numbers& w, const bn::Tensor<double>& x, const Numbers& d_y)>;

inline bool accepts(const Gradient& gradient) {
    // To begin with: bn::Random random(1); bn::Tensor<double> x({20, 4}); random.fill_normal(x.values()); and for a
    // vector w(4): random.fill_normal<double>(w);
    throw bn::Todo("12_3");
}

}  // namespace mine
