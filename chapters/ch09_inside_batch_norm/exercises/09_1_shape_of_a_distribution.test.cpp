#include "common/exercise_test.hpp"

#include "ch02_batch_norm_2d/distribution.hpp"
#include EXERCISE

using namespace bn;

TEST_CASE("four numbers that one can do by hand") {
    // Mean 1, variance 3: z = (-1, -1, -1, 3) / sqrt(3)
    const mine::Shape s = mine::shape(Numbers{0, 0, 0, 4});
    CHECK(s.skewness == Approx((-1 - 1 - 1 + 27) / 4.0 / std::pow(3, 1.5)));
    CHECK(s.kurtosis == Approx((1 + 1 + 1 + 81) / 4.0 / 9));
}

TEST_CASE("symmetric numbers have no skewness and plus and minus one the smallest kurtosis") {
    const mine::Shape s = mine::shape(Numbers{-1, 1, -1, 1});
    CHECK(s.skewness == Approx(0).margin(1e-12));
    CHECK(s.kurtosis == Approx(1));
}

TEST_CASE("moving and stretching change nothing") {
    const Numbers x = {1, 2, 2, 3, 10};
    Numbers moved = x, turned = x;
    for (double& value : moved) value = 1e6 + 0.01 * value;
    for (double& value : turned) value = -value;
    const mine::Shape s = mine::shape(x), of_moved = mine::shape(moved), of_turned = mine::shape(turned);
    CHECK(of_moved.skewness == Approx(s.skewness).epsilon(1e-6));
    CHECK(of_moved.kurtosis == Approx(s.kurtosis).epsilon(1e-6));
    CHECK(of_turned.skewness == Approx(-s.skewness));  // a negative factor turns the distribution around
    CHECK(of_turned.kurtosis == Approx(s.kurtosis));
}

TEST_CASE("many normal numbers have about zero and three") {
    const mine::Shape s = mine::shape(normal_numbers(1, 20'000, 5, 2));
    CHECK(s.skewness == Approx(0).margin(0.1));
    CHECK(s.kurtosis == Approx(3).margin(0.2));
}

TEST_CASE("any other numbers") {
    for (std::size_t count : {2u, 3u, 50u}) {
        const Numbers x = normal_numbers(count, count, -3, 0.5);
        const Moments expected = moments(std::span<const double>(x));
        const mine::Shape s = mine::shape(x);
        CAPTURE(count);
        CHECK(s.skewness == Approx(expected.skewness).margin(1e-9));
        CHECK(s.kurtosis == Approx(expected.kurtosis));
    }
}
