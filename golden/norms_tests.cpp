// GroupNorm, InstanceNorm2d and LayerNorm, and chapter 13's readable functions, against PyTorch's.
#include "golden/compare.hpp"

#include <memory>

#include "ch13_small_batches/norms.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases("norms.txt");
    return all;
}

template <class T>
std::unique_ptr<Module<T>> layer_of(const Case& c) {
    const std::string& kind = c.text("kind");
    const double eps = c.number("eps");
    const bool affine = c.is_true("affine");
    if (kind == "LayerNorm")
        return std::make_unique<LayerNorm<T>>(c.list<Index>("normalized"),
                                              LayerNormOptions{.eps = eps, .elementwise_affine = affine});
    const Index channels = static_cast<Index>(c.number("channels"));
    if (kind == "InstanceNorm2d")
        return std::make_unique<InstanceNorm2d<T>>(channels, InstanceNorm2dOptions{.eps = eps, .affine = affine});
    return std::make_unique<GroupNorm<T>>(static_cast<Index>(c.number("groups")), channels,
                                          GroupNormOptions{.eps = eps, .affine = affine});
}

// Where variances are tiny PyTorch's own float is far from its double; 4 digits we promise all the same.
template <class T>
void check_four_digits(const Case& c, const Tensor<T>& y) {
    if (c.has("four_digits")) CHECK(error(c.vector("y"), std::span<const T>(y.values())) < 1e-4);
}

}  // namespace

TEMPLATE_TEST_CASE("the norms: forward, backward and printed form, alike in train and eval", "", double, float) {
    using T = TestType;
    int count = 0;
    for (const Case& c : cases()) {
        const auto layer = layer_of<T>(c);
        for (const bool train : {true, false}) {
            layer->train(train);
            layer->zero_grad();
            for (const auto& [name, parameter] : layer->named_parameters()) parameter->value.copy_(c.tensor<T>(name));
            const Tensor<T> y = (*layer)(c.tensor<T>("x"));
            compare(c, "y", y);
            check_four_digits(c, y);
            compare(c, "d_x", layer->backprop(c.tensor<T>("d_y")));
            for (const auto& [name, parameter] : layer->named_parameters()) compare(c, "d_" + name, parameter->grad);
        }
        CHECK(layer->named_parameters().size() == (c.is_true("affine") ? 2U : 0U));
        CHECK(layer->to_string() == c.text("printed"));
        ++count;
    }
    CHECK(count >= 26);
}

TEMPLATE_TEST_CASE("group norm as chapter 13 reads it", "", double, float) {
    using T = TestType;
    int count = 0;
    for (const Case& c : cases()) {
        if (c.text("kind") == "LayerNorm") continue;
        const bool affine = c.is_true("affine");
        const Index groups = static_cast<Index>(c.number(c.has("groups") ? "groups" : "channels"));
        const Tensor<T> weight = affine ? c.tensor<T>("weight") : Tensor<T>(), x = c.tensor<T>("x");
        const GroupNormForward<T> forward =
            group_norm(x, groups, weight, affine ? c.tensor<T>("bias") : Tensor<T>(), c.number("eps"));
        compare(c, "y", forward.y);
        check_four_digits(c, forward.y);
        const BatchNorm2dGradients<T> d =
            group_norm_backward(c.tensor<T>("d_y"), x, groups, forward.statistics, weight, c.number("eps"));
        compare(c, "d_x", d.d_x);
        if (affine) {
            compare(c, "d_weight", d.d_weight);
            compare(c, "d_bias", d.d_bias);
        }
        ++count;
    }
    CHECK(count >= 17);
}
