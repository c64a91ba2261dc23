// The smallest module that springs the trap of this chapter: it overwrites its input. Chapter 5 has the full ReLU.
#pragma once

#include <string>

#include "ch04_modules_and_hooks/module.hpp"

namespace bn {

/// max(x, 0), written over x: the result shares its numbers with the input. Any shape.
template <std::floating_point T>
class InPlaceReLU : public Module<T> {
public:
    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> y = x;  // a second handle on the same numbers
        for (T& value : y.values())
            if (value < T(0)) value = T(0);
        saved_.push(y);
        return y;
    }
    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> y = saved_.pop();
        Tensor<T> d_x(y.shape());
        for (Index i = 0; i < y.numel(); ++i) d_x[i] = y[i] > T(0) ? d_y[i] : T(0);
        return d_x;
    }
    std::string type_name() const override { return "InPlaceReLU"; }

private:
    SavedForBackward<Tensor<T>> saved_;
};

}  // namespace bn
