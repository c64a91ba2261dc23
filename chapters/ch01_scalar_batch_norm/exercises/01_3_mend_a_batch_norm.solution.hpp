// Mend it: a batch norm with three faults, of which you see the symptoms.
#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace mine {

inline std::vector<float> standardise(std::span<const double> x, double eps) {
    const double m = static_cast<double>(x.size());
    double mean = 0, variance = 0;

    // Two passes, and in double: mean(x^2) - mean^2 subtracts two large numbers that are nearly equal
    for (double value : x) mean += value / m;
    for (double value : x) variance += (value - mean) * (value - mean) / m;

    // Divided by m, not by m - 1, and eps inside the root
    const double std = std::sqrt(variance + eps);

    std::vector<float> x_hat;
    for (double value : x) x_hat.push_back(static_cast<float>((value - mean) / std));
    return x_hat;
}

}  // namespace mine
