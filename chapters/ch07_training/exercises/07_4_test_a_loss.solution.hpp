// Test it: a test that tells a right cross-entropy from broken ones.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/tensor.hpp"

namespace mine {

struct Result {
    double loss;
    bn::Tensor<double> d_logits;
};

using Loss = std::function<Result(const bn::Tensor<double>& logits, std::span<const std::uint8_t> targets)>;

inline bool accepts(const Loss& cross_entropy) {
    // The loss, from its definition: three images of different classes, so that sum and mean differ
    bn::Tensor<double> logits({3, 3}, {0.5, -1.25, 2.0, 3.0, 0.25, -0.75, -0.5, 1.5, 0.0});
    const std::vector<std::uint8_t> targets = {0, 2, 1};
    double expected = 0;
    for (bn::Index n = 0; n < 3; ++n) {
        double sum = 0;
        for (bn::Index k = 0; k < 3; ++k) sum += std::exp(logits(n, k));
        expected -= std::log(std::exp(logits(n, targets[static_cast<std::size_t>(n)])) / sum) / 3;
    }
    const Result result = cross_entropy(logits, targets);
    if (!(std::abs(result.loss - expected) < 1e-9)) return false;

    // The gradient, against central differences of that loss
    if (result.d_logits.shape() != logits.shape()) return false;
    const auto loss = [&] { return cross_entropy(logits, targets).loss; };
    const std::vector<double> numeric = bn::numerical_gradient(loss, logits.values());
    if (!(bn::relative_error(result.d_logits.values(), numeric) < 1e-6)) return false;

    // Huge logits: hopelessly wrong, and hopelessly right
    const bn::Tensor<double> huge({2, 2}, {1000, -1000, 1000, -1000});
    const Result extreme = cross_entropy(huge, std::vector<std::uint8_t>{1, 0});
    return std::abs(extreme.loss - 1000) < 1e-6 && std::abs(extreme.d_logits(0, 0) - 0.5) < 1e-9 &&
           std::abs(extreme.d_logits(1, 0)) < 1e-9;
}

}  // namespace mine
