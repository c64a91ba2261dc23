// The gradient check that every later layer uses: central differences against the hand-derived backward pass.
// README.md, "A check that can fail", says where its step and its loss come from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <vector>

namespace bn {

/// ∂loss/∂x by central differences, Eq. (1.21): (loss(x + h) − loss(x − h)) / 2h for one element at a time, h = `step`.
/// `loss` reads x, which is changed in place and put back. As h shrinks, the error falls as h² until rounding, which
/// grows as 1/h, takes over: 1e-5 is near the best for doubles of size 1. Away from kinks only.
inline std::vector<double> numerical_gradient(const std::function<double()>& loss, std::span<double> x,
                                              double step = 1e-5) {
    std::vector<double> gradient;
    for (double& element : x) {
        const double kept = element;
        element = kept + step;
        const double above = loss();
        element = kept - step;
        const double below = loss();
        element = kept;
        gradient.push_back((above - below) / (2.0 * step));
    }
    return gradient;
}

/// max|a − b| / max|b|: how far a is from b, in units of b's largest element, Eq. (1.22). If b is all zeros, max|a −
/// b|. A NaN or an infinity anywhere gives NaN, which no tolerance accepts. Throws std::invalid_argument on different
/// lengths.
inline double relative_error(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size()) throw std::invalid_argument("relative_error: lengths differ");
    double difference = 0.0, size = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return std::nan("");
        difference = std::max(difference, std::abs(a[i] - b[i]));
        size = std::max(size, std::abs(b[i]));
    }
    return size > 0.0 ? difference / size : difference;
}

/// Σ cotangent·y, Eq. (1.23): a loss whose ∂loss/∂y is `cotangent`. A random one leaves no part of a backward pass
/// unseen; with all ones, loss = Σy, batch norm's d_x and d_gamma are zero. Throws std::invalid_argument on different
/// lengths.
inline double inner_product(std::span<const double> cotangent, std::span<const double> y) {
    if (cotangent.size() != y.size()) throw std::invalid_argument("inner_product: lengths differ");
    double sum = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += cotangent[i] * y[i];
    return sum;
}

}  // namespace bn
