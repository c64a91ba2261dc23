#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

Numbers standardised(const Numbers& x, double eps = 1e-5) {
    const std::vector<float> x_hat = mine::standardise(x, eps);
    require_elements("x_hat", x_hat.size(), x.size());
    return {x_hat.begin(), x_hat.end()};
}

}  // namespace

TEST_CASE("symptom 1: a batch of two becomes plus and minus one") {
    const Numbers x_hat = standardised({0, 1});
    CHECK(x_hat[0] == Approx(-1).epsilon(1e-3));
    CHECK(x_hat[1] == Approx(1).epsilon(1e-3));
}

TEST_CASE("symptom 2: where the variance is small eps decides") {
    CHECK(standardised({0.001, 0})[0] == Approx(0.15617).epsilon(1e-3));
}

TEST_CASE("symptom 3: a large mean changes nothing") {
    const Numbers near_zero = standardised({0.01, -0.01, 0.03, -0.03});
    const Numbers far_away = standardised({10000.01, 9999.99, 10000.03, 9999.97});
    for (std::size_t i = 0; i < 4; ++i) CHECK(far_away[i] == Approx(near_zero[i]).epsilon(1e-4));
}

TEST_CASE("equal numbers become zeros") {
    for (double value : {0.1, 3.3, 1e6})
        for (double x_hat : standardised(Numbers(7, value))) CHECK(x_hat == Approx(0).margin(1e-6));
}

TEST_CASE("any other batch is as it should be") {
    const Numbers x = normal_numbers(1, 20, 3, 2);
    CHECK(relative_error(standardised(x, 0.1), batch_norm(x, 1, 0, 0.1).x_hat) < 1e-5);
}
