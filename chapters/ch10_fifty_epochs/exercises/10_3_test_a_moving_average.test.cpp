#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

using Batches = std::span<const double>;

Numbers recursive(double initial, Batches batch_means, double momentum) {
    Numbers after;
    double running = initial;
    for (double b : batch_means) after.push_back(running = (1 - momentum) * running + momentum * b);
    return after;
}

Numbers from_weights(double initial, Batches batch_means, double momentum) {
    Numbers after;
    for (std::size_t k = 1; k <= batch_means.size(); ++k) {
        double sum = std::pow(1 - momentum, static_cast<double>(k)) * initial;
        for (std::size_t age = 0; age < k; ++age)
            sum += momentum * std::pow(1 - momentum, static_cast<double>(age)) * batch_means[k - 1 - age];
        after.push_back(sum);
    }
    return after;
}

}  // namespace

TEST_CASE("it accepts the update step by step") {
    require_accepted("r <- (1 - m) r + m b", mine::accepts(recursive));
}

TEST_CASE("it accepts the weighted sum") {
    require_accepted("the sum of m (1 - m)^age b, which rounds differently", mine::accepts(from_weights));
}

TEST_CASE("it rejects momentum the other way round") {
    require_rejected("momentum the other way round", mine::accepts([](double initial, Batches b, double momentum) {
                         return recursive(initial, b, 1 - momentum);
                     }));
}

TEST_CASE("it rejects a start from zero") {
    require_rejected("the initial value is ignored, 0 is taken",
                     mine::accepts([](double, Batches b, double momentum) { return recursive(0, b, momentum); }));
}

TEST_CASE("it rejects a start from the first batch") {
    require_rejected("the first batch takes the place of the initial value",
                     mine::accepts([](double initial, Batches b, double momentum) {
                         return recursive(b.empty() ? initial : b[0], b, momentum);
                     }));
}

TEST_CASE("it rejects the plain average") {
    require_rejected("the plain average of all batches", mine::accepts([](double, Batches b, double) {
                         Numbers after;
                         double sum = 0;
                         for (double value : b) {
                             sum += value;
                             after.push_back(sum / static_cast<double>(after.size() + 1));
                         }
                         return after;
                     }));
}

TEST_CASE("it rejects one that is a step late") {
    require_rejected("noted before the update", mine::accepts([](double initial, Batches b, double momentum) {
                         Numbers after = recursive(initial, b, momentum);
                         after.insert(after.begin(), initial);
                         after.pop_back();
                         return after;
                     }));
}

TEST_CASE("it rejects a momentum that is fixed") {
    require_rejected("0.1 whatever the momentum is",
                     mine::accepts([](double initial, Batches b, double) { return recursive(initial, b, 0.1); }));
}

TEST_CASE("it rejects what is not there") {
    require_rejected("no numbers at all", mine::accepts([](double, Batches, double) { return Numbers{}; }));
    require_rejected("NaN everywhere",
                     mine::accepts([](double, Batches b, double) { return Numbers(b.size(), std::nan("")); }));
}
