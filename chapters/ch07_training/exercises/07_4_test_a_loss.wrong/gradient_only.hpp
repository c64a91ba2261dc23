// Fails: loss and gradient are sums over the batch
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
    bn::Tensor<double> logits({3, 3}, {0.5, -1.25, 2.0, 3.0, 0.25, -0.75, -0.5, 1.5, 0.0});
    const std::vector<std::uint8_t> targets = {0, 2, 1};
    const Result result = cross_entropy(logits, targets);

    // The gradient, against central differences of that loss
    if (result.d_logits.shape() != logits.shape()) return false;
    const auto loss = [&] { return cross_entropy(logits, targets).loss; };
    const std::vector<double> numeric = bn::numerical_gradient(loss, logits.values());
    if (!(bn::relative_error(result.d_logits.values(), numeric) < 1e-6)) return false;

    return true;
}

}  // namespace mine
