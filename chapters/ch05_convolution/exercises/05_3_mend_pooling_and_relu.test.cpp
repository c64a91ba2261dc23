#include <limits>

#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// d_x of one plane of the given height.
Numbers pool(const Numbers& x, Index height, const Numbers& d_y, Index outputs_high, Index kernel_h, Index kernel_w,
             Index stride) {
    const Shape shape = {1, 1, height, std::ssize(x) / height};
    const Tensor<double> d_x =
        mine::max_pool2d_backward(Tensor<double>({1, 1, outputs_high, std::ssize(d_y) / outputs_high}, d_y),
                                  Tensor<double>(shape, x), kernel_h, kernel_w, stride);
    require_shape("d_x of max-pooling", d_x, shape);
    return {d_x.values().begin(), d_x.values().end()};
}

Numbers relu(const Numbers& d_y, const Numbers& y) {
    const Tensor<double> d_x =
        mine::relu_backward(Tensor<double>({std::ssize(y)}, d_y), Tensor<double>({std::ssize(y)}, y));
    require_shape("d_x of ReLU", d_x, {std::ssize(y)});
    return {d_x.values().begin(), d_x.values().end()};
}

}  // namespace

TEST_CASE("windows side by side, and ReLU away from zero") {
    CHECK(pool({1, 2, 5, 6, 4, 3, 8, 7}, 2, {10, 20}, 1, 2, 2, 2) == Numbers{0, 0, 0, 0, 10, 0, 20, 0});
    CHECK(pool({-1, -2, -5, -6}, 2, {3}, 1, 2, 2, 2) == Numbers{3, 0, 0, 0});
    CHECK(relu({1, 2, 3}, {0.5, 2, 7}) == Numbers{1, 2, 3});
}

TEST_CASE("symptom 1: of equal values the first has the gradient") {
    CHECK(pool({7, 7, 7, 7}, 2, {1}, 1, 2, 2, 2) == Numbers{1, 0, 0, 0});
    CHECK(pool({2, 7, 7, 7}, 2, {1}, 1, 2, 2, 2) == Numbers{0, 1, 0, 0});
}

TEST_CASE("symptom 2: where windows overlap gradients add up") {
    CHECK(pool({1, 8, 2}, 1, {10, 1}, 1, 1, 2, 1) == Numbers{0, 11, 0});
    CHECK(pool({1, 2, 1, 2, 9, 2, 1, 2, 1}, 3, {1, 10, 100, 1000}, 2, 2, 2, 1) ==
          Numbers{0, 0, 0, 0, 1111, 0, 0, 0, 0});
}

TEST_CASE("symptom 3: a NaN takes the gradient wherever it stands") {
    for (std::size_t place = 0; place < 4; ++place) {
        Numbers x = {5, 4, 9, 1}, expected(4, 0.0);
        x[place] = not_a_number;
        expected[place] = 1;
        CHECK(pool(x, 2, {1}, 1, 2, 2, 2) == expected);
    }
}

TEST_CASE("symptom 4: where ReLU's output is 0 no gradient passes") {
    CHECK(relu({1, 2, 3}, {0, 2, -0.0}) == Numbers{0, 2, 0});
}

TEST_CASE("symptom 4: where ReLU's output is NaN the gradient passes") {
    CHECK(relu({1, 2, 3}, {0, not_a_number, 4}) == Numbers{0, 2, 3});
}
