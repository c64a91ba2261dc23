// Tanh and sigmoid as modules, beside chapter 5's ReLU; and by number, for the slots of a network.
#pragma once

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>

#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch11_activation_regions/activations.hpp"

namespace bn {

/// An activation that keeps its output y, from which its slope follows: Eq. (11.7). In float that slope is 0 as soon as
/// y rounds to its limit; nothing comes back then.
template <std::floating_point T, class Function>
class SmoothActivation : public Module<T> {
public:
    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> y = Tensor<T>::empty(x.shape());
// Elements are independent.
#pragma omp parallel for schedule(static)
        for (Index i = 0; i < x.numel(); ++i) y.data()[i] = Function::value(x.data()[i]);
        saved_.push(y);
        return y;
    }
    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> y = saved_.pop();
        check_gradient(d_y, y.shape());
        Tensor<T> d_x = Tensor<T>::empty(y.shape());
        for (Index i = 0; i < y.numel(); ++i) d_x.data()[i] = d_y.data()[i] * Function::slope(y.data()[i]);
        return d_x;
    }
    std::string type_name() const override {
        return Function::name;
    }

private:
    SavedForBackward<Tensor<T>> saved_;  // y
};

namespace detail {
struct TanhFunction {
    static constexpr const char* name = "Tanh";
    template <class T>
    static T value(T x) {
        return std::tanh(x);
    }
    template <class T>
    static T slope(T y) {
        return T(1) - y * y;
    }
};
struct SigmoidFunction {
    static constexpr const char* name = "Sigmoid";
    template <class T>
    static T value(T x) {  // as in chapter 11: the exponential never overflows
        const T e = std::exp(-std::abs(x));
        return (x >= T(0) ? T(1) : e) / (T(1) + e);
    }
    template <class T>
    static T slope(T y) {
        return y * (T(1) - y);
    }
};
}  // namespace detail

template <std::floating_point T>
using Tanh = SmoothActivation<T, detail::TanhFunction>;
template <std::floating_point T>
using Sigmoid = SmoothActivation<T, detail::SigmoidFunction>;

/// The module of chapter 11's activation number `kind`: 0 ReLU (in place), 1 sigmoid, 2 tanh. Throws
/// std::out_of_range on another number.
template <std::floating_point T>
std::unique_ptr<Module<T>> make_activation(std::size_t kind) {
    const std::string name = activations.at(kind).name;
    if (name == "sigmoid") return std::make_unique<Sigmoid<T>>();
    if (name == "tanh") return std::make_unique<Tanh<T>>();
    return std::make_unique<FastReLU<T>>(true);
}

}  // namespace bn
