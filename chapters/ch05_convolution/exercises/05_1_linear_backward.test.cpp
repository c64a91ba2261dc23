#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

mine::Gradients backward(const Tensor<double>& d_y, const Tensor<double>& x, const Tensor<double>& weight) {
    const mine::Gradients g = mine::linear_backward(d_y, x, weight);
    require_shape("d_x", g.d_x, x.shape());
    require_shape("d_weight", g.d_weight, weight.shape());
    require_shape("d_bias", g.d_bias, {weight.size(0)});
    return g;
}

Numbers numbers(const Tensor<double>& t) {
    return {t.values().begin(), t.values().end()};
}

// y, row by row; bias is no part of any gradient that is checked with it
Tensor<double> multiply(const Tensor<double>& x, const Tensor<double>& weight) {
    Tensor<double> y({x.size(0), weight.size(0)});
    for (Index n = 0; n < y.size(0); ++n)
        for (Index o = 0; o < y.size(1); ++o)
            for (Index f = 0; f < x.size(1); ++f) y(n, o) += x(n, f) * weight(o, f);
    return y;
}

struct Batch {
    Tensor<double> x = normal_tensor(1, {4, 3}), weight = normal_tensor(2, {5, 3}), d_y = normal_tensor(3, {4, 5});
    double loss() const { return inner_product(d_y.values(), multiply(x, weight).values()); }
};

}  // namespace

TEST_CASE("a batch of two by hand") {
    const mine::Gradients g =
        backward(Tensor<double>({2, 2}, {1, 0, 2, -1}), Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}),
                 Tensor<double>({2, 3}, {1, 0, 2, 10, 20, 30}));
    CHECK(numbers(g.d_x) == Numbers{1, 0, 2, -8, -20, -26});
    CHECK(numbers(g.d_weight) == Numbers{9, 12, 15, -4, -5, -6});
    CHECK(numbers(g.d_bias) == Numbers{3, -1});
}

TEST_CASE("d_x agrees with central differences") {
    Batch b;
    const mine::Gradients g = backward(b.d_y, b.x, b.weight);
    CHECK(relative_error(g.d_x.values(), numerical_gradient([&] { return b.loss(); }, b.x.values())) < 1e-6);
}

TEST_CASE("d_weight agrees with central differences") {
    Batch b;
    const mine::Gradients g = backward(b.d_y, b.x, b.weight);
    CHECK(relative_error(g.d_weight.values(), numerical_gradient([&] { return b.loss(); }, b.weight.values())) < 1e-6);
}

TEST_CASE("d_bias adds up the rows of d_y") {
    const Batch b;
    const mine::Gradients g = backward(b.d_y, b.x, b.weight);
    for (Index o = 0; o < 5; ++o) {
        double sum = 0;
        for (Index n = 0; n < 4; ++n) sum += b.d_y(n, o);
        CHECK(g.d_bias[o] == Approx(sum));
    }
}
