#include "common/exercise_test.hpp"

#include "ch03_running_statistics/running_statistics.hpp"
#include "ch05_convolution/conv2d.hpp"

#include EXERCISE

using namespace bn;

namespace {

const mine::Norm norm{Tensor<double>({3}, {2, -0.5, 1}), Tensor<double>({3}, {0.25, 1, -3}),
                      Tensor<double>({3}, {0.5, -1, 4}), Tensor<double>({3}, {4, 0.25, 9}), 0.5};

void compare(const mine::Conv& conv, const mine::Norm& with) {
    const mine::Conv folded = mine::fold(conv, with);
    require_shape("weight", folded.weight, conv.weight.shape());
    require_shape("bias", folded.bias, {3});
    const Tensor<double> x = normal_tensor(2, {2, 2, 4, 5}, 1, 2);
    const Tensor<double> expected =
                             batch_norm_2d_eval(conv2d(x, conv.weight, conv.bias, {.padding = 1}), with.running_mean,
                                                with.running_var, with.weight, with.bias, with.eps),
                         y = conv2d(x, folded.weight, folded.bias, {.padding = 1});
    for (Index i = 0; i < y.numel(); ++i) {
        CAPTURE(i);
        REQUIRE(y[i] == Approx(expected[i]).margin(1e-9));
    }
}

}  // namespace

TEST_CASE("the weights are scaled by their output channel") {
    const mine::Conv conv{Tensor<double>({3, 1, 1, 2}, {1, 2, 3, 4, 5, 6}), Tensor<double>({3}, {1, -2, 0.5})};
    mine::Norm simple{Tensor<double>({3}, {2, 3, 4}), Tensor<double>({3}), Tensor<double>({3}),
                      Tensor<double>({3}, {1, 4, 16}), 0};
    const mine::Conv folded = mine::fold(conv, simple);
    require_shape("weight", folded.weight, {3, 1, 1, 2});
    const Numbers expected = {2, 4, 4.5, 6, 5, 6};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(folded.weight[static_cast<Index>(i)] == Approx(expected[i]));
    }
}

TEST_CASE("the folded convolution does what both did") {
    compare({normal_tensor(1, {3, 2, 3, 3}), Tensor<double>({3}, {1, -2, 0.5})}, norm);
}

TEST_CASE("a convolution without a bias gets one") {
    compare({normal_tensor(1, {3, 2, 3, 3}), {}}, norm);
}

TEST_CASE("what was given stays as it is") {
    const mine::Conv conv{normal_tensor(1, {3, 2, 3, 3}), Tensor<double>({3}, {1, -2, 0.5})};
    const double weight = conv.weight[0], bias = conv.bias[0];
    mine::fold(conv, norm);
    CHECK(conv.weight[0] == weight);
    CHECK(conv.bias[0] == bias);
}
