// Backward passes with the usual mistakes, to see which checks catch them. README.md, "A check that can fail".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"

namespace bn {

/// The factors r, p and q in Eq. (1.24), which is Eq. (1.15) with mistakes in it. All 1: right.
struct Mistake {
    std::string name;
    double scale = 1.0;  // r: of the whole
    double mean = 1.0;   // p: of the mean that is taken away
    double x_hat = 1.0;  // q: of the part along x̂ that is taken away
};

/// The right backward pass, then six wrong ones.
inline const std::vector<Mistake> mistakes = {
    {.name = "right"},
    {.name = "twice too large", .scale = 2.0},
    {.name = "all zeros", .scale = 0.0},
    {.name = "variance as a constant", .x_hat = 0.0},  // no x̂ term
    {.name = "x_hat term's sign wrong", .x_hat = -1.0},
    {.name = "mean as a constant", .mean = 0.0},
    {.name = "mean and variance as constants", .mean = 0.0, .x_hat = 0.0},
};

/// d_x (m elements) as batch_norm_backward would return it with that mistake: Eq. (1.24).
inline std::vector<double> backward_with(const Mistake& mistake, const ScalarForward& f, double gamma,
                                         std::span<const double> d_y) {
    check_length(f, d_y);
    const double m = static_cast<double>(d_y.size());
    double mean_d_y = 0.0, mean_d_y_x_hat = 0.0;
    for (std::size_t i = 0; i < d_y.size(); ++i) {
        mean_d_y += d_y[i] / m;
        mean_d_y_x_hat += d_y[i] * f.x_hat[i] / m;
    }
    std::vector<double> d_x;
    for (std::size_t i = 0; i < d_y.size(); ++i) {
        const double kept = d_y[i] - mistake.mean * mean_d_y - mistake.x_hat * f.x_hat[i] * mean_d_y_x_hat;
        d_x.push_back(mistake.scale * gamma / f.std * kept);
    }
    return d_x;
}

}  // namespace bn
