// The fully connected layer, and the step from images to rows of features before it. README.md
// derives its gradients.
#pragma once

#include <concepts>
#include <string>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch05_convolution/initialization.hpp"
#include "ch05_convolution/shapes.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// [N, …] as [N, F]: the same numbers, shared, with each image's in one row. Throws ShapeError without dimensions.
template <std::floating_point T>
Tensor<T> flatten(const Tensor<T>& x) {
    if (x.dim() < 1) throw ShapeError("flatten needs at least one dimension");
    Index features = 1;
    for (Index d = 1; d < x.dim(); ++d) features *= x.size(d);
    return x.reshape({x.size(0), features});
}

/// Throws ShapeError if a linear layer's bias is neither [out], for weight [out, in], nor undefined.
template <std::floating_point T>
void check_linear_bias(const Tensor<T>& bias, const Tensor<T>& weight) {
    if (bias.defined() && bias.shape() != Shape{weight.size(0)})
        throw ShapeError("weight " + to_string(weight.shape()) + " does not go with a bias " + to_string(bias.shape()));
}

/// y = x·weightᵀ + bias for x [N, in], weight [out, in] and bias [out] or undefined: Eq. (5.9). Each output is added
/// up in double and rounded once. Throws ShapeError where shapes do not fit.
template <std::floating_point T>
Tensor<T> linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias) {
    Tensor<T> y = Tensor<T>::empty(linear_output_shape(x.shape(), weight.shape()));
    check_linear_bias(bias, weight);
    for (Index n = 0; n < y.size(0); ++n)
        for (Index o = 0; o < y.size(1); ++o) {
            double sum = bias.defined() ? bias[o] : 0.0;
            for (Index f = 0; f < x.size(1); ++f) sum += double{x(n, f)} * weight(o, f);
            y(n, o) = static_cast<T>(sum);
        }
    return y;
}

/// ∂loss/∂· for x [N, in], weight [out, in] and bias [out].
template <std::floating_point T>
struct LinearGradients {
    Tensor<T> d_x, d_weight;
    Tensor<T> d_bias;  // undefined without a bias
};

/// All three from d_y = ∂loss/∂y [N, out], added up in double: Eqs. (5.10)–(5.12). Throws ShapeError where
/// shapes do not fit.
template <std::floating_point T>
LinearGradients<T> linear_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& weight, bool has_bias) {
    check_gradient(d_y, linear_output_shape(x.shape(), weight.shape()));
    const Index N = x.size(0), in = x.size(1), out = weight.size(0);
    LinearGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>::empty(weight.shape()), {}};

    // An input reaches every output of its own row: d_x = d_y·weight, Eq. (5.10)
    for (Index n = 0; n < N; ++n)
        for (Index f = 0; f < in; ++f) {
            double sum = 0.0;
            for (Index o = 0; o < out; ++o) sum += double{d_y(n, o)} * weight(o, f);
            g.d_x(n, f) = static_cast<T>(sum);
        }

    // A weight meets one input of every row: d_weight = d_yᵀ·x, Eq. (5.11)
    for (Index o = 0; o < out; ++o)
        for (Index f = 0; f < in; ++f) {
            double sum = 0.0;
            for (Index n = 0; n < N; ++n) sum += double{d_y(n, o)} * x(n, f);
            g.d_weight(o, f) = static_cast<T>(sum);
        }

    // Every row adds the same bias: Eq. (5.12)
    if (!has_bias) return g;
    g.d_bias = Tensor<T>({out});
    for (Index o = 0; o < out; ++o) {
        double sum = 0.0;
        for (Index n = 0; n < N; ++n) sum += d_y(n, o);
        g.d_bias[o] = static_cast<T>(sum);
    }
    return g;
}

/// The fully connected layer as a module, with a weight [out, in] and a bias [out] or none.
template <std::floating_point T>
class Linear : public Module<T> {
public:
    /// Draws weight, then bias, uniformly in ±1/√in: Eq. (5.15). Throws ShapeError on a size below 1.
    Linear(Index in_features, Index out_features, bool has_bias, Random& random) {
        if (in_features < 1 || out_features < 1)
            throw ShapeError("Linear needs features, got a weight of size " +
                             bn::to_string(Shape{out_features, in_features}));
        weight = Parameter<T>(initial_values<T>({out_features, in_features}, in_features, random));
        this->register_parameter("weight", weight);
        if (!has_bias) return;
        bias = Parameter<T>(initial_values<T>({out_features}, in_features, random));
        this->register_parameter("bias", bias);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> y = multiply(x);
        saved_.push(x);
        return y;
    }
    Tensor<T> backward(const Tensor<T>& d_y) override {
        const LinearGradients<T> g = multiply_backward(d_y, saved_.pop());
        weight.accumulate(g.d_weight);
        if (bias.defined()) bias.accumulate(g.d_bias);
        return g.d_x;
    }

    std::string type_name() const override { return "Linear"; }
    std::string extra_repr() const override {
        return "in_features=" + std::to_string(weight.value.size(1)) +
               ", out_features=" + std::to_string(weight.value.size(0)) +
               ", bias=" + (bias.defined() ? "True" : "False");
    }

    Parameter<T> weight, bias;

protected:
    // Where chapter 6 puts its faster loops.
    virtual Tensor<T> multiply(const Tensor<T>& x) const { return linear(x, weight.value, bias.value); }
    virtual LinearGradients<T> multiply_backward(const Tensor<T>& d_y, const Tensor<T>& x) const {
        return linear_backward(d_y, x, weight.value, bias.defined());
    }

private:
    SavedForBackward<Tensor<T>> saved_;  // x
};

}  // namespace bn
