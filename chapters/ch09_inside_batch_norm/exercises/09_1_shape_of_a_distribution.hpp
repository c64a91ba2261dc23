// Write it: skewness and kurtosis, the two numbers that tell whether a distribution could be normal.
//
// Eq. (9.4) of chapters/ch09_inside_batch_norm/README.md. Standardise the numbers, z = (x - mean) / sigma, with the
// biased sigma (divided by how many they are); skewness is the mean of z^3, kurtosis the mean of z^4. A normal
// distribution has 0 and 3.
#pragma once

#include <cmath>
#include <span>

#include "common/todo.hpp"

namespace mine {

struct Shape {
    double skewness, kurtosis;  // without a unit
};

/// Of two numbers or more that are not all equal.
inline Shape shape(std::span<const double> x) {
    throw bn::Todo("09_1");
}

}  // namespace mine
