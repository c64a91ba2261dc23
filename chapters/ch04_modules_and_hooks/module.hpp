// Module: a layer, or a tree of layers, with parameters, buffers, a mode and hooks, as torch.nn.Module has them.
// README.md derives what backward passes do when modules are nested, and when one is used several times.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ch04_modules_and_hooks/hooks.hpp"
#include "common/tensor.hpp"

namespace bn {

/// A tensor that training changes, and ∂loss/∂ of it. backward() adds to grad; zero_grad() clears it.
template <std::floating_point T>
struct Parameter {
    Tensor<T> value;
    Tensor<T> grad;  // the shape of value

    Parameter() = default;
    explicit Parameter(Tensor<T> initial) : value(std::move(initial)), grad(value.shape()) {}
    bool defined() const { return value.defined(); }

    /// grad += d, element by element: each use of a parameter adds its share, Eq. (4.8).
    void accumulate(const Tensor<T>& d) {
        for (Index i = 0; i < grad.numel(); ++i) grad[i] += d[i];
    }
};

/// One line of a state_dict: a tensor, which shares the module's numbers, or a count.
template <std::floating_point T>
using StateEntry = std::variant<Tensor<T>, std::int64_t>;

/// Names and values in the order of the module tree: "res_block1.bn1.running_mean", …
template <std::floating_point T>
using StateDict = std::vector<std::pair<std::string, StateEntry<T>>>;

namespace detail {
inline bool& grad_mode() {
    thread_local bool enabled = true;
    return enabled;
}
}  // namespace detail

/// Whether forward passes keep what a backward pass will need.
inline bool grad_enabled() {
    return detail::grad_mode();
}

/// While it lives, forward passes keep nothing for a backward pass. It does not stop batch norm from updating its
/// running statistics: that is what eval() does.
class NoGradGuard {
public:
    NoGradGuard() : before_(std::exchange(detail::grad_mode(), false)) {}
    ~NoGradGuard() { detail::grad_mode() = before_; }
    NoGradGuard(const NoGradGuard&) = delete;
    NoGradGuard& operator=(const NoGradGuard&) = delete;

private:
    bool before_;
};

/// What forward keeps for backward. A stack, since one module may be called several times in a forward pass, and
/// the backward pass meets those calls in reverse: Eq. (4.7).
template <class Saved>
class SavedForBackward {
public:
    void push(Saved saved) {
        if (detail::grad_mode()) stack_.push_back(std::move(saved));
    }
    Saved pop() {
        if (stack_.empty())
            throw std::logic_error("backward without a forward before it (or the forward ran under NoGradGuard)");
        Saved saved = std::move(stack_.back());
        stack_.pop_back();
        return saved;
    }

private:
    std::vector<Saved> stack_;
};

template <std::floating_point T>
class Module {
public:
    /// See or replace the input; the input and the output; the gradients. A hook that returns nothing, or an
    /// undefined tensor, leaves things as they are.
    using ForwardPreHook = std::function<Tensor<T>(Module&, const Tensor<T>& input)>;
    using ForwardHook = std::function<Tensor<T>(Module&, const Tensor<T>& input, const Tensor<T>& output)>;
    using BackwardHook = std::function<Tensor<T>(Module&, const Tensor<T>& grad_input, const Tensor<T>& grad_output)>;

    Module() = default;
    virtual ~Module() = default;
    Module(const Module&) = delete;  // parents and hooks know a module by its address
    Module& operator=(const Module&) = delete;

    /// What a layer computes, and its backward pass: ∂loss/∂input from ∂loss/∂output, Eq. (4.5), adding
    /// ∂loss/∂parameter to each grad, Eq. (4.6). Called directly, they fire no hooks.
    virtual Tensor<T> forward(const Tensor<T>& x) = 0;
    virtual Tensor<T> backward(const Tensor<T>& d_y) = 0;
    virtual std::string type_name() const = 0;             // "BatchNorm2d"
    virtual std::string extra_repr() const { return ""; }  // "16, eps=1e-05, …"

    /// forward() with its hooks: pre-hooks, forward, forward hooks, each in the order of registration. Eq. (4.3)
    Tensor<T> operator()(const Tensor<T>& input) {
        try {
            std::vector<BackwardHook> fixed_now = backward_hooks_.snapshot();
            Tensor<T> x = input;
            for (const ForwardPreHook& hook : forward_pre_hooks_.snapshot())
                if (const Tensor<T> replaced = hook(*this, x); replaced.defined()) x = replaced;
            Tensor<T> y = forward(x);
            for (const ForwardHook& hook : forward_hooks_.snapshot())
                if (const Tensor<T> replaced = hook(*this, x, y); replaced.defined()) y = replaced;
            fixed_backward_hooks_.push(std::move(fixed_now));
            return y;
        } catch (const ShapeError& error) {
            if (!error.layer().empty() || full_name().empty()) throw;
            throw ShapeError(error.what(), full_name());
        }
    }

    /// backward() with the backward hooks that were there when the matching forward ran. Eq. (4.4)
    Tensor<T> backprop(const Tensor<T>& grad_output) {
        const std::vector<BackwardHook> hooks = fixed_backward_hooks_.pop();
        Tensor<T> grad_input = backward(grad_output);
        for (const BackwardHook& hook : hooks)
            if (const Tensor<T> replaced = hook(*this, grad_input, grad_output); replaced.defined())
                grad_input = replaced;
        return grad_input;
    }

    /// Hooks may be functions of the types above, or the same returning void.
    template <class F>
    HookHandle register_forward_pre_hook(F hook) {
        return forward_pre_hooks_.add(returning_tensor<ForwardPreHook, Module&, const Tensor<T>&>(std::move(hook)));
    }
    template <class F>
    HookHandle register_forward_hook(F hook) {
        return forward_hooks_.add(
            returning_tensor<ForwardHook, Module&, const Tensor<T>&, const Tensor<T>&>(std::move(hook)));
    }
    template <class F>
    HookHandle register_full_backward_hook(F hook) {
        return backward_hooks_.add(
            returning_tensor<BackwardHook, Module&, const Tensor<T>&, const Tensor<T>&>(std::move(hook)));
    }

    /// Whether anybody listens at this module. A layer that works together with its neighbours asks, since what
    /// passes between them must then exist as a tensor.
    bool has_hooks() const {
        return !forward_pre_hooks_.empty() || !forward_hooks_.empty() || !backward_hooks_.empty();
    }

    /// The mode, for this module and all below it.
    void train(bool on = true) {
        training_ = on;
        for (const auto& [name, child] : children_) child->train(on);
    }
    void eval() { train(false); }
    bool training() const { return training_; }

    /// Every module of the tree with its dotted name, this one first, with the name "".
    std::vector<std::pair<std::string, Module*>> named_modules() {
        std::vector<std::pair<std::string, Module*>> all;
        visit("", [&](const std::string& prefix, Module& module) {
            all.emplace_back(prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1), &module);
        });
        return all;
    }

    std::vector<std::pair<std::string, Parameter<T>*>> named_parameters() {
        std::vector<std::pair<std::string, Parameter<T>*>> all;
        visit("", [&](const std::string& prefix, Module& module) {
            for (const auto& [name, parameter] : module.parameters_) all.emplace_back(prefix + name, parameter);
        });
        return all;
    }

    /// Parameters and buffers by name, in the order of Eq. (4.2). Tensors share the module's numbers: clone() what is
    /// to stay.
    StateDict<T> state_dict() {
        StateDict<T> all;
        visit("", [&](const std::string& prefix, Module& module) {
            for (const auto& [name, parameter] : module.parameters_) all.emplace_back(prefix + name, parameter->value);
            for (const auto& [name, buffer] : module.buffers_) all.emplace_back(prefix + name, *buffer);
            for (const auto& [name, count] : module.counts_) all.emplace_back(prefix + name, *count);
        });
        return all;
    }

    /// Writes over each parameter and buffer what `find(name)` points to; a null pointer for a count sets it to 0.
    /// Shapes must agree: load_state_dict.hpp checks them first.
    template <class Find>
    void copy_state(const Find& find) {
        visit("", [&](const std::string& prefix, Module& module) {
            const auto copy = [&](Tensor<T>& own, const std::string& name) {
                if (const StateEntry<T>* entry = find(prefix + name)) own.copy_(std::get<Tensor<T>>(*entry));
            };
            for (const auto& [name, parameter] : module.parameters_) copy(parameter->value, name);
            for (const auto& [name, buffer] : module.buffers_) copy(*buffer, name);
            for (const auto& [name, count] : module.counts_) {
                const StateEntry<T>* entry = find(prefix + name);
                *count = entry ? std::get<std::int64_t>(*entry) : 0;
            }
        });
    }

    /// Sets each gradient to zero.
    void zero_grad() {
        for (const auto& [name, parameter] : named_parameters()) parameter->grad.fill_(T(0));
    }

    /// How many numbers training changes.
    Index parameter_count() {
        Index count = 0;
        for (const auto& [name, parameter] : named_parameters()) count += parameter->value.numel();
        return count;
    }

    /// The tree as PyTorch prints it.
    std::string to_string() const {
        std::string text = type_name() + "(" + extra_repr();
        for (const auto& [name, child] : children_) {
            std::string inner = child->to_string();
            for (std::size_t at = 0; (at = inner.find('\n', at)) != std::string::npos; at += 3)
                inner.insert(at + 1, "  ");
            text += "\n  (" + name + "): " + inner;
        }
        return text + (children_.empty() ? ")" : "\n)");
    }

    /// "res_block1.bn1"; empty for the root. Eq. (4.1)
    std::string full_name() const {
        if (!parent_) return "";
        const std::string above = parent_->full_name();
        return above.empty() ? name_ : above + "." + name_;
    }

protected:
    /// Called by constructors, in the order in which state_dict and to_string list things. What is registered
    /// must live as long as the module: members do.
    void register_module(const std::string& name, Module& child) {
        child.name_ = name;
        child.parent_ = this;
        children_.emplace_back(name, &child);
    }
    void register_parameter(const std::string& name, Parameter<T>& parameter) {
        parameters_.emplace_back(name, &parameter);
    }
    void register_buffer(const std::string& name, Tensor<T>& buffer) { buffers_.emplace_back(name, &buffer); }
    void register_buffer(const std::string& name, std::int64_t& count) { counts_.emplace_back(name, &count); }

private:
    // Calls `action(prefix, module)` on the whole tree, parents before children; the prefix ends in a dot.
    template <class Action>
    void visit(const std::string& prefix, const Action& action) {
        action(prefix, *this);
        for (const auto& [name, child] : children_) child->visit(prefix + name + ".", action);
    }

    template <class Hook, class... Arguments, class F>
    static Hook returning_tensor(F hook) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, Arguments...>>)
            return [hook = std::move(hook)](Arguments... arguments) mutable {
                hook(arguments...);
                return Tensor<T>();
            };
        else
            return hook;
    }

    std::string name_;
    Module* parent_ = nullptr;
    bool training_ = true;
    std::vector<std::pair<std::string, Module*>> children_;
    std::vector<std::pair<std::string, Parameter<T>*>> parameters_;
    std::vector<std::pair<std::string, Tensor<T>*>> buffers_;
    std::vector<std::pair<std::string, std::int64_t*>> counts_;
    HookList<ForwardPreHook> forward_pre_hooks_;
    HookList<ForwardHook> forward_hooks_;
    HookList<BackwardHook> backward_hooks_;
    SavedForBackward<std::vector<BackwardHook>> fixed_backward_hooks_;
};

/// Modules one after the other. Printed and named by position: "0", "1", …
template <std::floating_point T>
class Sequential : public Module<T> {
public:
    /// Builds a module in place at the end and returns it.
    template <class M, class... Arguments>
    M& add(Arguments&&... arguments) {
        auto module = std::make_unique<M>(std::forward<Arguments>(arguments)...);
        M& added = *module;
        this->register_module(std::to_string(modules_.size()), added);
        modules_.push_back(std::move(module));
        return added;
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> value = x;
        for (const auto& module : modules_) value = (*module)(value);
        return value;
    }
    /// The last module's backward comes first: Eq. (4.7).
    Tensor<T> backward(const Tensor<T>& d_y) override {
        Tensor<T> gradient = d_y;
        for (auto module = modules_.rbegin(); module != modules_.rend(); ++module)
            gradient = (*module)->backprop(gradient);
        return gradient;
    }
    std::string type_name() const override { return "Sequential"; }

private:
    std::vector<std::unique_ptr<Module<T>>> modules_;
};

}  // namespace bn
