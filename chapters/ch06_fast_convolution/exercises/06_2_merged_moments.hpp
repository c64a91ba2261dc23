// Write it: mean and squared deviations of a whole, from those of its parts.
//
// Eq. (6.5) of chapters/ch06_fast_convolution/README.md. There all parts have the same size. Here they need not: a part
// of k values counts k times, in the mean and in the sum of squares.
//
// Never by E[x^2] - mu^2, which cancels: values near 1e9 have to keep their digits, in the parts and in the whole.
#pragma once

#include <span>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct Moments {
    bn::Index count;  // of the values
    double mean;
    double squares;  // the sum of (value - mean)^2, not divided by anything
};

/// Of the values of a part, one or more.
inline Moments moments(std::span<const double> x) {
    throw bn::Todo("06_2");
}

/// Of all parts together, one part or more. The values themselves are not seen again.
inline Moments merged(std::span<const Moments> parts) {
    throw bn::Todo("06_2");
}

}  // namespace mine
