// The network of chapter 8 against PyTorch's: two steps of training and an evaluation from given weights.
#include "golden/compare.hpp"

#include <regex>
#include <utility>

#include "ch07_training/cross_entropy.hpp"
#include "ch07_training/sgd.hpp"
#include "ch08_resnet/res_net.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases("network.txt");
    return all;
}

std::vector<std::uint8_t> targets_of(const Case& c) {
    std::vector<std::uint8_t> targets;
    for (const int target : c.list<int>("targets")) targets.push_back(static_cast<std::uint8_t>(target));
    return targets;
}

// A tensor in full or, as a large one is stored, by every 103rd element and the sums of its rows and columns.
template <std::floating_point T>
void compare_large(const Case& c, const std::string& name, const Tensor<T>& actual) {
    if (c.vectors.count(name) > 0) return compare(c, name, actual);
    const Index rows = actual.size(0), columns = actual.numel() / rows;
    std::vector<T> some;
    for (Index i = 0; i < actual.numel(); i += 103) some.push_back(actual[i]);
    Tensor<double> row_sums({rows}), column_sums({columns});
    for (Index i = 0; i < actual.numel(); ++i) {
        row_sums[i / columns] += static_cast<double>(actual[i]);
        column_sums[i % columns] += static_cast<double>(actual[i]);
    }
    const auto rounded = [](const Tensor<double>& sums) {
        Tensor<T> result = Tensor<T>::empty(sums.shape());
        std::transform(sums.values().begin(), sums.values().end(), result.values().begin(),
                       [](double sum) { return static_cast<T>(sum); });
        return result;
    };
    compare(c, name + " every 103rd", Tensor<T>({std::ssize(some)}, some));
    compare(c, name + " row sums", rounded(row_sums));
    compare(c, name + " column sums", rounded(column_sums));
}

template <std::floating_point T>
void compare_state(const Case& c, const std::string& when, Module<T>& model, const std::string& only) {
    for (const auto& [name, entry] : model.state_dict()) {
        if (!std::regex_search(name, std::regex(only))) continue;
        if (const auto* tensor = std::get_if<Tensor<T>>(&entry))
            compare_large(c, name + when, *tensor);
        else
            compare<T>(c, name + when, static_cast<double>(std::get<std::int64_t>(entry)));
    }
}

// What make.py does with PyTorch's network, and every number of it.
template <std::floating_point T>
void run_network(const Case& c, ResNet<T>& model) {
    for (const auto& [name, parameter] : model.named_parameters()) parameter->value.copy_(c.tensor<T>(name));
    const std::vector<std::uint8_t> targets = targets_of(c);
    SGD<T> sgd(model.named_parameters(), 0.9, 1e-3);

    // Two steps; the gradients of the first
    for (const std::string k : {"0", "1"}) {
        model.zero_grad();
        const Tensor<T> logits = model(c.tensor<T>("images" + k));
        compare(c, "logits " + k, logits);
        const CrossEntropy<T> loss = cross_entropy(logits, std::span<const std::uint8_t>(targets));
        compare<T>(c, "loss " + k, loss.loss);
        model.backprop(loss.d_logits);
        if (k == "0")
            for (const auto& [name, parameter] : model.named_parameters())
                compare_large(c, "d " + name, parameter->grad);
        sgd.step(0.01);
        compare_state(c, " after " + k, model, "running|tracked");
    }
    compare_state(c, " after 1", model, "weight|bias");

    // In eval mode: without and with gradients
    model.eval();
    model.zero_grad();
    {
        const NoGradGuard no_grad;
        compare(c, "eval logits", model(c.tensor<T>("images0")));
    }
    const Tensor<T> logits = model(c.tensor<T>("images0"));
    compare(c, "eval logits", logits);
    model.backprop(cross_entropy(logits, std::span<const std::uint8_t>(targets)).d_logits);
    for (const auto& [name, parameter] : model.named_parameters()) compare_large(c, "eval d " + name, parameter->grad);
}

template <std::floating_point T, bool listening>
struct Run {
    using Scalar = T;
    static constexpr bool hooks = listening;
};

}  // namespace

TEMPLATE_TEST_CASE("the network: gradients, steps and evaluation", "", (Run<double, false>), (Run<double, true>),
                   (Run<float, false>), (Run<float, true>)) {
    using T = typename TestType::Scalar;
    for (const std::string name : {"with batch norm", "without batch norm"}) {
        const Case& c = find_case(cases(), name);
        Random random(1);
        ResNet<T> model(random, c.is_true("batch_norm"));
        // With someone listening at every module, they run one after the other; else together
        std::vector<HookHandle> handles;
        int heard = 0;
        if (TestType::hooks)
            for (const auto& [module_name, module] : model.named_modules()) {
                const auto listen = [&heard](Module<T>&, const Tensor<T>&, const Tensor<T>&) { ++heard; };
                handles.push_back(module->register_forward_hook(listen));
                handles.push_back(module->register_full_backward_hook(listen));
            }
        run_network(c, model);
        CHECK((heard > 0) == TestType::hooks);
    }
}

TEST_CASE("the network with a listener at one module at a time has the same gradients") {
    const Case& c = find_case(cases(), "with batch norm");
    const std::vector<std::uint8_t> targets = targets_of(c);
    Random random(1);
    ResNet<double> model(random);
    for (const auto& [name, module] : model.named_modules()) {
        INFO("listening at '" << name << "'");
        for (const auto& [key, parameter] : model.named_parameters()) parameter->value.copy_(c.tensor<double>(key));
        model.zero_grad();
        int heard = 0;
        const HookHandle handle = module->register_forward_hook(
            [&heard](Module<double>&, const Tensor<double>&, const Tensor<double>&) { ++heard; });
        const Tensor<double> logits = model(c.tensor<double>("images0"));
        compare(c, "logits 0", logits);
        model.backprop(cross_entropy(logits, std::span<const std::uint8_t>(targets)).d_logits);
        for (const auto& [key, parameter] : model.named_parameters()) compare_large(c, "d " + key, parameter->grad);
        CHECK(heard > 0);
    }
}

TEST_CASE("the network has PyTorch's names, shapes, number of parameters and printed form") {
    for (const std::string name : {"with batch norm", "without batch norm"}) {
        const Case& c = find_case(cases(), name);
        Random random(1);
        ResNet<double> model(random, c.is_true("batch_norm"));
        std::string names, shapes;
        for (const auto& [key, entry] : model.state_dict()) {
            const auto* tensor = std::get_if<Tensor<double>>(&entry);
            names += (names.empty() ? "" : " ") + key;
            shapes += (shapes.empty() ? "" : "; ") + to_string(tensor ? tensor->shape() : Shape{});
        }
        CHECK(names == c.text("names"));
        CHECK(shapes == c.text("shapes"));
        CHECK(std::to_string(model.parameter_count()) == c.text("parameters"));
        CHECK(model.to_string() == c.text("printed"));
    }
}

TEMPLATE_TEST_CASE("convolution, batch norm, shortcut, ReLU and pooling, together and one by one", "",
                   (Run<double, false>), (Run<double, true>), (Run<float, false>), (Run<float, true>)) {
    using T = typename TestType::Scalar;
    for (const std::string name : {"part with shortcut", "part with pooling"}) {
        const Case& c = find_case(cases(), name);
        const bool pools = c.is_true("pooling");
        Random random(1);
        FastConv2d<T> conv(2, 3, {.kernel_size = 3, .padding = 1}, random);
        FastBatchNorm2d<T> norm(3);
        FastReLU<T> relu;
        FastMaxPool2d<T> pool(2);
        ConvBnReLU2d<T> part(conv, &norm, &relu, pools ? &pool : nullptr);
        conv.weight.value.copy_(c.tensor<T>("weight"));
        conv.bias.value.copy_(c.tensor<T>("bias"));
        norm.weight.value.copy_(c.tensor<T>("gamma"));
        norm.bias.value.copy_(c.tensor<T>("beta"));
        const Tensor<T> shortcut = pools ? Tensor<T>() : c.tensor<T>("shortcut");
        HookHandle handle;
        if (TestType::hooks) handle = norm.register_forward_hook([](auto&&...) {});

        compare(c, "z", part(c.tensor<T>("x"), shortcut));
        const auto [d_x, d_shortcut] = part.backprop(c.tensor<T>("d_z"));
        compare(c, "d_x", d_x);
        if (!pools) compare(c, "d_shortcut", d_shortcut);
        compare(c, "d_weight", conv.weight.grad);
        compare(c, "d_bias", conv.bias.grad);
        compare(c, "d_gamma", norm.weight.grad);
        compare(c, "d_beta", norm.bias.grad);
        compare(c, "running_mean", norm.running_mean());
        compare(c, "running_var", norm.running_var());

        const NoGradGuard no_grad;
        norm.eval();
        compare(c, "eval z", part(c.tensor<T>("x"), shortcut));
    }
}
