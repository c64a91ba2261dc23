#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

TEST_CASE("the batch of four from the text") {
    const Numbers x = {1, 7, 9, 15};
    const mine::Statistics s = mine::statistics(x, 0);
    CHECK(s.mean == Approx(8));
    CHECK(s.variance == Approx(25));
    CHECK(s.std == Approx(5));
}

TEST_CASE("the numbers standardised") {
    const Numbers x = {1, 7, 9, 15}, x_hat = mine::standardise(x, 0);
    require_elements("x_hat", x_hat.size(), 4);
    CHECK(x_hat[0] == Approx(-1.4));
    CHECK(x_hat[1] == Approx(-0.2));
    CHECK(x_hat[2] == Approx(0.2));
    CHECK(x_hat[3] == Approx(1.4));
}

TEST_CASE("eps is inside the root") {
    const mine::Statistics s = mine::statistics(Numbers{0, 0.001}, 1e-5);
    CHECK(s.variance == Approx(2.5e-7));  // without eps
    CHECK(s.std == Approx(std::sqrt(2.5e-7 + 1e-5)));
    for (double value : mine::standardise(Numbers{3, 3, 3}, 1e-5)) CHECK(value == 0);
}

TEST_CASE("a large mean costs no digits") {
    // The same distances from the mean, far from zero
    const mine::Statistics s = mine::statistics(Numbers{1e9 + 1, 1e9 + 7, 1e9 + 9, 1e9 + 15}, 0);
    CHECK(s.mean == Approx(1e9 + 8).epsilon(1e-12));
    CHECK(s.variance == Approx(25).epsilon(1e-6));
}

TEST_CASE("batches of other sizes") {
    for (std::size_t m : {1u, 2u, 3u, 50u}) {
        CAPTURE(m);
        const Numbers x = normal_numbers(m, m, 3, 2);
        const ScalarForward expected = batch_norm(x, 1, 0, 0.1);
        const mine::Statistics s = mine::statistics(x, 0.1);
        CHECK(s.mean == Approx(expected.mean));
        CHECK(s.variance == Approx(expected.variance).margin(1e-12));
        CHECK(s.std == Approx(expected.std));
        const Numbers x_hat = mine::standardise(x, 0.1);
        require_elements("x_hat", x_hat.size(), m);
        CHECK(relative_error(x_hat, expected.x_hat) < 1e-12);
    }
}
