// Fails: it rejects a forgotten gamma
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"

namespace mine {

using Backward =
    std::function<std::vector<double>(const bn::ScalarForward& f, double gamma, std::span<const double> d_y)>;

inline bool accepts(const Backward& backward) {
    std::vector<double> x = {1.3, -0.4, 2.2, 0.9, -1.7};
    const std::vector<double> cotangent = {0.3, -1.2, 0.8, 0.5, -0.1};
    const double gamma = 1, beta = 0;

    const auto loss = [&] { return bn::inner_product(cotangent, bn::batch_norm(x, gamma, beta).y); };
    const std::vector<double> d_x = backward(bn::batch_norm(x, gamma, beta), gamma, cotangent);
    if (d_x.size() != x.size()) return false;

    return bn::relative_error(d_x, bn::numerical_gradient(loss, x)) < 1e-6;
}

}  // namespace mine
