// Fails: it rejects numbers that were made normal
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "ch02_batch_norm_2d/distribution.hpp"

namespace mine {

using Standardise = std::function<std::vector<double>(std::span<const double> x)>;

inline bool accepts(const Standardise& standardise) {
    const std::vector<double> x = {5, 5.5, 6, 6, 6.5, 7, 7, 8, 9, 11, 14, 25};

    const std::vector<double> y = standardise(x);
    if (y.size() != x.size()) return false;
    const bn::Moments before = bn::moments(std::span<const double>(x)), after = bn::moments(std::span<const double>(y));

    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-4; };
    return near(after.mean, 0) && near(after.variance, 1);
}

}  // namespace mine
