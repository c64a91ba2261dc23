// Fails: moving and stretching change nothing
#pragma once

#include <cmath>
#include <span>

namespace mine {

struct Shape {
    double skewness, kurtosis;
};

inline Shape shape(std::span<const double> x) {
    const double n = static_cast<double>(x.size());
    double mean = 0, variance = 0;
    for (double value : x) mean += value / n;
    for (double value : x) variance += (value - mean) * (value - mean) / n;

    Shape s{};
    double cubes = 0, fourths = 0, squares = 0;
    for (double value : x) {
        squares += value * value / n;
        cubes += value * value * value / n;
        fourths += value * value * value * value / n;
    }
    variance = squares - mean * mean;
    s.skewness = (cubes - 3 * mean * squares + 2 * mean * mean * mean) / std::pow(variance, 1.5);
    s.kurtosis = (fourths - 4 * mean * cubes + 6 * mean * mean * squares - 3 * std::pow(mean, 4)) / variance / variance;
    return s;
}

}  // namespace mine
