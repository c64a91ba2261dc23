// Test it: a test that tells a right backward pass of ReLU from broken ones, at its kink, too.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace mine {

using Backward = std::function<std::vector<double>(std::span<const double> x, std::span<const double> d_a)>;

inline bool accepts(const Backward& backward) {
    // On both sides, far and near, and at the kink; gradients of both signs and of no special size
    const std::vector<double> x = {-30, -0.5, -0.5, 0, 0, 0.5, 0.5, 30, 30};
    const std::vector<double> d_a = {0.7, 1.3, -2.1, 0.9, -0.4, 1.7, -0.6, 2.3, -1.9};

    const std::vector<double> d_x = backward(x, d_a);
    if (d_x.size() != x.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = x[i] > 0 ? d_a[i] : 0;
        if (!(std::abs(d_x[i] - expected) < 1e-12)) return false;
    }
    return true;
}

}  // namespace mine
