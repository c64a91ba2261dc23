// The smallest module with something to learn: one factor. Small enough to do its gradients in one's head,
// as README.md does.
#pragma once

#include <concepts>
#include <string>

#include "ch04_modules_and_hooks/module.hpp"
#include "common/tensor.hpp"

namespace bn {

/// y = a·x for any shape, with one parameter a, named "factor", [1].
template <std::floating_point T>
class Scale : public Module<T> {
public:
    explicit Scale(T initial) : factor(Tensor<T>({1}, initial)) { this->register_parameter("factor", factor); }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> y = x.clone();
        for (T& value : y.values()) value *= factor.value[0];
        saved_.push(x);
        return y;
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> x = saved_.pop();
        Tensor<T> d_x = d_y.clone(), d_factor({1});
        for (Index i = 0; i < x.numel(); ++i) {
            d_x[i] *= factor.value[0];     // ∂y/∂x = a: Eq. (4.5)
            d_factor[0] += d_y[i] * x[i];  // ∂y/∂a = x, and every y uses the one a: Eq. (4.6)
        }
        factor.accumulate(d_factor);
        return d_x;
    }

    std::string type_name() const override { return "Scale"; }

    Parameter<T> factor;

private:
    SavedForBackward<Tensor<T>> saved_;  // x
};

}  // namespace bn
