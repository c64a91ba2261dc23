// Fails: what is small is not zero
#pragma once

#include <cmath>

namespace mine {

inline double sigmoid(double x) {
    if (x > 30) x = 30;
    if (x < -30) x = -30;
    return 1 / (1 + std::exp(-x));
}

inline double slope(double x) {
    return sigmoid(x) * sigmoid(-x);
}

inline double relu(double x) {
    return x <= 0 ? 0 : x;
}

}  // namespace mine
