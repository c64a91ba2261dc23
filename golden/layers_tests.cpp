// Conv2d, Linear, MaxPool2d and ReLU, readable and fast, and folding, against PyTorch's.
#include "golden/compare.hpp"

#include <memory>

#include "ch06_fast_convolution/fast_layers.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases("layers.txt");
    return all;
}

/// Chapter 5's layers, or chapter 6's.
template <class Scalar>
struct Readable {
    using T = Scalar;
    using Conv = Conv2d<T>;
    using Full = Linear<T>;
    using Pool = MaxPool2d<T>;
    using Rectifier = ReLU<T>;
};
template <class Scalar>
struct Fast {
    using T = Scalar;
    using Conv = FastConv2d<T>;
    using Full = FastLinear<T>;
    using Pool = FastMaxPool2d<T>;
    using Rectifier = FastReLU<T>;
};

Size2 size_of(const Case& c, const std::string& key) {
    const auto sizes = c.list<Index>(key);
    return {sizes.at(0), sizes.at(1)};
}

template <class Family>
std::unique_ptr<Module<typename Family::T>> layer_of(const Case& c, Random& random) {
    const std::string& kind = c.text("kind");
    if (kind == "Conv2d") {
        const Shape& weight = c.vector("weight").shape;
        return std::make_unique<typename Family::Conv>(weight.at(1), weight.at(0),
                                                       Conv2dOptions{.kernel_size = size_of(c, "kernel"),
                                                                     .stride = size_of(c, "stride"),
                                                                     .padding = size_of(c, "padding"),
                                                                     .bias = c.vectors.count("bias") > 0},
                                                       random);
    }
    if (kind == "Linear") {
        const Shape& weight = c.vector("weight").shape;
        return std::make_unique<typename Family::Full>(weight.at(1), weight.at(0), c.vectors.count("bias") > 0, random);
    }
    if (kind == "MaxPool2d") return std::make_unique<typename Family::Pool>(size_of(c, "kernel"), size_of(c, "stride"));
    return std::make_unique<typename Family::Rectifier>(c.is_true("inplace"));
}

}  // namespace

TEMPLATE_TEST_CASE("the layers: forward, backward and printed form", "", Readable<double>, Readable<float>,
                   Fast<double>, Fast<float>) {
    using T = typename TestType::T;
    Random random(1);
    int count = 0;
    for (const Case& c : cases()) {
        if (c.text("kind") == "folding") continue;
        const auto layer = layer_of<TestType>(c, random);
        for (const auto& [name, parameter] : layer->named_parameters()) parameter->value.copy_(c.tensor<T>(name));
        compare(c, "y", (*layer)(c.tensor<T>("x")));
        compare(c, "d_x", layer->backprop(c.tensor<T>("d_y")));
        for (const auto& [name, parameter] : layer->named_parameters()) compare(c, "d_" + name, parameter->grad);
        CHECK(layer->to_string() == c.text("printed"));
        ++count;
    }
    CHECK(count >= 27);
}

TEMPLATE_TEST_CASE("without the gradient of its input, a convolution has the same others", "", Readable<double>,
                   Readable<float>, Fast<double>, Fast<float>) {
    using T = typename TestType::T;
    Random random(1);
    for (const Case& c : cases()) {
        if (c.text("kind") != "Conv2d") continue;
        const auto layer = layer_of<TestType>(c, random);
        dynamic_cast<typename TestType::Conv&>(*layer).needs_input_grad = false;
        for (const auto& [name, parameter] : layer->named_parameters()) parameter->value.copy_(c.tensor<T>(name));
        (*layer)(c.tensor<T>("x"));
        CHECK(!layer->backprop(c.tensor<T>("d_y")).defined());
        for (const auto& [name, parameter] : layer->named_parameters()) compare(c, "d_" + name, parameter->grad);
    }
}

TEMPLATE_TEST_CASE("batch norm after a convolution folds into it, in eval mode", "", double, float) {
    using T = TestType;
    const Case& c = find_case(cases(), "folding");
    Random random(1);
    FastConv2d<T> conv(3, 4, {.kernel_size = 3, .padding = 1}, random);
    FastBatchNorm2d<T> norm(4);
    conv.weight.value.copy_(c.tensor<T>("weight"));
    conv.bias.value.copy_(c.tensor<T>("bias"));
    norm.copy_state([&, statistics = StateDict<T>{{"weight", c.tensor<T>("gamma")},
                                                  {"bias", c.tensor<T>("beta")},
                                                  {"running_mean", c.tensor<T>("mean")},
                                                  {"running_var", c.tensor<T>("var")}}](const std::string& name) {
        for (const auto& [key, entry] : statistics)
            if (key == name) return &entry;
        return static_cast<const StateEntry<T>*>(nullptr);
    });
    norm.eval();
    compare(c, "y", norm(conv(c.tensor<T>("x"))));

    // W' = W·γ/√(var + ε), b' = (b − mean)·γ/√(var + ε) + β
    Tensor<T> weight = conv.weight.value.clone(), bias({4});
    for (Index co = 0; co < 4; ++co) {
        const double scale = c.vector("gamma").values.at(static_cast<std::size_t>(co)) /
                             std::sqrt(c.vector("var").values.at(static_cast<std::size_t>(co)) + 1e-5);
        for (Index i = 0; i < 27; ++i) weight[27 * co + i] = static_cast<T>(weight[27 * co + i] * scale);
        bias[co] = static_cast<T>((conv.bias.value[co] - norm.running_mean()[co]) * scale + norm.bias.value[co]);
    }
    compare(c, "folded weight", weight);
    compare(c, "folded bias", bias);
    compare(c, "y", fast_conv2d(c.tensor<T>("x"), weight, bias, {.padding = 1}));
}
