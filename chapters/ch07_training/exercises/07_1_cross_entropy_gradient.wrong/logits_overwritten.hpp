// Fails: the logits stay as they were
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "common/tensor.hpp"

namespace mine {

inline bn::Tensor<double> d_logits(const bn::Tensor<double>& logits, std::span<const std::uint8_t> targets) {
    const bn::Index N = logits.size(0), K = logits.size(1);
    bn::Tensor<double> d = logits;
    for (bn::Index n = 0; n < N; ++n) {
        // The largest logit is taken out of every exponent: Eq. (7.5)
        double largest = logits(n, 0);
        for (bn::Index k = 1; k < K; ++k) largest = std::max(largest, logits(n, k));
        double sum = 0;
        for (bn::Index k = 0; k < K; ++k) sum += std::exp(logits(n, k) - largest);

        // Probabilities, less 1 at the right class, over N: Eqs. (7.3), (7.6)
        for (bn::Index k = 0; k < K; ++k) d(n, k) = std::exp(d(n, k) - largest) / sum;
        d(n, targets[static_cast<std::size_t>(n)]) -= 1;
        for (bn::Index k = 0; k < K; ++k) d(n, k) /= static_cast<double>(N);
    }
    return d;
}

}  // namespace mine
