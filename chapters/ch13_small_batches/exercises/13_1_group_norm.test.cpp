#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

Tensor<double> answer(const Tensor<double>& x, Index groups, const Tensor<double>& weight, const Tensor<double>& bias,
                      double eps = 0) {
    const Tensor<double> y = mine::group_norm(x, groups, weight, bias, eps);
    require_shape("y", y, x.shape());
    return y;
}

Tensor<double> answer(const Tensor<double>& x, Index groups) {
    return answer(x, groups, Tensor<double>({x.size(1)}, 1.0), Tensor<double>({x.size(1)}, 0.0));
}

void check_values(const Tensor<double>& y, const Numbers& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(y[static_cast<Index>(i)] == Approx(expected[i]).margin(1e-12));
    }
}

}  // namespace

TEST_CASE("one image by hand") {
    const Tensor<double> x({1, 2, 1, 2}, {1, 7, 9, 15});
    check_values(answer(x, 1), {-1.4, -0.2, 0.2, 1.4});
    check_values(answer(x, 2), {-1, 1, -1, 1});
}

TEST_CASE("an image's output does not depend on its batch-mates") {
    const Tensor<double> x({2, 2, 1, 2}, {1, 7, 9, 15, 100, 300, -5, 2});
    check_values(answer(x, 1), {-1.4, -0.2, 0.2, 1.4});
}

TEST_CASE("a group is made of neighbours") {
    const Tensor<double> x({1, 4, 1, 2}, {1, 7, 9, 15, 11, 17, 19, 25});
    check_values(answer(x, 2), {-1.4, -0.2, 0.2, 1.4, -1.4, -0.2, 0.2, 1.4});
}

TEST_CASE("weight and bias belong to channels") {
    const Tensor<double> x({1, 2, 1, 2}, {1, 7, 9, 15});
    check_values(answer(x, 1, Tensor<double>({2}, {1, 2}), Tensor<double>({2}, {0, 5})), {-1.4, -0.2, 5.4, 7.8});
}

TEST_CASE("eps stands inside the root") {
    const Tensor<double> x({1, 2, 1, 2}, {1, 7, 9, 15}), one({2}, 1.0), zero({2}, 0.0);
    check_values(answer(x, 1, one, zero, 24), {-1, -1.0 / 7, 1.0 / 7, 1});
}
