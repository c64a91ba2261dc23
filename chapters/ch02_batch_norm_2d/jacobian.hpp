// How one standardised value changes with one value of the input. README.md, "Which inputs does an output feel?"
#pragma once

#include <cmath>
#include <cstddef>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "common/tensor.hpp"

namespace bn {

/// One value of a tensor [N, C, H, W].
struct Position {
    Index n, c, h, w;
    bool operator==(const Position&) const = default;
};

/// ∂x̂(to)/∂x(from) for x [N, C, H, W] with its own statistics, in 1/unit of x: Eq. (2.8). Zero across channels; within
/// a channel every value counts, whatever its image, through μ and σ²: Eq. (2.7).
inline double x_hat_slope(const Tensor<double>& x, const ChannelStatistics& s, double eps, const Position& to,
                          const Position& from) {
    if (to.c != from.c) return 0.0;
    const double mean = s.mean[static_cast<std::size_t>(to.c)], count = static_cast<double>(s.count);
    const double std = std::sqrt(s.variance[static_cast<std::size_t>(to.c)] + eps);
    const auto x_hat = [&](const Position& p) { return (x(p.n, p.c, p.h, p.w) - mean) / std; };
    return ((to == from ? 1.0 : 0.0) - 1.0 / count - x_hat(to) * x_hat(from) / count) / std;
}

}  // namespace bn
