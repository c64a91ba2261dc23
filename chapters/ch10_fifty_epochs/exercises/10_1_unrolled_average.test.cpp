#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

TEST_CASE("three batches by hand") {
    // 0, then 0.1 * 8 = 0.8, then 0.9 * 0.8 + 0.1 * 4 = 1.12, then 0.9 * 1.12 + 0.1 * 6 = 1.608
    CHECK(mine::unrolled(0, Numbers{8}, 0.1) == Approx(0.8));
    CHECK(mine::unrolled(0, Numbers{8, 4}, 0.1) == Approx(1.12));
    CHECK(mine::unrolled(0, Numbers{8, 4, 6}, 0.1) == Approx(1.608));
}

TEST_CASE("the initial value fades") {
    CHECK(mine::unrolled(1, Numbers{}, 0.1) == Approx(1));
    CHECK(mine::unrolled(1, Numbers(1, 0), 0.1) == Approx(0.9));
    CHECK(mine::unrolled(1, Numbers(44, 0), 0.1) == Approx(std::pow(0.9, 44)));
    CHECK(mine::unrolled(5, Numbers(30, 5), 0.1) == Approx(5));  // all shares together are 1
}

TEST_CASE("any other batches and momentum") {
    for (double momentum : {0.1, 0.5, 0.9, 1.0}) {
        const Numbers batch_means = normal_numbers(1, 70, 3, 2);
        double running = -2;
        for (double b : batch_means) running = (1 - momentum) * running + momentum * b;
        CAPTURE(momentum);
        CHECK(mine::unrolled(-2, batch_means, momentum) == Approx(running));
    }
}

TEST_CASE("how many batches hold a share") {
    CHECK(mine::batches_that_hold(0.1, 0.2) == 1);    // one batch has 0.2
    CHECK(mine::batches_that_hold(0.3, 0.2) == 2);    // two have 0.36
    CHECK(mine::batches_that_hold(0.9, 0.1) == 22);   // 21 have 0.891, 22 have 0.902
    CHECK(mine::batches_that_hold(0.99, 0.1) == 44);  // 43 have 0.9892, 44 have 0.9903
    CHECK(mine::batches_that_hold(0.5, 0.01) == 69);
}
