// Write it: how much of a gradient survives an activation, on average over normal inputs.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace mine {

inline double mean_slope(const std::function<double(double)>& slope, double mean, double sigma) {
    // Eq. (11.11): fine against the density, whose width is 1, and against the slope's peak, whose width is 1/sigma
    const double end = 10, step = 0.2 / std::max(1.0, sigma);
    double sum = 0;
    for (double z = -end; z <= end; z += step) sum += slope(mean + sigma * z) * std::exp(-z * z / 2);
    return sum * step / std::sqrt(2 * std::numbers::pi);
}

}  // namespace mine
