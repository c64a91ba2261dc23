#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

Tensor<double> d_x(const Tensor<double>& d_y, const Shape& shape, const Tensor<double>& weight, Index stride,
                   Index padding) {
    const Tensor<double> g = mine::conv2d_d_x(d_y, shape, weight, stride, padding);
    require_shape("d_x", g, shape);
    return g;
}

Numbers numbers(const Tensor<double>& t) {
    return {t.values().begin(), t.values().end()};
}

// The convolution itself, over an image that has its zeros around it
Tensor<double> convolve(const Tensor<double>& x, const Tensor<double>& weight, Index stride, Index padding) {
    const Index H = x.size(2), W = x.size(3), Kh = weight.size(2), Kw = weight.size(3);
    Tensor<double> padded({x.size(0), x.size(1), H + 2 * padding, W + 2 * padding});
    for (Index i = 0; i < x.numel(); ++i)
        padded(i / (W * H) / x.size(1), i / (W * H) % x.size(1), i / W % H + padding, i % W + padding) = x[i];
    Tensor<double> y(
        {x.size(0), weight.size(0), (H + 2 * padding - Kh) / stride + 1, (W + 2 * padding - Kw) / stride + 1});
    for (Index n = 0; n < y.size(0); ++n)
        for (Index o = 0; o < y.size(1); ++o)
            for (Index i = 0; i < y.size(2); ++i)
                for (Index j = 0; j < y.size(3); ++j)
                    for (Index c = 0; c < x.size(1); ++c)
                        for (Index k = 0; k < Kh; ++k)
                            for (Index l = 0; l < Kw; ++l)
                                y(n, o, i, j) += weight(o, c, k, l) * padded(n, c, stride * i + k, stride * j + l);
    return y;
}

/// Against central differences, with a random cotangent.
void require_right(const Shape& x_shape, const Shape& weight_shape, Index stride, Index padding) {
    Tensor<double> x = normal_tensor(1, x_shape);
    const Tensor<double> weight = normal_tensor(2, weight_shape);
    const Tensor<double> d_y = normal_tensor(3, convolve(x, weight, stride, padding).shape());
    const auto loss = [&] { return inner_product(d_y.values(), convolve(x, weight, stride, padding).values()); };
    const Tensor<double> g = d_x(d_y, x_shape, weight, stride, padding);
    CHECK(relative_error(g.values(), numerical_gradient(loss, x.values())) < 1e-6);
}

}  // namespace

TEST_CASE("one output by hand") {
    // The one output that d_y looks at, (1, 0), used the four pixels below and to the left: each with its weight
    const Tensor<double> weight({1, 1, 2, 2}, {1, 2, 3, 4}), d_y({1, 1, 2, 2}, {0, 0, 10, 0});
    CHECK(numbers(d_x(d_y, {1, 1, 3, 3}, weight, 1, 0)) == Numbers{0, 0, 0, 10, 20, 0, 30, 40, 0});
}

TEST_CASE("outputs that share pixels") {
    const Tensor<double> weight({1, 1, 1, 2}, {1, 2}), d_y({1, 1, 1, 2}, {10, 100});
    CHECK(numbers(d_x(d_y, {1, 1, 1, 3}, weight, 1, 0)) == Numbers{10, 120, 200});
}

TEST_CASE("several images and channels, and sizes that are not square") {
    require_right({2, 2, 4, 5}, {3, 2, 2, 3}, 1, 0);
}

TEST_CASE("with padding") {
    require_right({1, 1, 4, 3}, {1, 1, 3, 3}, 1, 1);
    require_right({1, 2, 3, 3}, {2, 2, 3, 3}, 1, 2);
}

TEST_CASE("with a stride") {
    require_right({1, 1, 7, 6}, {1, 1, 3, 2}, 2, 0);
}

TEST_CASE("everything together") {
    require_right({2, 2, 7, 6}, {3, 2, 3, 3}, 3, 1);
}
