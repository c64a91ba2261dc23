// Fails: symptom 2
#pragma once

#include <cmath>

namespace mine {

inline double sigmoid(double x) {
    const double e = std::exp(-std::abs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

inline double slope(double x) {
    return sigmoid(x) * (1 - sigmoid(x));
}

inline double relu(double x) {
    return x <= 0 ? 0 : x;
}

}  // namespace mine
