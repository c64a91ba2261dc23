#include "common/exercise_test.hpp"

#include <limits>

#include EXERCISE

using namespace bn;

namespace {
const double infinity = std::numeric_limits<double>::infinity();
const double nan_value = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("symptom 1: the sigmoid does not overflow") {
    for (double x : {37.0, 710.0, 800.0, 1e9, infinity}) {
        CAPTURE(x);
        CHECK(mine::sigmoid(x) == Approx(1));
        CHECK(mine::sigmoid(-x) >= 0);
        CHECK(mine::sigmoid(-x) < 1e-15);
    }
}

TEST_CASE("what is small is not zero") {
    CHECK(mine::sigmoid(-40) == Approx(std::exp(-40)).epsilon(1e-9));
    CHECK(mine::sigmoid(-700) == Approx(std::exp(-700)).epsilon(1e-9));
}

TEST_CASE("symptom 2: the slope far out is small and not zero") {
    for (double x : {36.0, 37.0, 40.0, 600.0}) {
        CAPTURE(x);
        CHECK(mine::slope(x) == Approx(std::exp(-x)).epsilon(1e-9));
        CHECK(mine::slope(-x) == Approx(std::exp(-x)).epsilon(1e-9));
    }
    CHECK(mine::slope(800) >= 0);
    CHECK(mine::slope(800) < 1e-300);
}

TEST_CASE("symptom 3: a NaN stays a NaN") {
    CHECK(std::isnan(mine::relu(nan_value)));
    CHECK(std::isnan(mine::sigmoid(nan_value)));
    CHECK(std::isnan(mine::slope(nan_value)));
}

TEST_CASE("near zero all is as it was") {
    for (double x : {-5.0, -1.0, 0.0, 0.3, 2.0}) {
        const double s = 1 / (1 + std::exp(-x));
        CAPTURE(x);
        CHECK(mine::sigmoid(x) == Approx(s));
        CHECK(mine::slope(x) == Approx(s * (1 - s)));
        CHECK(mine::relu(x) == (x > 0 ? x : 0));
    }
    CHECK(mine::relu(infinity) == infinity);
    CHECK(mine::relu(-infinity) == 0);
}
