// What batch norm removes from a gradient, and what it lets through. README.md, "What is removed", derives it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"

namespace bn {

/// d_y = mean + along + rest, m elements each. The three are at right angles to each other: Eq. (1.19).
struct GradientParts {
    std::vector<double> mean;   // the mean of d_y, m times
    std::vector<double> along;  // the part along x̂: a multiple of x̂
    std::vector<double> rest;   // what has neither a mean nor a part along x̂
};

/// Splits d_y (m elements), the gradient that comes back to a batch's y. Eq. (1.19). Where all numbers are equal there
/// is no direction x̂, and nothing lies along it. Throws std::invalid_argument if d_y has not m elements.
inline GradientParts parts_of(const ScalarForward& f, std::span<const double> d_y) {
    check_length(f, d_y);
    double sum = 0.0, dot = 0.0, square = 0.0;  // of d_y; of d_y and x̂; of x̂ with itself
    for (std::size_t i = 0; i < d_y.size(); ++i) {
        sum += d_y[i];
        dot += d_y[i] * f.x_hat[i];
        square += f.x_hat[i] * f.x_hat[i];
    }
    GradientParts parts;
    for (std::size_t i = 0; i < d_y.size(); ++i) {
        parts.mean.push_back(sum / static_cast<double>(d_y.size()));
        parts.along.push_back(square > 0.0 ? dot / square * f.x_hat[i] : 0.0);
        parts.rest.push_back(d_y[i] - parts.mean[i] - parts.along[i]);
    }
    return parts;
}

/// The share of the part along x̂ that stays: ε/(v + ε), so 0 without ε. Eq. (1.18).
inline double share_kept(const ScalarForward& f) {
    return 1.0 - f.variance / (f.std * f.std);
}

/// d_x put together again from the parts of d_y: γ/s·(rest + ε/(v + ε)·along). Eq. (1.19); a third way to the
/// backward pass, beside the staged and the closed one.
inline std::vector<double> d_x_from_parts(const GradientParts& parts, const ScalarForward& f, double gamma) {
    std::vector<double> d_x;
    for (std::size_t i = 0; i < parts.rest.size(); ++i)
        d_x.push_back(gamma / f.std * (parts.rest[i] + share_kept(f) * parts.along[i]));
    return d_x;
}

}  // namespace bn
