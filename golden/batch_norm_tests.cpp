// BatchNorm2d, readable and fast, against PyTorch's.
#include "golden/compare.hpp"

#include <limits>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch06_fast_convolution/fast_layers.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

template <class Layer>
struct ScalarOf;
template <template <class> class Layer, class T>
struct ScalarOf<Layer<T>> {
    using type = T;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases("batch_norm.txt");
    return all;
}

BatchNorm2dOptions options_of(const Case& c) {
    BatchNorm2dOptions options{
        .eps = c.number("eps"), .affine = c.is_true("affine"), .track_running_stats = c.is_true("track_running_stats")};
    options.momentum = c.text("momentum") == "None" ? std::nullopt : std::optional(c.number("momentum"));
    return options;
}

// The case's steps, each a forward and a backward pass in train or eval mode: all that there is to see after each.
template <class Layer>
void run_steps(const Case& c) {
    using T = typename ScalarOf<Layer>::type;
    Layer layer(c.vector("x0").shape.at(1), options_of(c));
    const bool affine = layer.options().affine, tracks = layer.options().track_running_stats;
    if (affine) {
        layer.weight.value.copy_(c.tensor<T>("weight"));
        layer.bias.value.copy_(c.tensor<T>("bias"));
    }
    int k = 0;
    for (const std::string& mode : c.list<std::string>("steps")) {
        const std::string step = std::to_string(k++);
        layer.train(mode == "train");
        layer.zero_grad();
        const Tensor<T> y = layer(c.tensor<T>("x" + step));
        compare(c, "y" + step, y);
        // Where variances are tiny PyTorch's own float is far from its double; 4 digits we promise all the same
        if (c.has("four_digits") && mode == "train")
            CHECK(error(c.vector("y" + step), std::span<const T>(y.values())) < 1e-4);
        compare(c, "d_x" + step, layer.backprop(c.tensor<T>("d_y" + step)));
        if (affine) {
            compare(c, "d_weight" + step, layer.weight.grad);
            compare(c, "d_bias" + step, layer.bias.grad);
        }
        if (tracks) {
            compare(c, "running_mean" + step, layer.running_mean());
            compare(c, "running_var" + step, layer.running_var());
            compare<T>(c, "num_batches_tracked" + step, static_cast<double>(layer.num_batches_tracked()));
        }
        CHECK(layer.weight.defined() == affine);
        CHECK(layer.state_dict().size() == (affine ? 2U : 0U) + (tracks ? 3U : 0U));
    }
}

}  // namespace

TEMPLATE_TEST_CASE("batch norm: each option, shape and mode, step by step", "", BatchNorm2d<double>, BatchNorm2d<float>,
                   FastBatchNorm2d<double>, FastBatchNorm2d<float>) {
    using T = typename ScalarOf<TestType>::type;
    int count = 0;
    for (const Case& c : cases()) {
        if (!c.has("steps") || (c.has("types") && !std::is_same_v<T, double>)) continue;
        run_steps<TestType>(c);
        ++count;
    }
    CHECK(count >= (std::is_same_v<T, double> ? 25 : 24));
}

TEMPLATE_TEST_CASE("batch norm: NaN, infinity, denormals and large values", "", BatchNorm2d<double>, BatchNorm2d<float>,
                   FastBatchNorm2d<double>, FastBatchNorm2d<float>) {
    using T = typename ScalarOf<TestType>::type;
    int count = 0;
    for (const Case& c : read_cases("extremes.txt")) {
        if (c.has("types") && !std::is_same_v<T, double>) continue;
        run_steps<TestType>(c);
        ++count;
    }
    CHECK(count == (std::is_same_v<T, double> ? 12 : 11));
}

TEMPLATE_TEST_CASE("batch norm: called twice in a pass, its gradients add up", "", BatchNorm2d<double>,
                   BatchNorm2d<float>, FastBatchNorm2d<double>, FastBatchNorm2d<float>) {
    using T = typename ScalarOf<TestType>::type;
    const Case& c = find_case(cases(), "called twice");
    TestType layer(3);
    layer.weight.value.copy_(c.tensor<T>("weight"));
    layer.bias.value.copy_(c.tensor<T>("bias"));
    layer(c.tensor<T>("x0"));
    layer(c.tensor<T>("x1"));
    compare(c, "d_x1", layer.backprop(c.tensor<T>("d_y1")));
    compare(c, "d_x0", layer.backprop(c.tensor<T>("d_y0")));
    compare(c, "d_weight", layer.weight.grad);
    compare(c, "d_bias", layer.bias.grad);
    compare(c, "running_mean", layer.running_mean());
    compare(c, "running_var", layer.running_var());
}

TEST_CASE("the reader and the measure of errors see what is wrong") {
    const Vector expected{{3}, {1.0, -2.0, 0.5}};
    const auto error_of = [&](std::vector<double> actual) { return error(expected, std::span<const double>(actual)); };
    CHECK(error_of({1.0, -2.0, 0.5}) == 0.0);
    CHECK(error_of({1.0, -2.0, 0.75}) == 0.125);
    CHECK(std::isinf(error_of({1.0, -2.0})));
    CHECK(std::isinf(error_of({1.0, std::nan(""), 0.5})));
    CHECK(std::isinf(error(Vector{{1}, {0.0}}, std::span<const double>(std::vector{1e-300}))));
    CHECK(std::isinf(error(Vector{{1}, {std::nan("")}}, std::span<const double>(std::vector{0.0}))));
    CHECK(error(Vector{{1}, {std::nan("")}}, std::span<const double>(std::vector{std::nan("")})) == 0.0);
    CHECK(error(Vector{{1}, {1e-20}, 0.0, 2.0}, std::span<const double>(std::vector{1e-3})) == Approx(5e-4));

    const Case& c = find_case(cases(), "shape [5, 7, 3, 9]");
    CHECK(c.vector("x0").shape == Shape{5, 7, 3, 9});
    CHECK(message_of([&] { c.vector("z"); }) == "case 'shape [5, 7, 3, 9]' has no 'z'");
    CHECK_THROWS_AS(read_cases("missing.txt"), std::runtime_error);
}
