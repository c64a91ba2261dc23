#include "common/exercise_test.hpp"

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/in_place_relu.hpp"
#include EXERCISE

using namespace bn;

namespace {

// A layer whose output is its input, so that the numbers to expect are plain.
class Identity : public Module<double> {
public:
    Tensor<double> forward(const Tensor<double>& x) override { return x.clone(); }
    Tensor<double> backward(const Tensor<double>& d_y) override { return d_y; }
    std::string type_name() const override { return "Identity"; }
};

void require_seen(const mine::Seen& seen, std::size_t channels) {
    if (seen.batches == 0) FAIL("the hook has seen nothing: is its handle returned?");
    require_elements("seen.mean", seen.mean.size(), channels);
    require_elements("seen.sigma", seen.sigma.size(), channels);
}

}  // namespace

TEST_CASE("two images of two channels that one can do by hand") {
    Identity layer;
    mine::Seen seen;
    const HookHandle handle = mine::watch(layer, seen);
    layer(Tensor<double>({2, 2, 1, 2}, {1, 2, 10, 10, 3, 6, 20, 40}));
    require_seen(seen, 2);
    CHECK(seen.mean[0] == Approx(3));  // of 1, 2, 3, 6
    CHECK(seen.sigma[0] == Approx(std::sqrt(3.5)));
    CHECK(seen.mean[1] == Approx(20));  // of 10, 10, 20, 40
    CHECK(seen.sigma[1] == Approx(std::sqrt(150)));
}

TEST_CASE("the output is what counts and the latest batch") {
    BatchNorm2d<double> layer(2);
    layer.weight.value.copy_({{2}, {2.0, 0.5}});
    layer.bias.value.copy_({{2}, {1.0, -3.0}});
    mine::Seen seen;
    const HookHandle handle = mine::watch(layer, seen);
    for (std::uint64_t seed : {1u, 2u, 3u}) layer(normal_tensor(seed, {4, 2, 3, 5}, 10, 2));
    require_seen(seen, 2);
    CHECK(seen.batches == 3);
    CHECK(seen.mean[0] == Approx(1));
    CHECK(seen.mean[1] == Approx(-3));
    CHECK(seen.sigma[0] == Approx(2).epsilon(1e-4));
    CHECK(seen.sigma[1] == Approx(0.5).epsilon(1e-4));
}

TEST_CASE("eval mode is not noted") {
    Identity layer;
    mine::Seen seen;
    const HookHandle handle = mine::watch(layer, seen);
    layer(Tensor<double>({1, 1, 1, 2}, {1, 3}));
    layer.eval();
    layer(Tensor<double>({1, 1, 1, 2}, {100, 300}));
    require_seen(seen, 1);
    CHECK(seen.batches == 1);
    CHECK(seen.mean[0] == Approx(2));
}

TEST_CASE("a ReLU that works in place changes nothing of what was seen") {
    Sequential<double> model;
    auto& norm = model.add<BatchNorm2d<double>>(1);
    model.add<InPlaceReLU<double>>();
    mine::Seen seen;
    const HookHandle handle = mine::watch(norm, seen);
    const Tensor<double> y = model(normal_tensor(4, {4, 1, 6, 6}, 3, 2));
    for (double value : y.values()) CHECK(value >= 0);
    require_seen(seen, 1);
    CHECK(seen.mean[0] == Approx(0).margin(1e-9));
    CHECK(seen.sigma[0] == Approx(1).epsilon(1e-4));
}

TEST_CASE("the hook ends with its handle") {
    Identity layer;
    mine::Seen seen;
    {
        const HookHandle handle = mine::watch(layer, seen);
        layer(Tensor<double>({1, 1, 1, 2}, {1, 3}));
    }
    layer(Tensor<double>({1, 1, 1, 2}, {100, 300}));
    CHECK(seen.batches == 1);
}
