#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch11_activation_regions/activations.hpp"
#include EXERCISE

using namespace bn;

TEST_CASE("relu: all or nothing") {
    CHECK(mine::relu_slope(0) == 0);
    for (double a : {1e-9, 0.5, 1.0, 7.0}) CHECK(mine::relu_slope(a) == 1);
}

TEST_CASE("sigmoid is steepest where its output is a half") {
    CHECK(mine::sigmoid_slope(0.5) == Approx(0.25));
    CHECK(mine::sigmoid_slope(0.2) == Approx(0.16));
    CHECK(mine::sigmoid_slope(0.9) == Approx(0.09));
    CHECK(mine::sigmoid_slope(1) == 0);
}

TEST_CASE("tanh is steepest where its output is zero") {
    CHECK(mine::tanh_slope(0) == Approx(1));
    CHECK(mine::tanh_slope(0.5) == Approx(0.75));
    CHECK(mine::tanh_slope(-0.5) == Approx(0.75));
    CHECK(mine::tanh_slope(-1) == 0);
}

TEST_CASE("the slopes agree with central differences") {
    for (double x : {-2.5, -0.3, 0.4, 1.0, 3.0}) {
        const double h = 1e-5;
        CAPTURE(x);
        CHECK(mine::relu_slope(relu(x)) == Approx((relu(x + h) - relu(x - h)) / (2 * h)));
        CHECK(mine::sigmoid_slope(sigmoid(x)) == Approx((sigmoid(x + h) - sigmoid(x - h)) / (2 * h)).epsilon(1e-6));
        CHECK(mine::tanh_slope(std::tanh(x)) == Approx((std::tanh(x + h) - std::tanh(x - h)) / (2 * h)).epsilon(1e-6));
    }
}

TEST_CASE("backward multiplies number by number") {
    Numbers x = normal_numbers(1, 8, 0, 2);
    const Numbers d_s = normal_numbers(2, 8);
    const auto outputs = [&] {
        Numbers s;
        for (double value : x) s.push_back(sigmoid(value));
        return s;
    };
    const Numbers d_x = mine::sigmoid_backward(outputs(), d_s);
    require_elements("d_x", d_x.size(), 8);
    CHECK(relative_error(d_x, numerical_gradient([&] { return inner_product(d_s, outputs()); }, x)) < 1e-6);
}
