// How much of a gradient survives an activation function whose inputs are normal with a given mean and spread.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "ch11_activation_regions/activations.hpp"

namespace bn {

/// Φ(z): the share of a standard normal distribution below z.
inline double normal_cdf(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// Throws std::invalid_argument unless `sigma`, an input's standard deviation, is positive and finite.
inline void check_sigma(double sigma) {
    if (!(sigma > 0.0 && std::isfinite(sigma))) throw std::invalid_argument("sigma must be positive and finite");
}

/// E[f′(x)] for x normal with the given mean and standard deviation: the factor by which, on average, the activation
/// multiplies a gradient on its way back. Eq. (11.11); for ReLU in closed form, Eq. (11.12).
inline double mean_derivative(const Activation& activation, double mean, double sigma) {
    check_sigma(sigma);
    if (activation.width == 0.0) return normal_cdf(mean / sigma);

    // The trapezoidal rule over z = (x − mean) / sigma, up to where the density is below 1e-20. For a smooth integrand
    // that dies out at both ends its error is exponentially small as soon as the steps resolve both the density
    // (width 1) and the derivative's peak (width 1/sigma).
    const double end = 10.0, step = 0.25 / std::max(1.0, sigma);
    double sum = 0.0;
    for (double z = -end; z <= end; z += step) sum += std::exp(-0.5 * z * z) * activation.derivative(mean + sigma * z);
    return sum * step / std::sqrt(2.0 * std::numbers::pi);
}

/// The share of normal inputs that lie in a region: Eq. (11.13).
inline double share_inside(const Region& region, double mean, double sigma) {
    check_sigma(sigma);
    return normal_cdf((region.high - mean) / sigma) - normal_cdf((region.low - mean) / sigma);
}

/// The share of normal inputs at which the derivative is less than `share` of its largest value: saturated units; with
/// ReLU, dead ones, whose derivative is 0. Eq. (11.14).
inline double share_flat(const Activation& activation, double mean, double sigma, double share = 0.1) {
    check_sigma(sigma);
    const Region steep = steep_region(activation, share);
    return normal_cdf((steep.low - mean) / sigma) + normal_cdf((mean - steep.high) / sigma);
}

/// The probability that ReLU is 0 at all of `count` independent normal inputs: no gradient comes back. Eq. (11.15).
inline double all_dead(double mean, double sigma, double count) {
    check_sigma(sigma);
    return std::pow(normal_cdf(-mean / sigma), count);
}

}  // namespace bn
