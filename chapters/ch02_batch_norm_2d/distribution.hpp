// The shape of a distribution: what an affine map changes (mean, variance) and what it cannot (the rest).
#pragma once

#include <cmath>
#include <concepts>
#include <span>
#include <vector>

namespace bn {

/// Skewness and kurtosis are those of z = (x − mean)/√variance: mean of z³ (0 if symmetric) and of z⁴ (3 if normal).
struct Moments {
    double mean, variance, skewness, kurtosis;
};

/// Moments of some numbers, all biased (divided by their number): Eq. (2.12). A constant has no shape: 0/0, NaN.
template <std::floating_point T>
Moments moments(std::span<const T> values) {
    const double count = static_cast<double>(values.size());
    Moments m{};
    for (T value : values) m.mean += value / count;
    for (T value : values) m.variance += (value - m.mean) * (value - m.mean) / count;
    for (T value : values) {
        const double z = (value - m.mean) / std::sqrt(m.variance);
        m.skewness += z * z * z / count;
        m.kurtosis += z * z * z * z / count;
    }
    return m;
}

/// Shares of the values in `bins` equal bins over [low, high), as an outline: two rows per bin, left and right edge.
struct Histogram {
    std::vector<double> edge, share;
};

template <std::floating_point T>
Histogram histogram(std::span<const T> values, double low, double high, int bins) {
    std::vector<double> counts(static_cast<std::size_t>(bins));
    const double width = (high - low) / bins;
    for (T value : values)
        if (value >= low && value < high) counts[static_cast<std::size_t>((value - low) / width)] += 1.0;

    Histogram h;
    for (std::size_t b = 0; b < counts.size(); ++b)
        for (double side : {0.0, 1.0}) {
            h.edge.push_back(low + width * (static_cast<double>(b) + side));
            h.share.push_back(counts[b] / static_cast<double>(values.size()));
        }
    return h;
}

}  // namespace bn
