#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/in_place_relu.hpp"
#include EXERCISE

using namespace bn;

namespace {

// A batch norm of two channels whose outputs have the means 1 and -1, and an in-place ReLU behind it
struct Model {
    Model() : norm(all.add<BatchNorm2d<double>>(2)) {
        all.add<InPlaceReLU<double>>();
        norm.bias.value[0] = 1;
        norm.bias.value[1] = -1;
    }
    Tensor<double> operator()(std::uint64_t seed) { return all(normal_tensor(seed, {4, 2, 3, 3}, 5, 2)); }

    Sequential<double> all;
    BatchNorm2d<double>& norm;
};

}  // namespace

TEST_CASE("the hook runs once for each call") {
    Model model;
    mine::Record record;
    const HookHandle handle = mine::record_output(model.norm, record);
    CHECK(record.means.empty());
    for (std::uint64_t seed : {1u, 2u, 3u}) model(seed);
    require_elements("record.means, after three calls,", record.means.size(), 3);
}

TEST_CASE("the means are the output's, channel by channel") {
    Model model;
    mine::Record record;
    const HookHandle handle = mine::record_output(model.norm, record);
    for (std::uint64_t seed : {1u, 2u}) {
        model(seed);
        REQUIRE(record.means.size() == seed);
        require_elements("the means of a call", record.means.back().size(), 2);
        CHECK(record.means.back()[0] == Approx(1));
        CHECK(record.means.back()[1] == Approx(-1));
    }
}

TEST_CASE("the output is kept as it was, not as the ReLU left it") {
    Model model, same;
    mine::Record record;
    const HookHandle handle = mine::record_output(model.norm, record);
    for (std::uint64_t seed : {1u, 2u}) {
        model(seed);
        const Tensor<double> expected = same.norm(normal_tensor(seed, {4, 2, 3, 3}, 5, 2));
        require_shape("record.last", record.last, expected.shape());
        CHECK(relative_error(record.last.values(), expected.values()) < 1e-12);
    }
}

TEST_CASE("the model's output is the same with the hook as without") {
    Model model, without;
    mine::Record record;
    const HookHandle handle = mine::record_output(model.norm, record);
    CHECK(relative_error(model(1).values(), without(1).values()) == 0);
}

TEST_CASE("the hook ends with its handle") {
    Model model;
    mine::Record record;
    {
        const HookHandle handle = mine::record_output(model.norm, record);
        model(1);
    }
    model(2);
    CHECK(record.means.size() == 1);
}
