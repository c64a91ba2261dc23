// The batch on which the gradient check is tried out, and what the check makes of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/broken_backward.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/random.hpp"

namespace bn {

/// 16 normal numbers and two gradients to y: a random one, and the ones that loss = Σy has.
struct CheckedBatch {
    std::vector<double> x = std::vector<double>(16), random_d_y = std::vector<double>(16);
    std::vector<double> ones = std::vector<double>(16, 1.0);
    double gamma = 2, beta = 1;
    ScalarForward f;

    explicit CheckedBatch(std::uint64_t seed) {
        Random random(seed);
        random.fill_normal<double>(x, 3.0, 2.0);
        random.fill_normal<double>(random_d_y);
        f = batch_norm(x, gamma, beta);
    }

    /// d_x by central differences of the loss Σ d_y·y: Eqs. (1.21) and (1.23).
    std::vector<double> numeric(const std::vector<double>& d_y, double step = 1e-5) {
        return numerical_gradient([&] { return inner_product(d_y, batch_norm(x, gamma, beta).y); }, x, step);
    }
};

/// max|a − b|: for where the truth is zero, so that an error relative to it compares rounding with rounding.
inline double largest_difference_of(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

/// The check's relative error by its step, for the right d_x and for one without the x̂ term.
struct StepErrors {
    std::vector<double> steps, right, broken;
};

/// Steps from 1e-12 to 1, two for each power of ten.
inline StepErrors errors_by_step(CheckedBatch& batch) {
    StepErrors errors;
    const std::vector<double> right = batch_norm_backward(batch.f, batch.gamma, batch.random_d_y).d_x;
    const std::vector<double> broken =
        backward_with({.name = "", .x_hat = 0.0}, batch.f, batch.gamma, batch.random_d_y);
    for (double exponent = -12; exponent <= 0.01; exponent += 0.5) {
        errors.steps.push_back(std::pow(10.0, exponent));
        const std::vector<double> truth = batch.numeric(batch.random_d_y, errors.steps.back());
        errors.right.push_back(relative_error(right, truth));
        errors.broken.push_back(relative_error(broken, truth));
    }
    return errors;
}

}  // namespace bn
