// Write it: the slopes of ReLU, sigmoid and tanh, from the output alone.
//
// Eqs. (11.2) and (11.7) of chapters/ch11_activation_regions/README.md. An activation that works in place has written
// its output over its input: when the gradient comes back, the output is all there is. It is enough.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// The slope of ReLU where its output is `a`. At the kink, where the output is 0, it is 0.
inline double relu_slope(double a) {
    throw bn::Todo("11_1");
}

/// The slope of the sigmoid where its output is `s`.
inline double sigmoid_slope(double s) {
    throw bn::Todo("11_1");
}

/// The slope of tanh where its output is `t`.
inline double tanh_slope(double t) {
    throw bn::Todo("11_1");
}

/// Eq. (11.10) for a sigmoid: d_x from its outputs `s` and from d_s, the gradient to them. All have as many numbers.
inline std::vector<double> sigmoid_backward(std::span<const double> s, std::span<const double> d_s) {
    throw bn::Todo("11_1");
}

}  // namespace mine
