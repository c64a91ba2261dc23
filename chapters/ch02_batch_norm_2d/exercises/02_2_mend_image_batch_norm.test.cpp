#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include EXERCISE

using namespace bn;

namespace {

/// y, against the chapter's own.
void require_right(const Tensor<double>& x, const Numbers& weight, const Numbers& bias, double eps) {
    const Index C = x.size(1);
    const Tensor<double> expected = batch_norm_2d(x, Tensor<double>({C}, weight), Tensor<double>({C}, bias), eps).y;
    const Tensor<double> y = mine::batch_norm_2d(x, weight, bias, eps);
    require_shape("y", y, x.shape());
    REQUIRE(relative_error(y.values(), expected.values()) < 1e-12);
}

}  // namespace

TEST_CASE("symptom 1: images that are not square") {
    require_right(normal_tensor(1, {1, 1, 2, 5}, 3, 2), {1}, {0}, 1e-5);
    require_right(normal_tensor(2, {1, 1, 7, 2}, 3, 2), {1}, {0}, 1e-5);
}

TEST_CASE("symptom 2: an image's output depends on its batch-mates") {
    require_right(Tensor<double>({2, 2, 1, 2}, {0, 2, 1, 4, 10, 12, 5, 5}), {1, 1}, {0, 0}, 1e-5);
    require_right(normal_tensor(3, {3, 3, 4, 4}, 3, 2), {1, 1, 1}, {0, 0, 0}, 1e-5);
}

TEST_CASE("symptom 3: weight and bias belong to channels") {
    require_right(normal_tensor(4, {2, 2, 3, 3}), {1, 10}, {0, 0}, 1e-5);
    require_right(normal_tensor(5, {2, 2, 3, 3}), {1, 1}, {0, 5}, 1e-5);
}

TEST_CASE("everything together") {
    require_right(normal_tensor(6, {4, 3, 2, 5}, -1, 3), {0.5, -1, 2}, {1, 2, 3}, 0.1);
}
