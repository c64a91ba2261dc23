#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// A layer that has seen two batches.
struct Used : BatchNorm2d<double> {
    Used() : BatchNorm2d<double>(2) {
        weight.value = Tensor<double>({2}, {2.0, -1.0});
        for (const std::uint64_t seed : {1, 2}) (*this)(normal_tensor(seed, {4, 2, 3, 3}, 5, 2));
    }
    Numbers numbers() {
        Numbers all;
        for (const auto& [name, entry] : state_dict())
            if (const auto* tensor = std::get_if<Tensor<double>>(&entry))
                all.insert(all.end(), tensor->values().begin(), tensor->values().end());
            else
                all.push_back(static_cast<double>(std::get<std::int64_t>(entry)));
        return all;
    }
};

const Tensor<double> x = normal_tensor(9, {8, 2, 4, 4}, -3, 7);

}  // namespace

TEST_CASE("it measures in train mode") {
    Used layer;
    // Mean of (2·x̂)² and (−x̂)², up to ε
    for (const bool training : {true, false}) {
        layer.train(training);
        CHECK(mine::spread_in_training(layer, x) == Approx(2.5).epsilon(1e-5));
    }
}

TEST_CASE("symptom 1: buffers stay as they were") {
    Used layer;
    const Numbers before = layer.numbers();
    mine::spread_in_training(layer, x);
    CHECK(layer.numbers() == before);
}

TEST_CASE("symptom 2: the mode stays as it was") {
    for (const bool training : {true, false}) {
        Used layer;
        layer.train(training);
        mine::spread_in_training(layer, x);
        CHECK(layer.training() == training);
    }
}

TEST_CASE("symptom 3: the mode stays as it was when x is refused") {
    Used layer;
    layer.eval();
    CHECK_THROWS_AS(mine::spread_in_training(layer, Tensor<double>({2, 3, 4, 4})), ShapeError);
    CHECK_FALSE(layer.training());
}

TEST_CASE("symptom 4: an earlier forward pass finds its own backward pass") {
    const Tensor<double> input = normal_tensor(3, {4, 2, 3, 3}), d_y = normal_tensor(4, {4, 2, 3, 3});
    Used layer, alone;
    layer(input);
    alone(input);
    mine::spread_in_training(layer, normal_tensor(5, {4, 2, 3, 3}));
    const Tensor<double> d_x = layer.backprop(d_y), expected = alone.backprop(d_y);
    for (Index i = 0; i < d_x.numel(); ++i) CHECK(d_x[i] == Approx(expected[i]));
}
