// Write it: mean, variance, standard deviation, and the standardised numbers.
#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace mine {

struct Statistics {
    double mean, variance, std;
};

inline Statistics statistics(std::span<const double> x, double eps) {
    const double m = static_cast<double>(x.size());
    Statistics s{};
    for (double value : x) s.mean += value / m;                                    // Eq. (1.1)
    for (double value : x) s.variance += (value - s.mean) * (value - s.mean) / m;  // Eqs. (1.2), (1.3)
    s.std = std::sqrt(s.variance + eps);                                           // Eq. (1.4)
    return s;
}

inline std::vector<double> standardise(std::span<const double> x, double eps) {
    const Statistics s = statistics(x, eps);
    std::vector<double> x_hat;
    for (double value : x) x_hat.push_back((value - s.mean) / s.std);  // Eq. (1.5)
    return x_hat;
}

}  // namespace mine
