// What the layers say and how they print themselves, as text, against PyTorch.
#include "golden/compare.hpp"

#include <cmath>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch07_training/cross_entropy.hpp"
#include "ch08_resnet/res_net.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

const std::string accepted = "accepted";

const Case& golden_case(const std::string& name) {
    static const std::vector<Case> cases = read_cases("messages.txt");
    return find_case(cases, name);
}

std::string torch_says(const std::string& name) {
    return golden_case(name).text("torch");
}

std::string said(const std::function<void()>& action) {
    return message_of([&] {
        action();
        throw std::runtime_error(accepted);
    });
}

Tensor<float> zeros(const Shape& shape) {
    return Tensor<float>(shape);
}

template <template <class> class Layer>
void check_batch_norm() {
    const auto says = [](const std::string& name, const Shape& shape, bool train = true, bool track = true) {
        INFO(name);
        Layer<float> layer(16, {.track_running_stats = track});
        layer.train(train);
        CHECK(said([&] { layer(zeros(shape)); }) == torch_says("BatchNorm2d, " + name));
    };
    says("one value", {1, 16, 1, 1});
    says("one value in eval without buffers", {1, 16, 1, 1}, false, false);
    says("one value in eval", {1, 16, 1, 1}, false);
    says("one image", {1, 16, 1, 2});
    for (const Shape& shape : {Shape{16}, Shape{2, 16}, Shape{2, 16, 3}, Shape{2, 16, 3, 3, 3}})
        says("shape " + to_string(shape), shape);
    says("wrong channels", {2, 8, 3, 3});
    says("wrong channels in eval", {2, 8, 3, 3}, false);
    says("wrong channels without buffers", {2, 8, 3, 3}, true, false);
}

// As PyTorch shows them, but the numbers of this program: "weight [1.0, 1.0]; …".
std::string written(const StateDict<float>& state) {
    std::string text;
    for (const auto& [name, entry] : state) {
        text += (text.empty() ? "" : "; ") + name + " [";
        const auto* tensor = std::get_if<Tensor<float>>(&entry);
        const Tensor<float> values =
            tensor ? *tensor : Tensor<float>({1}, static_cast<float>(std::get<std::int64_t>(entry)));
        for (Index i = 0; i < values.numel(); ++i) text += (i ? ", " : "") + std::to_string(values[i]).substr(0, 3);
        text += "]";
    }
    return text;
}

}  // namespace

TEST_CASE("messages: batch norm, readable and fast") {
    check_batch_norm<BatchNorm2d>();
    check_batch_norm<FastBatchNorm2d>();
}

TEST_CASE("messages: what differs from PyTorch on purpose") {
    // A batch of no images, which PyTorch accepts and counts
    FastBatchNorm2d<float> layer(16);
    CHECK(torch_says("BatchNorm2d, no images") == accepted);
    CHECK(golden_case("BatchNorm2d, no images").number("counted") == 1);
    CHECK(said([&] { layer(zeros({0, 16, 3, 3})); }) == "there are no images in an input of size [0, 16, 3, 3]");
    CHECK(layer.num_batches_tracked() == 0);

    // A batch that is refused, which PyTorch has counted
    CHECK(golden_case("BatchNorm2d, a refused batch").number("counted") == 1);
    CHECK(said([&] { layer(zeros({1, 16, 1, 1})); }) == torch_says("BatchNorm2d, a refused batch"));
    CHECK(layer.num_batches_tracked() == 0);

    // Another number of channels than there should be, where PyTorch has nothing to compare it with
    BatchNorm2d<float> bare(16, {.affine = false, .track_running_stats = false});
    CHECK(torch_says("BatchNorm2d, wrong channels without both") == accepted);
    CHECK(said([&] { bare(zeros({2, 8, 3, 3})); }) == "expected 16 channels, but got 8");

    // The name of what is called, and the number of classes
    const std::uint8_t targets[] = {0, 3};
    CHECK(torch_says("cross_entropy, target") == "Target 3 is out of bounds.");
    CHECK(said([&] {
              cross_entropy(zeros({2, 3}), std::span(targets));
          }) == "cross_entropy: target 3 is out of bounds for 3 classes");
}

TEST_CASE("messages: the other layers, readable and fast") {
    Random random(1);
    const auto says = [](const std::string& name, Module<float>& layer, const Shape& shape) {
        INFO(name);
        CHECK(said([&] { layer(zeros(shape)); }) == torch_says(name));
    };
    Conv2d<float> conv(8, 16, {.kernel_size = 3}, random);
    FastConv2d<float> fast_conv(8, 16, {.kernel_size = 3}, random);
    says("Conv2d, wrong channels", conv, {2, 3, 8, 8});
    says("Conv2d, wrong channels", fast_conv, {2, 3, 8, 8});
    says("Conv2d, kernel too large", conv, {2, 8, 2, 2});
    says("Conv2d, kernel too large", fast_conv, {2, 8, 2, 2});
    FastConv2d<float> padded(8, 16, {.kernel_size = {5, 3}, .padding = {1, 0}}, random);
    says("Conv2d, kernel too large with padding", padded, {2, 8, 2, 3});

    MaxPool2d<float> pool(2), tall({3, 2}, 1);
    FastMaxPool2d<float> fast_pool(2);
    says("MaxPool2d, nothing left", pool, {2, 3, 1, 1});
    says("MaxPool2d, nothing left", fast_pool, {2, 3, 1, 1});
    says("MaxPool2d, no row left", tall, {2, 3, 2, 5});

    Linear<float> linear(8, 16, true, random);
    FastLinear<float> fast_linear(8, 16, true, random);
    says("Linear", linear, {2, 3});
    says("Linear", fast_linear, {2, 3});
}

TEST_CASE("messages: in a model the layer's name follows") {
    Random random(1);
    ResNet<float> model(random);
    CHECK(said([&] {
              model(zeros({2, 1, 32, 32}));
          }) ==
          "Given groups=1, weight of size [8, 3, 3, 3], expected input[2, 1, 32, 32] to have 3 channels, but got 1 "
          "channels instead (in conv1)");
    Sequential<float> nested;
    nested.add<Sequential<float>>().add<FastBatchNorm2d<float>>(16);
    CHECK(said([&] { nested(zeros({1, 16, 1, 1})); }) == torch_says("BatchNorm2d, one value") + " (in 0.0)");
}

TEST_CASE("messages: load_state_dict") {
    const auto says = [](const std::string& name, const StateDict<float>& given) {
        INFO(name);
        BatchNorm2d<float> layer(2);
        CHECK(said([&] { load_state_dict(layer, given); }) == torch_says("load_state_dict, " + name));
    };
    BatchNorm2d<float> source(2);
    const StateDict<float> state = source.state_dict();
    const auto without = [](StateDict<float> dict, const std::string& part) {
        std::erase_if(dict, [&](const auto& entry) { return entry.first.find(part) != std::string::npos; });
        return dict;
    };
    says("missing", without(state, "running"));
    StateDict<float> more = state;
    more.emplace_back("extra", zeros({1}));
    more.emplace_back("other", zeros({1}));
    says("unexpected", more);
    StateDict<float> other_size = state;
    other_size.at(1).second = zeros({3});
    says("size mismatch", other_size);
    says("all at once", {{"weight", zeros({2, 2})},
                         {"bias", zeros({3})},
                         {"num_batches_tracked", std::int64_t{0}},
                         {"extra", zeros({1})}});
    says("no num_batches_tracked", without(state, "num_batches_tracked"));

    Random random(1);
    Sequential<float> nested;
    nested.add<BatchNorm2d<float>>(2);
    nested.add<Linear<float>>(2, 3, true, random);
    StateDict<float> given = without(nested.state_dict(), "0.running_var");
    for (auto& [name, entry] : given)
        if (name == "1.weight") entry = zeros({2, 3});
    CHECK(said([&] { load_state_dict(nested, given); }) == torch_says("load_state_dict, nested"));
}

TEST_CASE("messages: printed layers") {
    Random random(1);
    const auto prints = [](const std::string& name, const Module<float>& layer) {
        CHECK(layer.to_string() == torch_says("printed, " + name));
    };
    prints("BatchNorm2d", FastBatchNorm2d<float>(16));
    prints("BatchNorm2d with other options",
           BatchNorm2d<float>(3, {.eps = 1e-3, .momentum = 0.25, .affine = false, .track_running_stats = false}));
    prints("BatchNorm2d without momentum", BatchNorm2d<float>(3, {.momentum = std::nullopt}));
    prints("Conv2d", FastConv2d<float>(8, 16, {.kernel_size = 3, .padding = 1}, random));
    prints("Conv2d without bias", Conv2d<float>(8, 16, {.kernel_size = 3, .bias = false}, random));
    prints("Conv2d not square", Conv2d<float>(3, 8, {.kernel_size = {3, 5}, .stride = 2}, random));
    prints("Linear", FastLinear<float>(1024, 64, true, random));
    prints("Linear without bias", Linear<float>(3, 2, false, random));
    prints("MaxPool2d", FastMaxPool2d<float>(2));
    prints("MaxPool2d not square", MaxPool2d<float>({3, 2}, {1, 2}));
    prints("ReLU", FastReLU<float>());
    prints("ReLU in place", ReLU<float>(true));
    Sequential<float> nested;
    nested.add<BatchNorm2d<float>>(2);
    nested.add<Sequential<float>>().add<ReLU<float>>();
    prints("Sequential", nested);
}

TEST_CASE("messages: the names in a state_dict, and what a layer starts from") {
    for (const bool affine : {true, false})
        for (const bool track : {true, false}) {
            BatchNorm2d<float> layer(2, {.affine = affine, .track_running_stats = track});
            std::string names;
            for (const auto& [name, entry] : layer.state_dict()) names += (names.empty() ? "" : " ") + name;
            const auto text = [](bool value) { return value ? "True" : "False"; };
            CHECK(names == torch_says(std::string("state_dict, affine ") + text(affine) + ", track_running_stats " +
                                      text(track)));
        }
    BatchNorm2d<float> layer(2);
    CHECK(written(layer.state_dict()) == torch_says("initial state"));
}

TEST_CASE("initial weights are as wide as PyTorch's") {
    Random random(1);
    const auto check = [](const std::string& name, const Tensor<float>& weight) {
        const Case& c = golden_case("initial values, " + name);
        CHECK(std::to_string(weight.numel() / weight.size(0)) == c.text("fan_in"));
        double largest = 0.0, squares = 0.0;
        for (const float w : weight.values()) {
            largest = std::max(largest, std::abs(double{w}));
            squares += double{w} * w;
        }
        CHECK(largest == Approx(c.number("largest")).epsilon(0.001));
        CHECK(std::sqrt(squares / static_cast<double>(weight.numel())) == Approx(c.number("deviation")).epsilon(0.01));
    };
    check("Conv2d", Conv2d<float>(64, 64, {.kernel_size = 3}, random).weight.value);
    check("Linear", Linear<float>(500, 200, true, random).weight.value);
}
