// Write it: softmax cross-entropy's gradient.
//
// The chapter's Eqs. (7.3), (7.5) and (7.6): README.md, "Softmax and cross-entropy". logits is [N, K]: N images, K
// classes. targets holds each image's class, N numbers below K. Return the gradient of the mean loss with respect to
// the logits, [N, K].
//
// Some logits are as large as 1000. std::exp(1000.0) is infinite, and infinity divided by infinity is NaN.
#pragma once

#include <cstdint>
#include <span>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

inline bn::Tensor<double> d_logits(const bn::Tensor<double>& logits, std::span<const std::uint8_t> targets) {
    // To begin with: logits.size(0) is N, logits(n, k) is image n's logit of class k, and
    // bn::Tensor<double> d(logits.shape()) is a tensor of zeros with elements d(n, k).
    throw bn::Todo("07_1");
}

}  // namespace mine
