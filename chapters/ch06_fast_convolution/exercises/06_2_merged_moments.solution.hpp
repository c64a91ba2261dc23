// Write it: mean and squared deviations of a whole, from those of its parts.
#pragma once

#include <span>

#include "common/tensor.hpp"

namespace mine {

struct Moments {
    bn::Index count;
    double mean, squares;
};

inline Moments moments(std::span<const double> x) {
    Moments m{std::ssize(x), 0, 0};
    for (double value : x) m.mean += value / static_cast<double>(m.count);
    for (double value : x) m.squares += (value - m.mean) * (value - m.mean);
    return m;
}

inline Moments merged(std::span<const Moments> parts) {
    Moments all{0, 0, 0};
    for (const Moments& part : parts) all.count += part.count;
    for (const Moments& part : parts)
        all.mean += part.mean * static_cast<double>(part.count) / static_cast<double>(all.count);
    for (const Moments& part : parts) {
        // The squares around the part's own mean, and its mean's own: Eq. (6.5)
        const double shift = part.mean - all.mean;
        all.squares += part.squares + static_cast<double>(part.count) * shift * shift;
    }
    return all;
}

}  // namespace mine
