// Softmax and cross-entropy in one: the loss of a classifier, and its gradient.
// README.md, "Softmax and cross-entropy", derives both.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "common/tensor.hpp"

namespace bn {

template <std::floating_point T>
struct CrossEntropy {
    double loss;         // mean over the batch, in nats
    Tensor<T> d_logits;  // [N, K]
};

/// Mean of −log softmax(logits)[target] over the batch, Eq. (7.4), and its gradient (softmax − one-hot)/N, Eq. (7.6).
/// `logits` is [N, K], `targets` N classes below K. The largest logit is subtracted first, Eq. (7.5): logits of ±1e4
/// are fine. Computed in double. Throws ShapeError if the sizes differ, std::out_of_range on a target that is no class.
template <std::floating_point T>
CrossEntropy<T> cross_entropy(const Tensor<T>& logits, std::span<const std::uint8_t> targets) {
    if (logits.dim() != 2 || logits.size(0) != std::ssize(targets) || targets.empty())
        throw ShapeError("cross_entropy: logits " + to_string(logits.shape()) + " do not fit " +
                         std::to_string(targets.size()) + " targets");
    const Index N = logits.size(0), K = logits.size(1);
    CrossEntropy<T> result{0.0, Tensor<T>::empty(logits.shape())};
    for (Index n = 0; n < N; ++n) {
        const Index target = targets[static_cast<std::size_t>(n)];
        if (target >= K)
            throw std::out_of_range("cross_entropy: target " + std::to_string(target) + " is out of bounds for " +
                                    std::to_string(K) + " classes");

        // log p of each class, with the largest logit taken out: Eq. (7.5)
        double largest = static_cast<double>(logits(n, 0));
        for (Index k = 1; k < K; ++k) largest = std::max(largest, static_cast<double>(logits(n, k)));
        double sum = 0.0;
        for (Index k = 0; k < K; ++k) sum += std::exp(static_cast<double>(logits(n, k)) - largest);
        const double log_sum = std::log(sum);
        const auto log_p = [&](Index k) { return (static_cast<double>(logits(n, k)) - largest) - log_sum; };

        // The mean of the losses, Eq. (7.4); softmax, Eq. (7.3); the gradient, Eq. (7.6)
        result.loss -= log_p(target) / static_cast<double>(N);
        for (Index k = 0; k < K; ++k) {
            const double error = std::exp(log_p(k)) - (k == target ? 1.0 : 0.0);
            result.d_logits(n, k) = static_cast<T>(error / static_cast<double>(N));
        }
    }
    return result;
}

}  // namespace bn
