// Test it: a test that tells a right cross-entropy from broken ones.
//
// Here you write the test. `accepts` gets a function that someone else wrote and that claims to be softmax
// cross-entropy: README.md, "Softmax and cross-entropy". It calls it as often as you like and says whether it is right:
// whether loss is the mean over the batch, in nats, whether d_logits is that loss's gradient, and whether both stand
// logits of a thousand. It will be tried on right ones and on several broken ones.
//
// You may compute expected numbers by hand or with std::exp and std::log, and use bn::numerical_gradient and
// bn::relative_error of chapter 1. (To call bn::cross_entropy would be to copy the answer.)
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct Result {
    double loss;
    bn::Tensor<double> d_logits;  // [N, K]
};

/// logits is [N, K], targets are N classes below K.
using Loss = std::function<Result(const bn::Tensor<double>& logits, std::span<const std::uint8_t> targets)>;

inline bool accepts(const Loss& cross_entropy) {
    // For example: cross_entropy(bn::Tensor<double>({2, 2}, {1, 3, 2, 2}), std::vector<std::uint8_t>{1, 0}).loss
    throw bn::Todo("07_4");
}

}  // namespace mine
