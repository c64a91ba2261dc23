// Fails: four numbers that one can do by hand
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
    for (double value : x) variance += (value - mean) * (value - mean) / (n - 1);

    Shape s{};
    for (double value : x) {
        const double z = (value - mean) / std::sqrt(variance);
        s.skewness += z * z * z / n;
        s.kurtosis += z * z * z * z / n;
    }
    return s;
}

}  // namespace mine
