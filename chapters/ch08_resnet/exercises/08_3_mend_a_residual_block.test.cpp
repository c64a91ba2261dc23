#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

Tensor<double> forward(mine::ResBlock& block, const Tensor<double>& x, Index out) {
    const Tensor<double> y = block.forward(x);
    require_shape("the block's output", y, {x.size(0), out});
    return y;
}

}  // namespace

TEST_CASE("symptom 1: a block from 3 to 4 channels runs") {
    mine::ResBlock block(3, 4);
    forward(block, normal_tensor(1, {5, 3}), 4);
}

TEST_CASE("symptom 2: each batch norm is called once and the relu three times") {
    mine::ResBlock block(4, 4);
    forward(block, normal_tensor(2, {5, 4}), 4);
    CHECK(block.bn1.calls == 1);
    CHECK(block.bn2.calls == 1);
    CHECK(block.bn3.calls == 1);
    CHECK(block.relu.calls == 3);
}

TEST_CASE("symptom 3: f can take away") {
    mine::ResBlock block(4, 4);
    const Tensor<double> x = normal_tensor(3, {20, 4});
    const Tensor<double> y = forward(block, x, 4);
    exercise::Parts own(4, 4);
    const Tensor<double> r = own.relu(own.bn1(own.conv1(x)));
    int below = 0;
    for (Index i = 0; i < y.numel(); ++i) below += y[i] < r[i] - 1e-9;
    CHECK(below > 10);
    CHECK(*std::min_element(y.values().begin(), y.values().end()) == 0);
}

TEST_CASE("the output is relu(f + r)") {
    for (Index in : {3, 4}) {
        CAPTURE(in);
        mine::ResBlock block(in, 4);
        exercise::Parts own(in, 4);
        const Tensor<double> x = normal_tensor(4, {6, in});
        const Tensor<double> r = own.relu(own.bn1(own.conv1(x)));
        const Tensor<double> f = own.bn3(own.conv3(own.relu(own.bn2(own.conv2(r)))));
        Numbers expected;
        for (Index i = 0; i < r.numel(); ++i) expected.push_back(std::max(f[i] + r[i], 0.0));
        CHECK(relative_error(forward(block, x, 4).values(), expected) < 1e-12);
    }
}
