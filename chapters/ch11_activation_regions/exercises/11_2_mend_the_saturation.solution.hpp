// Mend it: a sigmoid, its slope, and a ReLU, which are right near 0 and go wrong far out.
#pragma once

#include <cmath>

namespace mine {

inline double sigmoid(double x) {
    // The exponential of a number that is not above 0 never overflows: Eq. (11.3), for x < 0 times e^x above and below
    const double e = std::exp(-std::abs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

inline double slope(double x) {
    return sigmoid(x) * sigmoid(-x);  // Eq. (11.4): 1 - sigmoid(x) would be rounded to 0
}

inline double relu(double x) {
    return x <= 0 ? 0 : x;  // a comparison with NaN is false, so NaN is returned
}

}  // namespace mine
