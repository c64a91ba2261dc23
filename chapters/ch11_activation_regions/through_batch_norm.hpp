// One layer's backward pass: an activation alone, and batch norm followed by the activation.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch11_activation_regions/activations.hpp"

namespace bn {

/// Element by element: d_x = f′(x)·d_a, Eq. (11.10). Throws std::invalid_argument on different lengths.
inline std::vector<double> activation_backward(const Activation& activation, std::span<const double> x,
                                               std::span<const double> d_a) {
    if (x.size() != d_a.size()) throw std::invalid_argument("activation_backward: lengths differ");
    std::vector<double> d_x;
    for (std::size_t i = 0; i < x.size(); ++i) d_x.push_back(activation.derivative(x[i]) * d_a[i]);
    return d_x;
}

/// Root mean square: the size of a typical element.
inline double rms(std::span<const double> values) {
    double sum = 0.0;
    for (double value : values) sum += value * value;
    return std::sqrt(sum / static_cast<double>(values.size()));
}

/// A gradient d_a on its way back to x: through a = f(x), and through a = f(BN(x)) with γ = 1 and β = 0.
struct WayBack {
    double alone;            // rms(d_x) / rms(d_a) for a = f(x)
    double past_activation;  // rms(d_y) / rms(d_a) for a = f(y), y = BN(x): what the activation lets through
    double inverse_std;      // 1/s: what batch norm multiplies by
    double with_batch_norm;  // rms(d_x) / rms(d_a) for a = f(BN(x)), Eq. (11.16)
    double removed;          // the share of Σd_y² that batch norm's backward pass removes, Eq. (11.17)
    ScalarGradients d;       // d_x for a = f(BN(x)), and d_beta and d_gamma, which receive what is removed
    std::vector<double> x_hat;
};

/// Follows d_a (m elements) back to x (m elements, not all equal). Throws std::invalid_argument on different lengths.
inline WayBack way_back(const Activation& activation, std::span<const double> x, std::span<const double> d_a) {
    const ScalarForward f = batch_norm(x, 1.0, 0.0);
    const std::vector<double> d_y = activation_backward(activation, f.y, d_a);

    WayBack way{};
    way.d = batch_norm_backward(f, 1.0, d_y);
    way.x_hat = f.x_hat;
    way.alone = rms(activation_backward(activation, x, d_a)) / rms(d_a);
    way.past_activation = rms(d_y) / rms(d_a);
    way.inverse_std = 1.0 / f.std;
    way.with_batch_norm = rms(way.d.d_x) / rms(d_a);
    const double kept = rms(way.d.d_x) * f.std / rms(d_y);
    way.removed = 1.0 - kept * kept;
    return way;
}

/// The share that batch norm's backward pass removes from a random gradient, on average: d_a of independent numbers
/// with mean 0, one for each x_hat. About 2/m, Eq. (11.19).
inline double removed_at_random(const Activation& activation, std::span<const double> x_hat) {
    double all = 0.0, along_x_hat = 0.0;
    for (double standardised : x_hat) {
        const double slope = activation.derivative(standardised);
        all += slope * slope;
        along_x_hat += slope * slope * standardised * standardised;
    }
    return (1.0 + along_x_hat / all) / static_cast<double>(x_hat.size());
}

}  // namespace bn
