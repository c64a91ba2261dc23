// The order in which hooks are called, and with which numbers, against PyTorch's. Each test does what make.py does, and
// writes the same words down.
#include "golden/compare.hpp"

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch04_modules_and_hooks/scale.hpp"
#include "ch05_convolution/relu.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

using Values = Tensor<double>;
using Action = std::function<Values()>;

Values value(double number) {
    return Values({1}, number);
}

/// What happened, as make.py writes it: "hook a 1 2; …", a name and the first number of each tensor.
class Events {
public:
    void add(const std::string& name, const std::vector<Values>& values = {}) {
        text_ += (text_.empty() ? "" : "; ") + name;
        for (const Values& v : values) {
            char number[32];
            std::snprintf(number, sizeof number, " %g", v[0]);
            text_ += number;
        }
    }

    // Hooks that are noted, then do something and return what that returns.
    auto pre(const std::string& name, Action action = {}) {
        return [=, this](Module<double>&, const Values& input) {
            add(name, {input});
            return action ? action() : Values();
        };
    }
    auto post(const std::string& name, Action action = {}) {
        return [=, this](Module<double>&, const Values& input, const Values& output) {
            add(name, {input, output});
            return action ? action() : Values();
        };
    }
    auto back(const std::string& name, Action action = {}) { return post(name, action); }

    void check(const std::string& name) {
        static const std::vector<Case> cases = read_cases("hooks.txt");
        INFO(name);
        CHECK(text_ == find_case(cases, name).text("events"));
        text_.clear();
    }

private:
    std::string text_;
};

}  // namespace

TEST_CASE("hooks: the order of registration, within a tree") {
    Events events;
    Sequential<double> model;
    Module<double>* children[] = {&model.add<Scale<double>>(2.0), &model.add<Scale<double>>(3.0)};
    std::vector<HookHandle> handles;
    handles.push_back(model.register_forward_hook(events.post("model hook")));
    handles.push_back(model.register_forward_pre_hook(events.pre("model pre")));
    handles.push_back(model.register_full_backward_hook(events.back("model back")));
    for (const int k : {0, 1})
        for (const std::string n : {"a", "b"}) {
            const std::string number = std::to_string(k);
            handles.push_back(children[k]->register_forward_hook(events.post(number + " hook " + n)));
            handles.push_back(children[k]->register_forward_pre_hook(events.pre(number + " pre " + n)));
            handles.push_back(children[k]->register_full_backward_hook(events.back(number + " back " + n)));
        }
    model(value(1));
    events.add("d_x", {model.backprop(value(5))});
    for (const auto& [name, parameter] : model.named_parameters()) events.add("d_factor", {parameter->grad});
    events.check("order");
}

TEST_CASE("hooks: forward itself fires none") {
    Events events;
    Scale<double> model(2.0);
    const HookHandle handle = model.register_forward_hook(events.post("hook"));
    events.add("forward", {model.forward(value(3))});
    const Values y = model(value(3));
    events.add("call", {y});
    events.check("forward fires no hooks");
}

TEST_CASE("hooks: what one returns replaces, and the next sees it") {
    Events events;
    std::vector<HookHandle> handles;
    {
        Scale<double> model(2.0);
        handles.push_back(model.register_forward_pre_hook(events.pre("pre a", [] { return value(10); })));
        handles.push_back(model.register_forward_pre_hook(events.pre("pre b")));
        handles.push_back(model.register_forward_hook(events.post("hook a", [] { return value(7); })));
        handles.push_back(model.register_forward_hook(events.post("hook b")));
        handles.push_back(model.register_forward_hook(events.post("hook c", [] { return value(8); })));
        const Values y = model(value(1));
        events.add("y", {y});
        events.check("replaced values");
    }
    Scale<double> model(2.0);
    handles.push_back(model.register_full_backward_hook(events.back("back a", [] { return value(50); })));
    handles.push_back(model.register_full_backward_hook(events.back("back b")));
    model(value(4));
    const Values d_x = model.backprop(value(3));
    events.add("d_x", {d_x});
    events.add("d_factor", {model.factor.grad});
    events.check("replaced gradients");
}

TEST_CASE("hooks: removed or added while hooks run") {
    Events events;
    {
        Scale<double> model(2.0);
        HookHandle b;
        const HookHandle a = model.register_forward_hook(events.post("hook a", [&b] {
            b.remove();
            return Values();
        }));
        b = model.register_forward_hook(events.post("hook b"));
        model(value(1));
        events.add("again");
        model(value(1));
        events.check("removed while hooks run");
    }
    Scale<double> model(2.0);
    std::optional<HookHandle> added;
    const HookHandle a = model.register_forward_hook(events.post("hook a", [&] {
        if (!added) added = model.register_forward_hook(events.post("added"));
        return Values();
    }));
    model(value(1));
    events.add("again");
    model(value(1));
    events.check("added while hooks run");
}

TEST_CASE("hooks: a pre-hook removes or adds a forward hook for the same call") {
    Events events;
    {
        Scale<double> model(2.0);
        HookHandle stopped;
        const HookHandle pre = model.register_forward_pre_hook(events.pre("pre", [&stopped] {
            stopped.remove();
            return Values();
        }));
        stopped = model.register_forward_hook(events.post("hook a"));
        const HookHandle b = model.register_forward_hook(events.post("hook b"));
        model(value(1));
        events.check("removed by a pre-hook");
    }
    Scale<double> model(2.0);
    std::optional<HookHandle> added;
    const HookHandle pre = model.register_forward_pre_hook(events.pre("pre", [&] {
        if (!added) added = model.register_forward_hook(events.post("added"));
        return Values();
    }));
    model(value(1));
    events.check("added by a pre-hook");
}

TEST_CASE("hooks: removing twice, or after the module has gone, is harmless") {
    Events events;
    HookHandle handle;
    {
        Scale<double> model(2.0);
        handle = model.register_forward_hook(events.post("hook"));
        handle.remove();
        handle.remove();
        model(value(1));
        handle = model.register_forward_hook(events.post("hook"));
    }
    handle.remove();
    events.add("harmless");
    events.check("removed twice");
}

TEST_CASE("hooks: backward hooks are fixed at the forward pass") {
    Events events;
    Scale<double> model(2.0);
    HookHandle handle = model.register_full_backward_hook(events.back("removed later"));
    model(value(1));
    handle.remove();
    handle = model.register_full_backward_hook(events.back("added later"));
    model.backprop(value(1));
    events.add("again");
    model(value(1));
    model.backprop(value(1));
    events.check("backward hooks are fixed at the forward pass");
}

TEST_CASE("hooks: a module that is called twice") {
    Events events;
    Scale<double> model(3.0);
    const HookHandle pre = model.register_forward_pre_hook(events.pre("pre"));
    const HookHandle hook = model.register_forward_hook(events.post("hook"));
    const HookHandle back = model.register_full_backward_hook(events.back("back"));
    model(model(value(2)));
    const Values d_x = model.backprop(model.backprop(value(1)));
    events.add("d_x", {d_x});
    events.add("d_factor", {model.factor.grad});
    events.check("called twice");
}

TEST_CASE("hooks: an in-place ReLU overwrites what a hook keeps") {
    Events events;
    Sequential<double> model;
    Module<double>& scale = model.add<Scale<double>>(-2.0);
    model.add<ReLU<double>>(true);
    Values reference, copy;
    const HookHandle keep = scale.register_forward_hook([&](Module<double>&, const Values&, const Values& output) {
        reference = output;
        copy = output.clone();
    });
    model(value(3));
    events.add("reference", {reference});
    events.add("copy", {copy});
    events.check("in-place ReLU");
}
