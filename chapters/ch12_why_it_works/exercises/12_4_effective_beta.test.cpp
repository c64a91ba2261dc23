#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// The gradient of the loss (a x² + b y²)/2.
std::function<Numbers(const Numbers&)> valley(double a, double b) {
    return [=](const Numbers& at) { return Numbers{a * at[0], b * at[1]}; };
}

}  // namespace

TEST_CASE("a round bowl") {
    // The gradient is 3 theta: it changes by 3 for each unit of the way, wherever one begins and however far one goes
    CHECK(mine::effective_beta(valley(3, 3), {2, -1}, {0.1}) == Approx(3));
    CHECK(mine::effective_beta(valley(3, 3), {0.5, 4}, {0.01, 0.5, 1}) == Approx(3));
}

TEST_CASE("a valley, twenty times as steep across as along") {
    CHECK(mine::effective_beta(valley(0.5, 10), {1, 0}, {0.1}) == Approx(0.5));
    CHECK(mine::effective_beta(valley(0.5, 10), {0, 1}, {0.1}) == Approx(10));
    // From (2, 1) the gradient is (1, 10); in a step of eta it changes by eta (0.5, 100)
    CHECK(mine::effective_beta(valley(0.5, 10), {2, 1}, {0.1}) == Approx(std::sqrt(10'000.25 / 101)));
}

TEST_CASE("the largest counts, wherever on the grid it is") {
    // A gradient that changes within the first tenth of the way only
    const auto kink = [](const Numbers& at) { return Numbers{at[0] > 0.9 ? 1.0 : 0.5}; };
    CHECK(mine::effective_beta(kink, {1}, {0.05, 0.2, 1}) == Approx(0.5 / 0.2));
    CHECK(mine::effective_beta(kink, {1}, {1, 0.2, 0.05}) == Approx(0.5 / 0.2));
}

TEST_CASE("every step begins at theta") {
    const auto cubic = [](const Numbers& at) { return Numbers{at[0] * at[0]}; };
    // From 1 to 0.5 and to 0.9: the gradient changes by 0.75 and 0.19
    CHECK(mine::effective_beta(cubic, {1}, {0.5, 0.1}) == Approx(1.9));
}
