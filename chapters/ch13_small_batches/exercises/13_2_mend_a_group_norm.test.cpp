#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

void check_values(const Tensor<double>& x, Index groups, double eps, const Numbers& expected) {
    const Tensor<double> x_hat = mine::standardise(x, groups, eps);
    require_shape("x_hat", x_hat, x.shape());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(x_hat[static_cast<Index>(i)] == Approx(expected[i]).margin(1e-6));
    }
}

}  // namespace

TEST_CASE("symptom 1: an image does not know its batch-mates") {
    check_values(Tensor<double>({2, 2, 1, 2}, {1, 7, 9, 15, 100, 300, -5, 2}), 1, 1e-9, {-1.4, -0.2, 0.2, 1.4});
}

TEST_CASE("symptom 2: a group is made of neighbours") {
    check_values(Tensor<double>({1, 4, 1, 2}, {1, 7, 9, 15, 11, 17, 19, 25}), 2, 1e-9,
                 {-1.4, -0.2, 0.2, 1.4, -1.4, -0.2, 0.2, 1.4});
}

TEST_CASE("symptom 3: a constant image becomes 0") {
    check_values(Tensor<double>({1, 2, 2, 1}, 3.0), 1, 1e-5, {0, 0, 0, 0});
}

TEST_CASE("eps stands inside the root") {
    check_values(Tensor<double>({1, 2, 1, 2}, {1, 7, 9, 15}), 1, 24, {-1, -1.0 / 7, 1.0 / 7, 1});
}
