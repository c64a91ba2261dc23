#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include <unistd.h>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/in_place_relu.hpp"
#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch04_modules_and_hooks/several_uses.hpp"
#include "ch04_modules_and_hooks/state_dict_file.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

// x → scale(x) · twice through one and the same child, as the article's block uses its ReLU.
class Twice : public Module<double> {
public:
    Twice() : scale(3.0), norm(2) {
        register_module("scale", scale);
        register_module("norm", norm);
    }
    Tensor<double> forward(const Tensor<double>& x) override { return norm(scale(scale(x))); }
    Tensor<double> backward(const Tensor<double>& d_y) override {
        return scale.backprop(scale.backprop(norm.backprop(d_y)));
    }
    std::string type_name() const override { return "Twice"; }
    Scale<double> scale;
    BatchNorm2d<double> norm;
};

Tensor<double> normal(Shape shape, std::uint64_t seed) {
    Tensor<double> t(std::move(shape));
    Random(seed).fill_normal(t.values(), 0.5, 2.0);
    return t;
}

std::vector<std::string> names(const StateDict<double>& dict) {
    std::vector<std::string> all;
    for (const auto& [name, entry] : dict) all.push_back(name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the tree: names, parameters, buffers and modes") {
    Twice model;
    CHECK(names(model.state_dict()) == Names{"scale.factor", "norm.weight", "norm.bias", "norm.running_mean",
                                             "norm.running_var", "norm.num_batches_tracked"});
    Names modules;
    for (const auto& [name, module] : model.named_modules()) modules.push_back(name);
    CHECK(modules == Names{"", "scale", "norm"});
    CHECK(model.named_parameters().size() == 3);
    CHECK(model.parameter_count() == 5);
    CHECK(model.norm.full_name() == "norm");
    model.eval();
    CHECK_FALSE(model.norm.training());
    model.train();
    CHECK(model.norm.training());
}

TEST_CASE("a nested model is printed as PyTorch prints it") {
    Sequential<double> model;
    model.add<Scale<double>>(2.0);
    auto& inner = model.add<Sequential<double>>();
    inner.add<BatchNorm2d<double>>(16);
    CHECK(model.to_string() ==
          "Sequential(\n"
          "  (0): Scale()\n"
          "  (1): Sequential(\n"
          "    (0): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
          "  )\n"
          ")");
    CHECK(inner.named_modules()[1].second->full_name() == "1.0");
    const BatchNorm2dOptions options{
        .eps = 1e-3, .momentum = std::nullopt, .affine = false, .track_running_stats = false};
    CHECK(BatchNorm2d<double>(3, options).to_string() ==
          "BatchNorm2d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)");
}

TEST_CASE("hooks run in order and from the call operator only") {
    Scale<double> scale(2.0);
    std::string log;
    const HookHandle a = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "a"; });
    const HookHandle p = scale.register_forward_pre_hook([&](auto&, const auto&) { log += "p"; });
    const HookHandle b = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "b"; });
    const HookHandle q = scale.register_forward_pre_hook([&](auto&, const auto&) { log += "q"; });
    const Tensor<double> x({1}, 1.0);
    scale.forward(x);
    CHECK(log.empty());
    scale(x);
    CHECK(log == "pqab");
}

TEST_CASE("hooks replace inputs and outputs and the next hook sees it") {
    Scale<double> scale(2.0);
    const HookHandle p = scale.register_forward_pre_hook([](auto&, const auto&) { return Tensor<double>({1}, 5.0); });
    const HookHandle a = scale.register_forward_hook([](auto&, const auto& in, const auto& out) {
        CHECK(in[0] == 5.0);
        CHECK(out[0] == 10.0);
        return Tensor<double>({1}, 7.0);
    });
    double seen = 0;
    const HookHandle b = scale.register_forward_hook([&](auto&, const auto&, const auto& out) { seen = out[0]; });
    CHECK(scale(Tensor<double>({1}, 1.0))[0] == 7.0);
    CHECK(seen == 7.0);
}

TEST_CASE("a hook removed while hooks run still fires in that call and one added waits for the next") {
    Scale<double> scale(1.0);
    std::string log;
    HookHandle second, added;
    const HookHandle first = scale.register_forward_hook([&](auto&, const auto&, const auto&) {
        log += "1";
        second.remove();
        added = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "+"; });
    });
    second = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "2"; });
    const Tensor<double> x({1}, 1.0);
    scale(x);
    CHECK(log == "12");
    scale(x);
    CHECK(log == "121+");
}

TEST_CASE("a pre-hook that removes a forward hook stops it in that same call") {
    Scale<double> scale(1.0);
    std::string log;
    HookHandle forward = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "f"; });
    const HookHandle pre = scale.register_forward_pre_hook([&](auto&, const auto&) { forward.remove(); });
    scale(Tensor<double>({1}, 1.0));
    CHECK(log.empty());
}

TEST_CASE("a handle ends its hook and may outlive the module") {
    auto scale = std::make_unique<Scale<double>>(1.0);
    int calls = 0;
    HookHandle outlives;
    {
        const HookHandle handle = scale->register_forward_hook([&](auto&, const auto&, const auto&) { ++calls; });
        outlives = scale->register_forward_hook([&](auto&, const auto&, const auto&) { ++calls; });
        (*scale)(Tensor<double>({1}, 1.0));
        CHECK(calls == 2);
    }
    (*scale)(Tensor<double>({1}, 1.0));
    CHECK(calls == 3);
    HookHandle moved = std::move(outlives);
    (*scale)(Tensor<double>({1}, 1.0));
    CHECK(calls == 4);
    scale.reset();
    moved.remove();
    moved.remove();
}

TEST_CASE("a handle that is given another hook ends its own") {
    Scale<double> scale(1.0);
    std::string log;
    HookHandle handle = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "a"; });
    handle = scale.register_forward_hook([&](auto&, const auto&, const auto&) { log += "b"; });
    scale(Tensor<double>({1}, 1.0));
    CHECK(log == "b");
}

TEST_CASE("backward hooks are the ones that were there at forward") {
    Scale<double> scale(3.0);
    std::string log;
    HookHandle early = scale.register_full_backward_hook([&](auto&, const auto& grad_input, const auto& grad_output) {
        log += "e";
        CHECK(grad_output[0] == 1.0);
        CHECK(grad_input[0] == 3.0);
        return Tensor<double>({1}, 8.0);
    });
    scale(Tensor<double>({1}, 1.0));
    early.remove();
    const HookHandle late = scale.register_full_backward_hook([&](auto&, const auto&, const auto&) { log += "l"; });
    CHECK(scale.backprop(Tensor<double>({1}, 1.0))[0] == 8.0);
    CHECK(log == "e");
}

TEST_CASE("backward hooks of a call are fixed before its forward hooks run") {
    // As in PyTorch, whose _call_impl collects them first
    Scale<double> scale(3.0);
    std::string log;
    HookHandle added, removed = scale.register_full_backward_hook([&](auto&, const auto&, const auto&) { log += "r"; });
    const HookHandle pre = scale.register_forward_pre_hook([&](auto&, const auto&) { removed.remove(); });
    const HookHandle hook = scale.register_forward_hook([&](auto&, const auto&, const auto&) {
        added = scale.register_full_backward_hook([&](auto&, const auto&, const auto&) { log += "a"; });
    });
    scale(Tensor<double>({1}, 1.0));
    scale.backprop(Tensor<double>({1}, 1.0));
    CHECK(log == "r");
}

TEST_CASE("a module called twice in a forward pass gets both gradients") {
    // y = a·a·x with a = 3, x = 2: d_a = 2·a·x = 12, d_x = a² = 9
    const TwoCalls twice = call_twice(3, 2);
    CHECK(twice.y == 18);
    CHECK(twice.d_factor == 12);  // remembering only the last x would give 24, the first one first 20
    CHECK(twice.d_x == 9);
    CHECK(twice.numeric_d_factor == Approx(12));
    CHECK(twice.numeric_d_x == Approx(9));

    Twice model;
    Tensor<double> x = normal({3, 2, 2, 2}, 1);
    const Tensor<double> cotangent = normal(x.shape(), 2);
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return inner_product(cotangent.values(), model(x).values());
    };
    model(x);
    const Tensor<double> d_x = model.backprop(cotangent);
    CHECK(relative_error(d_x.values(), numerical_gradient(loss, x.values())) < 1e-6);
    // The batch norm undoes the scale, so a visible gradient needs the norm's ε: compare against its small size.
    for (const auto& [name, parameter] : model.named_parameters()) {
        const std::vector<double> numeric = numerical_gradient(loss, parameter->value.values(), 1e-4);
        CAPTURE(name);
        if (name != "scale.factor") CHECK(relative_error(parameter->grad.values(), numeric) < 1e-6);
    }
    CHECK_THROWS_AS(model.backprop(cotangent), std::logic_error);
}

TEST_CASE("a Sequential goes back through its modules in reverse order") {
    Sequential<double> model;
    model.add<Scale<double>>(3.0);
    model.add<BatchNorm2d<double>>(2);
    model.add<InPlaceReLU<double>>();
    model.add<Scale<double>>(2.0);
    Tensor<double> x = normal({3, 2, 2, 3}, 1);
    const Tensor<double> cotangent = normal(x.shape(), 2);
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return inner_product(cotangent.values(), model(x).values());
    };
    model(x);
    const Tensor<double> d_x = model.backprop(cotangent);
    CHECK(relative_error(d_x.values(), numerical_gradient(loss, x.values())) < 1e-6);
    for (const auto& [name, parameter] : model.named_parameters()) {
        CAPTURE(name);
        if (name == "0.factor") continue;  // batch norm undoes it: its gradient is zero, up to eps
        const std::vector<double> numeric = numerical_gradient(loss, parameter->value.values());
        CHECK(relative_error(parameter->grad.values(), numeric) < 1e-6);
    }
}

TEST_CASE("gradients add up over passes until zero_grad") {
    Scale<double> scale(3);
    const Tensor<double> one({1}, 1.0);
    for (double x : {2.0, 5.0}) {
        scale(Tensor<double>({1}, x));
        scale.backprop(one);
    }
    CHECK(scale.factor.grad[0] == 7);
    scale.zero_grad();
    CHECK(scale.factor.grad[0] == 0);

    // A forward pass that nobody takes back stays on the stack: the next backward pass gets it.
    scale(Tensor<double>({1}, 2.0));
    scale(Tensor<double>({1}, 5.0));
    scale.backprop(one);
    CHECK(scale.factor.grad[0] == 5);
}

TEST_CASE("what a hook does to an output is not differentiated") {
    Scale<double> scale(3);
    const HookHandle doubled =
        scale.register_forward_hook([](auto&, const auto&, const auto& y) { return Tensor<double>({1}, 2 * y[0]); });
    CHECK(scale(Tensor<double>({1}, 1.0))[0] == 6);
    CHECK(scale.backprop(Tensor<double>({1}, 1.0))[0] == 3);
}

TEST_CASE("one batch norm at two depths is right in training and wrong in eval mode") {
    Random random(1);
    const TwoDepths d = use_at_two_depths(random, 200, 2, 12);
    CHECK(std::abs(d.train_mean_a) < 1e-12);
    CHECK(std::abs(d.train_mean_b) < 1e-12);
    CHECK(d.running_mean == Approx((0.9 * 2 + 12) / 1.9).margin(0.05));  // Eq. (4.10)
    CHECK(d.running_var == Approx(1).margin(0.05));                      // though the two together have the variance 26
    CHECK(d.eval_mean_a == Approx(2 - d.running_mean).margin(0.2));
    CHECK(d.eval_mean_b == Approx(12 - d.running_mean).margin(0.2));
}

TEST_CASE("two halves of a batch add up to the whole in eval mode only") {
    const Tensor<double> x = normal({8, 3, 2, 2}, 1), d_y = normal(x.shape(), 2);
    const WholeAndHalves train = accumulate_halves(x, d_y, true), eval = accumulate_halves(x, d_y, false);
    CHECK(relative_error(eval.halves, eval.whole) < 1e-14);
    CHECK(relative_error(train.halves, train.whole) > 0.01);
}

TEST_CASE("BatchNorm2d backward in train and in eval agrees with finite differences for every option") {
    for (bool training : {true, false})
        for (bool affine : {true, false})
            for (bool track : {true, false}) {
                CAPTURE(training, affine, track);
                BatchNorm2d<double> layer(3, {.eps = 1e-3, .affine = affine, .track_running_stats = track});
                layer(normal({4, 3, 2, 2}, 9));  // moves the running statistics away from 0 and 1
                layer.backward(normal({4, 3, 2, 2}, 8));
                layer.zero_grad();
                layer.train(training);
                if (affine) Random(5).fill_normal(layer.weight.value.values(), 1.0, 0.5);

                Tensor<double> x = normal({4, 3, 2, 3}, 1);
                const Tensor<double> cotangent = normal(x.shape(), 2);
                const auto loss = [&] {
                    const NoGradGuard no_grad;
                    return inner_product(cotangent.values(), layer(x).values());
                };
                // Running statistics move at each training forward, but do not enter its output.
                layer(x);
                const Tensor<double> d_x = layer.backprop(cotangent);
                CHECK(relative_error(d_x.values(), numerical_gradient(loss, x.values())) < 1e-6);
                for (const auto& [name, parameter] : layer.named_parameters())
                    CHECK(relative_error(parameter->grad.values(),
                                         numerical_gradient(loss, parameter->value.values())) < 1e-6);
            }
}

TEST_CASE("running statistics move in training only") {
    BatchNorm2d<double> layer(2);
    const Tensor<double> x = normal({4, 2, 3, 3}, 3);
    layer(x);
    const ChannelStatistics s = channel_statistics(x);
    CHECK(layer.num_batches_tracked() == 1);
    CHECK(layer.running_mean()[1] == Approx(0.1 * s.mean[1]));
    CHECK(layer.running_var()[1] == Approx(0.9 + 0.1 * s.variance[1] * 36 / 35));
    layer.eval();
    const Tensor<double> before = layer.running_mean().clone();
    layer(normal({4, 2, 3, 3}, 4));
    CHECK(layer.num_batches_tracked() == 1);
    CHECK(layer.running_mean()[0] == before[0]);
    {
        const NoGradGuard no_grad;  // does not freeze batch norm
        layer.train();
        layer(x);
    }
    CHECK(layer.num_batches_tracked() == 2);
    layer.reset_running_stats();
    CHECK(layer.num_batches_tracked() == 0);
    CHECK(layer.running_var()[0] == 1);
}

TEST_CASE("a NoGradGuard that ends inside another leaves that one in force") {
    {
        const NoGradGuard outer;
        { const NoGradGuard inner; }
        CHECK_FALSE(grad_enabled());
    }
    CHECK(grad_enabled());
}

TEST_CASE("backward in eval uses the running statistics that its forward used") {
    BatchNorm2d<double> layer(2);
    layer(normal({4, 2, 3, 3}, 3));
    const Tensor<double> mean = layer.running_mean().clone(), var = layer.running_var().clone();
    const Tensor<double> x = normal({4, 2, 3, 3}, 4), d_y = normal(x.shape(), 5);
    layer.eval();
    layer(x);
    layer.train();
    layer.zero_grad();
    {
        const NoGradGuard no_grad;  // moves the running statistics, and keeps nothing
        layer(x);
    }
    const auto expected = batch_norm_2d_eval_backward(d_y, x, mean, var, layer.weight.value);
    CHECK(relative_error(layer.backprop(d_y).values(), expected.d_x.values()) == 0);
    CHECK(relative_error(layer.weight.grad.values(), expected.d_weight.values()) == 0);
}

TEST_CASE("BatchNorm2d keeps the digits of floats with a large mean") {
    Tensor<float> x({8, 2, 8, 8});
    Random(6).fill_normal(x.values(), 1e4, 1e-2);
    BatchNorm2d<float> layer(2);
    const Tensor<float> y = layer(x);
    const std::vector<double> x_values(x.values().begin(), x.values().end()),
        found(y.values().begin(), y.values().end());
    const Tensor<double> none;
    const auto exact = batch_norm_2d(Tensor<double>(x.shape(), x_values), none, none);
    CHECK(relative_error(found, exact.y.values()) < 1e-4);
    CHECK(static_cast<double>(layer.running_var()[1]) == Approx(0.9 + 0.1e-4).epsilon(1e-4));
}

TEST_CASE("without running statistics the batch's own are used in eval too and no such keys exist") {
    BatchNorm2d<double> layer(2, {.affine = false, .track_running_stats = false});
    CHECK(layer.state_dict().empty());
    const Tensor<double> x = normal({4, 2, 3, 3}, 3);
    const Tensor<double> in_train = layer(x);
    layer.eval();
    const Tensor<double> in_eval = layer(x);
    CHECK(relative_error(in_eval.values(), in_train.values()) == 0);
}

TEST_CASE("BatchNorm2d says what PyTorch says and names the layer") {
    BatchNorm2d<double> layer(16);
    CHECK(message_of([&] { layer(Tensor<double>({2, 16, 3})); }) == "expected 4D input (got 3D input)");
    CHECK(message_of([&] { layer(Tensor<double>({2, 8, 3, 3})); }) == "running_mean should contain 8 elements not 16");
    CHECK(message_of([&] {
              layer(Tensor<double>({1, 16, 1, 1}));
          }) == "Expected more than 1 value per channel when training, got input size [1, 16, 1, 1]");
    CHECK_THROWS_AS(layer(Tensor<double>({0, 16, 2, 2})), ShapeError);
    CHECK(layer.num_batches_tracked() == 0);  // a refused batch changes nothing
    layer.eval();
    CHECK(layer(Tensor<double>({1, 16, 1, 1})).numel() == 16);
    layer.train();
    CHECK(layer(Tensor<double>({1, 16, 1, 2})).numel() == 32);

    BatchNorm2d<double> no_buffers(16, {.track_running_stats = false});
    CHECK(message_of([&] { no_buffers(Tensor<double>({2, 8, 3, 3})); }) == "weight should contain 8 elements not 16");
    no_buffers.eval();
    CHECK(message_of([&] {
              no_buffers(Tensor<double>({1, 16, 1, 1}));
          }) == "Expected more than 1 value per channel when training, got input size [1, 16, 1, 1]");
    BatchNorm2d<double> bare(16, {.affine = false, .track_running_stats = false});
    CHECK(message_of([&] { bare(Tensor<double>({2, 8, 3, 3})); }) == "expected 16 channels, but got 8");

    CHECK_THROWS_WITH(BatchNorm2d<double>(0), "BatchNorm2d needs at least 1 channel, got 0");

    Sequential<double> model;
    model.add<Sequential<double>>().add<BatchNorm2d<double>>(16);
    CHECK(message_of([&] {
              model(Tensor<double>({2, 8, 3, 3}));
          }) == "running_mean should contain 8 elements not 16 (in 0.0)");
}

TEST_CASE("a state_dict goes into another model or changes nothing") {
    BatchNorm2d<double> a(2), b(2);
    a(normal({4, 2, 3, 3}, 3));
    load_state_dict(b, a.state_dict());
    CHECK(b.running_mean()[0] == a.running_mean()[0]);
    CHECK(b.num_batches_tracked() == 1);
    CHECK_FALSE(b.running_mean().shares_storage_with(a.running_mean()));

    StateDict<double> old = a.state_dict();
    old.pop_back();  // as files from before num_batches_tracked are
    load_state_dict(b, old);
    CHECK(b.num_batches_tracked() == 0);

    StateDict<double> wrong;
    wrong.emplace_back("weight", Tensor<double>({2}, 5.0));
    wrong.emplace_back("bias", Tensor<double>({3}));
    wrong.emplace_back("extra", Tensor<double>({1}));
    CHECK(message_of([&] { load_state_dict(b, wrong); }) ==
          "Error(s) in loading state_dict for BatchNorm2d:"
          "\n\tMissing key(s) in state_dict: \"running_mean\", \"running_var\". "
          "\n\tUnexpected key(s) in state_dict: \"extra\". "
          "\n\tsize mismatch for bias: copying a param with shape [3] from checkpoint, the shape in current model is "
          "[2].");
    CHECK(b.weight.value[0] == 1);

    StateDict<double> no_count = a.state_dict();
    no_count.back().second = Tensor<double>({}, 1.0);
    CHECK(message_of([&] { load_state_dict(b, no_count); }) ==
          "Error(s) in loading state_dict for BatchNorm2d:"
          "\n\ttype mismatch for num_batches_tracked: a count and a tensor of shape [] are not the same.");
}

TEST_CASE("a state_dict travels in a file, under PyTorch's names and types") {
    BatchNorm2d<double> a(2), b(2);
    a(normal({4, 2, 3, 3}, 3));
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("bn_state_" + std::to_string(::getpid()));
    save_state_dict(a.state_dict(), file);
    const TensorFile raw = read_safetensors(file);
    CHECK(raw.tensors.size() == 5);
    CHECK(raw.metadata ==
          std::map<std::string, std::string>{{"format", "pt"}});  // some of PyTorch's readers ask for it
    CHECK(dtype_of(raw.tensors.at("running_mean")) == std::string("F64"));
    CHECK(shape_of(raw.tensors.at("running_mean")) == Shape{2});
    CHECK(dtype_of(raw.tensors.at("num_batches_tracked")) == std::string("I64"));
    CHECK(shape_of(raw.tensors.at("num_batches_tracked")) == Shape{});

    load_state_dict(b, read_state_dict<double>(file));
    CHECK(b.num_batches_tracked() == 1);
    for (Index c = 0; c < 2; ++c) {
        CHECK(b.running_mean()[c] == a.running_mean()[c]);
        CHECK(b.running_var()[c] == a.running_var()[c]);
    }
    CHECK(message_of([&] { read_state_dict<float>(file); }) ==
          file.string() + ": 'bias' is F64 of shape [2], and needed is F32, or I64 of shape [] for a count");
    write_safetensors(file, {{{"n", WholeNumbers{{1}, {3}}}}, {}});
    CHECK(message_of([&] { read_state_dict<double>(file); }) ==
          file.string() + ": 'n' is I64 of shape [1], and needed is F64, or I64 of shape [] for a count");
    std::filesystem::remove(file);
}

TEST_CASE("a hook that keeps the tensor sees what an in-place layer did to it") {
    Sequential<double> model;
    model.add<BatchNorm2d<double>>(2);
    model.add<InPlaceReLU<double>>();
    Tensor<double> kept, cloned;
    const HookHandle handle =
        model.named_modules()[1].second->register_forward_hook([&](auto&, const auto&, const auto& y) {
            kept = y;
            cloned = y.clone();
        });
    model(normal({4, 2, 3, 3}, 3));
    const auto smallest = [](const Tensor<double>& t) {
        return *std::min_element(t.values().begin(), t.values().end());
    };
    CHECK(smallest(kept) == 0);
    CHECK(smallest(cloned) < -0.5);
}

TEST_CASE("a forward hook on an in-place layer gets its input overwritten and a pre-hook sees it whole") {
    InPlaceReLU<double> layer;
    double before = 0, after = 0;
    const HookHandle pre = layer.register_forward_pre_hook([&](auto&, const auto& x) { before = x[0]; });
    const HookHandle post = layer.register_forward_hook([&](auto&, const auto& x, const auto&) { after = x[0]; });
    layer(Tensor<double>({1}, -3.0));
    CHECK(before == -3);
    CHECK(after == 0);
}
