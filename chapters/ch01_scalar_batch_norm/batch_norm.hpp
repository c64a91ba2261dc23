// Batch norm of m numbers: forward with every intermediate named, backward by hand, twice. README.md derives each line.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace bn {

/// What the forward pass computes, in order. All vectors have m elements; x has unit u.
struct ScalarForward {
    double mean;                  // μ, unit u
    std::vector<double> centred;  // c = x − μ, unit u
    double variance;              // v, biased: divided by m, unit u²
    double std;                   // s = √(v + ε), unit u
    std::vector<double> x_hat;    // x̂ = c / s, no unit: mean 0, variance v/(v + ε), Eq. (1.16)
    std::vector<double> y;        // γ·x̂ + β, in the unit of γ and β
};

/// ∂loss/∂· for the input (m elements) and the two parameters.
struct ScalarGradients {
    std::vector<double> d_x;
    double d_gamma;
    double d_beta;
};

/// The same with ∂loss/∂· of every intermediate, in the order in which the backward pass finds them.
struct ScalarBackward {
    double d_beta, d_gamma;
    std::vector<double> d_x_hat;
    double d_std, d_variance;
    std::vector<double> d_centred;
    double d_mean;
    std::vector<double> d_x;
};

/// Standardises a batch of m numbers by its own mean and (biased) variance, then scales and shifts. `eps` has the
/// unit of x². Eqs. (1.1)–(1.6). With eps = 0, equal numbers become NaN (0/0). Throws std::invalid_argument on an
/// empty batch.
inline ScalarForward batch_norm(std::span<const double> x, double gamma, double beta, double eps = 1e-5) {
    if (x.empty()) throw std::invalid_argument("batch_norm needs at least one value");
    const double m = static_cast<double>(x.size());
    ScalarForward f{};

    // Mean: Eq. (1.1)
    for (double value : x) f.mean += value / m;

    // Centre: Eq. (1.2)
    for (double value : x) f.centred.push_back(value - f.mean);

    // Variance from the centred values; E[x²] − μ² would lose its digits where μ is large: Eq. (1.3)
    for (double c : f.centred) f.variance += c * c / m;

    // Standard deviation, ε inside the root: Eq. (1.4)
    f.std = std::sqrt(f.variance + eps);

    // Standardise, then scale and shift: Eqs. (1.5) and (1.6)
    for (double c : f.centred) f.x_hat.push_back(c / f.std);
    for (double standardised : f.x_hat) f.y.push_back(gamma * standardised + beta);
    return f;
}

/// Throws std::invalid_argument unless d_y has one element for each of the batch's numbers.
inline void check_length(const ScalarForward& f, std::span<const double> d_y) {
    if (d_y.size() != f.x_hat.size())
        throw std::invalid_argument("batch_norm_backward: d_y has " + std::to_string(d_y.size()) +
                                    " elements, the batch has " + std::to_string(f.x_hat.size()));
}

/// The backward pass one node at a time: each line of the forward pass, taken in reverse. `f` and `gamma` are the
/// forward pass's, d_y = ∂loss/∂y has m elements. Eqs. (1.7)–(1.14). Throws std::invalid_argument if it has not.
inline ScalarBackward batch_norm_backward_staged(const ScalarForward& f, double gamma, std::span<const double> d_y) {
    check_length(f, d_y);
    const std::size_t m = f.x_hat.size();
    const double count = static_cast<double>(m);
    ScalarBackward b{};

    // y = γ·x̂ + β: Eqs. (1.7), (1.8), (1.9)
    for (std::size_t i = 0; i < m; ++i) {
        b.d_beta += d_y[i];
        b.d_gamma += d_y[i] * f.x_hat[i];
        b.d_x_hat.push_back(gamma * d_y[i]);
    }

    // x̂ = c / s: every x̂ uses the one s, and so their contributions add up: Eq. (1.10)
    for (std::size_t i = 0; i < m; ++i) b.d_std -= b.d_x_hat[i] * f.centred[i] / (f.std * f.std);

    // s = √(v + ε): Eq. (1.11)
    b.d_variance = b.d_std / (2.0 * f.std);

    // c reaches the loss twice, through x̂ and through v: Eq. (1.12)
    for (std::size_t i = 0; i < m; ++i)
        b.d_centred.push_back(b.d_x_hat[i] / f.std + b.d_variance * 2.0 * f.centred[i] / count);

    // c = x − μ: every c uses the one μ, and so their contributions add up: Eq. (1.13)
    for (double d : b.d_centred) b.d_mean -= d;

    // x reaches the loss twice, through c and through μ: Eq. (1.14)
    for (double d : b.d_centred) b.d_x.push_back(d + b.d_mean / count);
    return b;
}

/// The same in closed form: d_x is d_y without its mean and (up to ε) without its part along x̂, times γ/s.
/// Eqs. (1.7), (1.8), (1.15). Throws std::invalid_argument if d_y has not m elements.
inline ScalarGradients batch_norm_backward(const ScalarForward& f, double gamma, std::span<const double> d_y) {
    check_length(f, d_y);
    const std::size_t m = f.x_hat.size();
    ScalarGradients g{std::vector<double>(m), 0.0, 0.0};
    for (std::size_t i = 0; i < m; ++i) {
        g.d_beta += d_y[i];
        g.d_gamma += d_y[i] * f.x_hat[i];
    }
    const double mean_d_y = g.d_beta / static_cast<double>(m);
    const double mean_d_y_x_hat = g.d_gamma / static_cast<double>(m);
    for (std::size_t i = 0; i < m; ++i) g.d_x[i] = gamma / f.std * (d_y[i] - mean_d_y - f.x_hat[i] * mean_d_y_x_hat);
    return g;
}

}  // namespace bn
