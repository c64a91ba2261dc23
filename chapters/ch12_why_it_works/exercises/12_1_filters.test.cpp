#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

TEST_CASE("without steps the length is the filter's own") {
    CHECK(mine::squared_length_after({3, 4}, {}, 0.1) == Approx(25));
}

TEST_CASE("two steps at right angles") {
    // (3, 4) − 0.5·(8, −6) = (−1, 7), of squared length 50; at right angles to that, (14, 2): (−8, 6), 100
    CHECK(mine::squared_length_after({3, 4}, {{8, -6}}, 0.5) == Approx(50));
    CHECK(mine::squared_length_after({3, 4}, {{8, -6}, {14, 2}}, 0.5) == Approx(100));
}

TEST_CASE("one rate for each filter") {
    const Tensor<double> weight({2, 1, 1, 2}, {3, 4, 1, 1});
    const std::vector<double> rates = mine::effective_rates(weight, 0.1);
    require_elements("effective_rates", rates.size(), 2);
    CHECK(rates[0] == Approx(0.004));
    CHECK(rates[1] == Approx(0.05));
}

TEST_CASE("filters of several channels") {
    const Tensor<double> weight = normal_tensor(1, {3, 2, 3, 3});
    const std::vector<double> rates = mine::effective_rates(weight, 0.3);
    require_elements("effective_rates", rates.size(), 3);
    for (Index f = 0; f < 3; ++f) {
        double squared = 0;
        for (Index i = 0; i < 18; ++i) squared += weight[f * 18 + i] * weight[f * 18 + i];
        CAPTURE(f);
        CHECK(rates[static_cast<std::size_t>(f)] == Approx(0.3 / squared));
    }
}
