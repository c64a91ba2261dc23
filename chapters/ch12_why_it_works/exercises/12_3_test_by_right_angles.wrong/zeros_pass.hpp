// Fails: it rejects nothing at all
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "common/random.hpp"
#include "common/tensor.hpp"

namespace mine {

using Numbers = std::vector<double>;
using Gradient = std::function<Numbers(const Numbers& w, const bn::Tensor<double>& x, const Numbers& d_y)>;

inline bool accepts(const Gradient& gradient) {
    // Patches with a mean, so that u has one
    bn::Tensor<double> x({20, 4});
    Numbers w(4), d_y(20);
    bn::Random random(1);
    random.fill_normal(x.values(), 2.0, 1.0);
    random.fill_normal<double>(w);
    random.fill_normal<double>(d_y);

    const Numbers g = gradient(w, x, d_y);
    double dot = 0, g2 = 0, w2 = 0;
    for (std::size_t k = 0; k < 4; ++k) {
        dot += g[k] * w[k];
        g2 += g[k] * g[k];
        w2 += w[k] * w[k];
    }
    if (std::abs(dot) > 1e-9 * std::sqrt(g2 * w2)) return false;

    Numbers twice = w;
    for (double& value : twice) value *= 2;
    const Numbers half = gradient(twice, x, d_y);
    for (std::size_t k = 0; k < 4; ++k)
        if (std::abs(2 * half[k] - g[k]) > 1e-9 * std::sqrt(g2)) return false;
    return true;
}

}  // namespace mine
