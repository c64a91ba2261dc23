// Write it: how much of a gradient survives an activation, on average over normal inputs.
//
// Eq. (11.11) of the chapter's README: E[f'(x)] for x = mean + sigma * z, where z is standard normal. The integral over
// z becomes a sum with small steps (the trapezoidal rule; at the far ends, where the density is nothing, all terms
// count the same): the sum of f'(mean + sigma * z) * density(z) * step. The standard normal density is exp(-z*z/2) /
// sqrt(2*pi).
//
// Steps have to be small against 1, the width of the density, and against 1/sigma, the width that the slope's peak has
// along z: for sigma = 100 it is very narrow.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "common/todo.hpp"

namespace mine {

/// The mean of `slope` over normal numbers with this mean and standard deviation, to 6 digits.
inline double mean_slope(const std::function<double(double)>& slope, double mean, double sigma) {
    throw bn::Todo("11_3");
}

}  // namespace mine
