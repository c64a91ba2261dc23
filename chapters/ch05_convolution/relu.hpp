// ReLU: negative values become zero. It keeps its output for the backward pass, so it may work in place: README.md
// says why that is enough.
#pragma once

#include <concepts>
#include <string>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch05_convolution/shapes.hpp"
#include "common/tensor.hpp"

namespace bn {

/// max(x, 0), written over x's own numbers; returns the same tensor. NaN stays NaN: Eq. (5.13).
template <std::floating_point T>
Tensor<T> relu_(Tensor<T> x) {
    for (T& value : x.values())
        if (value < T(0)) value = T(0);  // no comparison with NaN is true
    return x;
}

/// max(x, 0) for any shape, in a tensor of its own.
template <std::floating_point T>
Tensor<T> relu(const Tensor<T>& x) {
    return relu_(x.clone());
}

/// ∂loss/∂x from d_y = ∂loss/∂y and the output y, all of one shape: d_y where y > 0, and 0 where y = 0, which settles
/// the slope at x = 0: Eq. (5.14). Where y is NaN, d_y passes, as in PyTorch. Throws ShapeError where shapes differ.
template <std::floating_point T>
Tensor<T> relu_backward(const Tensor<T>& d_y, const Tensor<T>& y) {
    check_gradient(d_y, y.shape());
    Tensor<T> d_x = Tensor<T>::empty(y.shape());
    for (Index i = 0; i < y.numel(); ++i) d_x[i] = y[i] <= T(0) ? T(0) : d_y[i];
    return d_x;
}

/// ReLU as a module. In place it overwrites its input: whoever else holds that tensor sees the change.
template <std::floating_point T>
class ReLU : public Module<T> {
public:
    explicit ReLU(bool inplace = false) : inplace_(inplace) {}

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> y = rectify(x);
        saved_.push(y);
        return y;
    }
    Tensor<T> backward(const Tensor<T>& d_y) override { return rectify_backward(d_y, saved_.pop()); }

    std::string type_name() const override { return "ReLU"; }
    std::string extra_repr() const override { return inplace_ ? "inplace=True" : ""; }

protected:
    // Where chapter 6 puts its faster loops. In place, rectify writes over x's numbers and returns the same tensor.
    virtual Tensor<T> rectify(const Tensor<T>& x) const { return inplace_ ? relu_(x) : relu(x); }
    virtual Tensor<T> rectify_backward(const Tensor<T>& d_y, const Tensor<T>& y) const { return relu_backward(d_y, y); }

    const bool inplace_;

private:
    SavedForBackward<Tensor<T>> saved_;  // y
};

}  // namespace bn
