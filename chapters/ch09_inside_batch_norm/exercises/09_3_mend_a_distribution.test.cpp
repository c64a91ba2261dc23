#include "common/exercise_test.hpp"

#include "ch02_batch_norm_2d/distribution.hpp"
#include EXERCISE

using namespace bn;

TEST_CASE("symptom 1: a small batch counts as many times as it has numbers") {
    mine::Distribution d;
    d.add(Numbers(64, 1));
    d.add(Numbers(16, 6));
    CHECK(d.mean() == Approx(2));
}

TEST_CASE("symptom 2: sigma knows that the batches' means differ") {
    mine::Distribution d;
    d.add(Numbers{0, 0});
    d.add(Numbers{2, 2});
    CHECK(d.mean() == Approx(1));
    CHECK(d.sigma() == Approx(1));
}

TEST_CASE("symptom 3: the middle of the histogram is no peak") {
    mine::Distribution d;
    d.add(Numbers{-0.6, -0.4, -0.1, 0.1, 0.4, 0.6, -0.5, 0.5});
    CHECK(d.count_in(-2) == 1);  // [-1, -0.5): -0.6
    CHECK(d.count_in(-1) == 3);  // [-0.5, 0): -0.4, -0.1, -0.5
    CHECK(d.count_in(0) == 2);   // [0, 0.5): 0.1, 0.4
    CHECK(d.count_in(1) == 2);   // [0.5, 1): 0.6, 0.5
}

TEST_CASE("a large mean costs no digits") {
    mine::Distribution d;
    for (double shift : {-1e-3, 1e-3}) d.add(Numbers{1e6 + shift, 1e6 + shift});
    CHECK(d.sigma() == Approx(1e-3).epsilon(1e-4));
}

TEST_CASE("batches of different sizes give what all numbers together give") {
    mine::Distribution d;
    Numbers all;
    for (std::size_t count : {1u, 7u, 30u, 2u}) {
        const Numbers batch = normal_numbers(count, count, static_cast<double>(count), 2);
        d.add(batch);
        all.insert(all.end(), batch.begin(), batch.end());
    }
    const Moments expected = moments(std::span<const double>(all));
    CHECK(d.mean() == Approx(expected.mean));
    CHECK(d.sigma() == Approx(std::sqrt(expected.variance)));
}
