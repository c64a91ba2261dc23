#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

Tensor<double> backward(mine::ResBlock& block, const Tensor<double>& d_y, const Shape& x_shape) {
    const Tensor<double> d_x = block.backward(d_y);
    require_shape("d_x", d_x, x_shape);
    return d_x;
}

double error(mine::ResBlock& block, Tensor<double> x, const Tensor<double>& cotangent) {
    block.forward(x);
    const Tensor<double> d_x = backward(block, cotangent, x.shape());
    const auto loss = [&] {
        mine::ResBlock fresh(block);
        return inner_product(cotangent.values(), fresh.forward(x).values());
    };
    return relative_error(d_x.values(), numerical_gradient(loss, x.values()));
}

}  // namespace

TEST_CASE("d_x agrees with central differences") {
    mine::ResBlock block(3, 4);
    CHECK(error(block, normal_tensor(11, {5, 3}), normal_tensor(12, {5, 4})) < 1e-6);
}

TEST_CASE("with as many channels out as in") {
    mine::ResBlock block(4, 4);
    CHECK(error(block, normal_tensor(13, {3, 4}), normal_tensor(14, {3, 4})) < 1e-6);
}

TEST_CASE("each call of a layer is gone back through once") {
    mine::ResBlock block(3, 4);
    block.forward(normal_tensor(15, {2, 3}));
    backward(block, normal_tensor(16, {2, 4}), {2, 3});
    const auto open = [](const exercise::Layer& layer) { return layer.open_calls(); };
    CHECK(open(block.relu) == 0);
    for (const exercise::Layer* layer : std::vector<const exercise::Layer*>{&block.conv1, &block.bn1, &block.conv2,
                                                                            &block.bn2, &block.conv3, &block.bn3})
        CHECK(open(*layer) == 0);
}

TEST_CASE("a second batch") {
    mine::ResBlock block(3, 4);
    error(block, normal_tensor(17, {2, 3}), normal_tensor(18, {2, 4}));
    CHECK(error(block, normal_tensor(19, {6, 3}), normal_tensor(20, {6, 4})) < 1e-6);
}

TEST_CASE("backward runs no layer forward") {
    mine::ResBlock block(3, 4);
    block.forward(normal_tensor(15, {2, 3}));
    backward(block, normal_tensor(16, {2, 4}), {2, 3});
    CHECK(block.relu.calls == 3);
    CHECK(block.conv1.calls == 1);
}
