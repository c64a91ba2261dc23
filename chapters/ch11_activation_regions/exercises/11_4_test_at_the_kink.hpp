// Test it: a test that tells a right backward pass of ReLU from broken ones, at its kink, too.
//
// Here you write the test. `accepts` gets a backward pass that someone else wrote, calls it as often as you like, and
// says whether it is right: Eqs. (11.2) and (11.10), with the slope 0 at x = 0, as PyTorch has it. It will be tried on
// two right ones and on several broken ones.
//
// Central differences will not do at 0: there they say 0.5, which is neither slope. Elsewhere they are not needed:
// what is right is 0 or d_a.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// d_x = backward(x, d_a): the inputs of the ReLU, and the gradient to its outputs; all have as many numbers.
using Backward = std::function<std::vector<double>(std::span<const double> x, std::span<const double> d_a)>;

inline bool accepts(const Backward& backward) {
    throw bn::Todo("11_4");
}

}  // namespace mine
