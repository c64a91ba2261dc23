// Fails: a slope that is one everywhere survives whole
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace mine {

inline double mean_slope(const std::function<double(double)>& slope, double mean, double sigma) {
    const double end = 10, step = 0.2 / std::max(1.0, sigma);
    double sum = 0;
    for (double z = -end; z <= end; z += step) sum += slope(mean + sigma * z) * std::exp(-z * z / 2);
    return sum * step;
}

}  // namespace mine
