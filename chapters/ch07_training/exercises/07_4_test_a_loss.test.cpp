#include "common/exercise_test.hpp"

#include "ch07_training/cross_entropy.hpp"
#include EXERCISE

using namespace bn;

namespace {

using Classes = std::span<const std::uint8_t>;

mine::Result right(const Tensor<double>& logits, Classes targets) {
    CrossEntropy<double> result = cross_entropy(logits, targets);
    return {result.loss, result.d_logits};
}

// The right one with its loss and its gradient multiplied.
mine::Loss scaled(const std::function<double(Index N)>& loss, const std::function<double(Index N)>& gradient) {
    return [=](const Tensor<double>& logits, Classes targets) {
        mine::Result result = right(logits, targets);
        result.loss *= loss(logits.size(0));
        for (double& d : result.d_logits.values()) d *= gradient(logits.size(0));
        return result;
    };
}

double one(Index) {
    return 1;
}

// By probabilities: with or without taking the largest logit out, and with a least probability.
mine::Result by_probabilities(const Tensor<double>& logits, Classes targets, bool shifted, double least) {
    const Index N = logits.size(0), K = logits.size(1);
    mine::Result result{0, Tensor<double>(logits.shape())};
    for (Index n = 0; n < N; ++n) {
        const Index t = targets[static_cast<std::size_t>(n)];
        double largest = 0, sum = 0;
        for (Index k = 0; shifted && k < K; ++k) largest = k == 0 ? logits(n, 0) : std::max(largest, logits(n, k));
        for (Index k = 0; k < K; ++k) sum += std::exp(logits(n, k) - largest);
        for (Index k = 0; k < K; ++k)
            result.d_logits(n, k) =
                (std::exp(logits(n, k) - largest) / sum - (k == t ? 1 : 0)) / static_cast<double>(N);
        const double p = std::exp(logits(n, t) - largest) / sum;
        const double log_p = shifted && least == 0 ? logits(n, t) - largest - std::log(sum)  // without rounding p to 0
                                                   : std::log(std::max(p, least));
        result.loss -= log_p / static_cast<double>(N);
    }
    return result;
}

}  // namespace

TEST_CASE("it accepts a right cross-entropy") {
    require_accepted("the chapter's", mine::accepts(right));
    require_accepted("another right one, rounded differently",
                     mine::accepts([](const Tensor<double>& z, Classes t) { return by_probabilities(z, t, true, 0); }));
}

TEST_CASE("it rejects a sum in place of the mean") {
    const auto N = [](Index n) { return static_cast<double>(n); };
    require_rejected("loss and gradient are sums over the batch", mine::accepts(scaled(N, N)));
    require_rejected("the loss is a mean, the gradient a sum", mine::accepts(scaled(one, N)));
}

TEST_CASE("it rejects a wrong scale") {
    const auto bits = [](Index) { return 1 / std::log(2.0); };
    require_rejected("the loss is in bits", mine::accepts(scaled(bits, bits)));
    require_rejected("the gradient points the other way", mine::accepts(scaled(one, [](Index) { return -1.0; })));
}

TEST_CASE("it rejects a gradient that is wrong at one place") {
    require_rejected("the last number of the gradient is 0", mine::accepts([](const Tensor<double>& z, Classes t) {
                         mine::Result result = right(z, t);
                         result.d_logits[result.d_logits.numel() - 1] = 0;
                         return result;
                     }));
}

TEST_CASE("it rejects the first image's class for all") {
    require_rejected("the first image's class is used for all", mine::accepts([](const Tensor<double>& z, Classes t) {
                         return right(z, std::vector<std::uint8_t>(t.size(), t[0]));
                     }));
}

TEST_CASE("it rejects an overflow") {
    require_rejected("e^1000 is infinite", mine::accepts([](const Tensor<double>& z, Classes t) {
                         return by_probabilities(z, t, false, 0);
                     }));
}

TEST_CASE("it rejects a loss that is cut off") {
    require_rejected(
        "no probability is below 1e-12, so no loss is above 27.6",
        mine::accepts([](const Tensor<double>& z, Classes t) { return by_probabilities(z, t, true, 1e-12); }));
}

TEST_CASE("it rejects a probability without its logarithm") {
    require_rejected("the loss is 1 - p", mine::accepts([](const Tensor<double>& z, Classes t) {
                         mine::Result result = right(z, t);
                         result.loss = 1 - std::exp(-result.loss);
                         return result;
                     }));
}
