#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include EXERCISE

using namespace bn;

namespace {

mine::Gradients backward(const Tensor<double>& d_y, const Tensor<double>& x, const Numbers& weight, double eps) {
    const ChannelStatistics s = channel_statistics(x);
    const mine::Gradients g = mine::backward(d_y, x, s.mean, s.variance, weight, eps);
    require_shape("d_x", g.d_x, x.shape());
    require_elements("d_weight", g.d_weight.size(), weight.size());
    require_elements("d_bias", g.d_bias.size(), weight.size());
    return g;
}

/// Two images of one channel and two pixels: chapter 1's batch of four.
mine::Gradients backward_of_four() {
    const Tensor<double> x({2, 1, 1, 2}, {1, 7, 9, 15}), d_y({2, 1, 1, 2}, {1, 2, -1, 2});
    return backward(d_y, x, {2}, 0);
}

}  // namespace

TEST_CASE("d_bias of two images of one channel") {
    CHECK(backward_of_four().d_bias[0] == Approx(4));
}

TEST_CASE("d_weight of two images of one channel") {
    CHECK(backward_of_four().d_weight[0] == Approx(0.8));
}

TEST_CASE("d_x of two images of one channel") {
    const Numbers expected = {0.112, 0.416, -0.816, 0.288};
    const mine::Gradients g = backward_of_four();
    for (Index i = 0; i < 4; ++i) CHECK(g.d_x[i] == Approx(expected[static_cast<std::size_t>(i)]));
}

TEST_CASE("channels do not mix") {
    // A gradient that comes back to channel 0 only changes nothing in channel 1.
    const Tensor<double> x = normal_tensor(1, {2, 2, 2, 3}, 3, 2);
    Tensor<double> d_y = normal_tensor(2, x.shape());
    for (Index n = 0; n < 2; ++n)
        for (Index i = 0; i < 6; ++i) d_y(n, 1, i / 3, i % 3) = 0;
    const mine::Gradients g = backward(d_y, x, {2, -1}, 0.1);
    CHECK(g.d_bias[1] == 0);
    CHECK(g.d_weight[1] == 0);
    for (Index n = 0; n < 2; ++n)
        for (Index i = 0; i < 6; ++i) CHECK(g.d_x(n, 1, i / 3, i % 3) == 0);
}

TEST_CASE("it agrees with central differences") {
    for (const Shape& shape : {Shape{3, 2, 2, 4}, Shape{1, 3, 3, 2}, Shape{5, 2, 1, 1}}) {
        CAPTURE(to_string(shape));
        Tensor<double> x = normal_tensor(3, shape, 3, 2);
        Tensor<double> weight = normal_tensor(4, {shape[1]}), bias = normal_tensor(5, {shape[1]});
        const Tensor<double> d_y = normal_tensor(6, shape);
        const auto loss = [&] { return inner_product(d_y.values(), batch_norm_2d(x, weight, bias, 0.5).y.values()); };
        const mine::Gradients g = backward(d_y, x, {weight.values().begin(), weight.values().end()}, 0.5);
        CHECK(relative_error(g.d_x.values(), numerical_gradient(loss, x.values())) < 1e-6);
        CHECK(relative_error(g.d_weight, numerical_gradient(loss, weight.values())) < 1e-6);
        CHECK(relative_error(g.d_bias, numerical_gradient(loss, bias.values())) < 1e-6);
    }
}
