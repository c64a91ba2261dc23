// Two-dimensional convolution, as deep learning means it, in loops that one can read; and its three gradients.
// README.md derives them.
#pragma once

#include <concepts>
#include <string>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch05_convolution/initialization.hpp"
#include "ch05_convolution/shapes.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Convolves x [N, Ci, H, W] with weight [Co, Ci, Kh, Kw] and adds bias [Co], or nothing if it is undefined: Eq. (5.2).
/// The kernel is not flipped (mathematics calls this cross-correlation). Each output is added up in double and rounded
/// once. Throws ShapeError where shapes do not fit.
template <std::floating_point T>
Tensor<T> conv2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias, Conv2dGeometry geometry = {}) {
    const auto [stride, padding] = geometry;
    Tensor<T> y = Tensor<T>::empty(conv2d_output_shape(x.shape(), weight.shape(), geometry));
    check_bias(bias, weight);
    const Index N = x.size(0), Ci = x.size(1), H = x.size(2), W = x.size(3);
    const Index Co = y.size(1), Ho = y.size(2), Wo = y.size(3), Kh = weight.size(2), Kw = weight.size(3);

    for (Index n = 0; n < N; ++n)
        for (Index co = 0; co < Co; ++co)
            for (Index i = 0; i < Ho; ++i)
                for (Index j = 0; j < Wo; ++j) {
                    // One output: the kernel's top left corner lies at (stride·i − padding, stride·j − padding)
                    double sum = bias.defined() ? bias[co] : 0.0;
                    for (Index ci = 0; ci < Ci; ++ci)
                        for (Index kh = 0; kh < Kh; ++kh)
                            for (Index kw = 0; kw < Kw; ++kw) {
                                const Index h = stride.h * i + kh - padding.h, w = stride.w * j + kw - padding.w;
                                const bool inside = h >= 0 && h < H && w >= 0 && w < W;  // the padding adds nothing
                                if (inside) sum += double{weight(co, ci, kh, kw)} * x(n, ci, h, w);
                            }
                    y(n, co, i, j) = static_cast<T>(sum);
                }
    return y;
}

/// ∂loss/∂· for x [N, Ci, H, W], weight [Co, Ci, Kh, Kw] and bias [Co].
template <std::floating_point T>
struct Conv2dGradients {
    Tensor<T> d_x;  // undefined if it was not asked for
    Tensor<T> d_weight;
    Tensor<T> d_bias;  // undefined without a bias
};

/// ∂loss/∂x: each x collects from all outputs that it fed. With stride 1 that is a convolution of d_y with the kernel
/// flipped in both directions and its channels exchanged: Eq. (5.5). Shapes as in conv2d_backward.
template <std::floating_point T>
Tensor<T> conv2d_d_x(const Tensor<T>& d_y, const Shape& x_shape, const Tensor<T>& weight, Conv2dGeometry geometry) {
    const auto [stride, padding] = geometry;
    Tensor<T> d_x = Tensor<T>::empty(x_shape);
    const Index N = d_x.size(0), Ci = d_x.size(1), H = d_x.size(2), W = d_x.size(3);
    const Index Co = d_y.size(1), Ho = d_y.size(2), Wo = d_y.size(3), Kh = weight.size(2), Kw = weight.size(3);

    for (Index n = 0; n < N; ++n)
        for (Index ci = 0; ci < Ci; ++ci)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    double sum = 0.0;
                    for (Index co = 0; co < Co; ++co)
                        for (Index kh = 0; kh < Kh; ++kh)
                            for (Index kw = 0; kw < Kw; ++kw) {
                                // Solve h = stride·i + kh − padding for i: with a stride, often no whole number does
                                const Index from_h = h + padding.h - kh, from_w = w + padding.w - kw;
                                if (from_h < 0 || from_w < 0 || from_h % stride.h || from_w % stride.w) continue;
                                const Index i = from_h / stride.h, j = from_w / stride.w;
                                if (i < Ho && j < Wo) sum += double{weight(co, ci, kh, kw)} * d_y(n, co, i, j);
                            }
                    d_x(n, ci, h, w) = static_cast<T>(sum);
                }
    return d_x;
}

/// ∂loss/∂weight: each weight met one x for every output, Eq. (5.4). Shapes as in conv2d_backward.
template <std::floating_point T>
Tensor<T> conv2d_d_weight(const Tensor<T>& d_y, const Tensor<T>& x, const Shape& weight_shape,
                          Conv2dGeometry geometry) {
    const auto [stride, padding] = geometry;
    Tensor<T> d_weight = Tensor<T>::empty(weight_shape);
    const Index N = x.size(0), Ci = x.size(1), H = x.size(2), W = x.size(3);
    const Index Co = d_y.size(1), Ho = d_y.size(2), Wo = d_y.size(3), Kh = weight_shape[2], Kw = weight_shape[3];

    for (Index co = 0; co < Co; ++co)
        for (Index ci = 0; ci < Ci; ++ci)
            for (Index kh = 0; kh < Kh; ++kh)
                for (Index kw = 0; kw < Kw; ++kw) {
                    double sum = 0.0;
                    for (Index n = 0; n < N; ++n)
                        for (Index i = 0; i < Ho; ++i)
                            for (Index j = 0; j < Wo; ++j) {
                                const Index h = stride.h * i + kh - padding.h, w = stride.w * j + kw - padding.w;
                                const bool inside = h >= 0 && h < H && w >= 0 && w < W;
                                if (inside) sum += double{d_y(n, co, i, j)} * x(n, ci, h, w);
                            }
                    d_weight(co, ci, kh, kw) = static_cast<T>(sum);
                }
    return d_weight;
}

/// ∂loss/∂bias: every output of a channel adds the same bias, Eq. (5.3). d_y is [N, Co, Ho, Wo], the result [Co].
template <std::floating_point T>
Tensor<T> conv2d_d_bias(const Tensor<T>& d_y) {
    Tensor<T> d_bias({d_y.size(1)});
    for (Index co = 0; co < d_y.size(1); ++co) {
        double sum = 0.0;
        for (Index n = 0; n < d_y.size(0); ++n)
            for (Index i = 0; i < d_y.size(2); ++i)
                for (Index j = 0; j < d_y.size(3); ++j) sum += d_y(n, co, i, j);
        d_bias[co] = static_cast<T>(sum);
    }
    return d_bias;
}

/// All three from d_y = ∂loss/∂y [N, Co, Ho, Wo], added up in double. Without `needs_d_x` that tensor is left out:
/// nobody asks the first layer for ∂loss/∂image. Throws ShapeError where shapes do not fit.
template <std::floating_point T>
Conv2dGradients<T> conv2d_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& weight, bool has_bias,
                                   Conv2dGeometry geometry = {}, bool needs_d_x = true) {
    check_gradient(d_y, conv2d_output_shape(x.shape(), weight.shape(), geometry));
    Conv2dGradients<T> g;
    if (has_bias) g.d_bias = conv2d_d_bias(d_y);
    g.d_weight = conv2d_d_weight(d_y, x, weight.shape(), geometry);
    if (needs_d_x) g.d_x = conv2d_d_x(d_y, x.shape(), weight, geometry);
    return g;
}

struct Conv2dOptions {
    Size2 kernel_size;
    Size2 stride = 1;
    Size2 padding = 0;
    bool bias = true;

    Conv2dGeometry geometry() const { return {stride, padding}; }
};

/// Convolution as a module, with a weight [Co, Ci, Kh, Kw] and, unless the options say no, a bias [Co].
template <std::floating_point T>
class Conv2d : public Module<T> {
public:
    /// Draws weight, then bias, uniformly in ±1/√(Ci·Kh·Kw): Eq. (5.15). Throws ShapeError if that is no kernel.
    Conv2d(Index in_channels, Index out_channels, Conv2dOptions options, Random& random) : options_(options) {
        const auto [Kh, Kw] = options.kernel_size;
        if (in_channels < 1 || out_channels < 1 || Kh < 1 || Kw < 1)
            throw ShapeError("Conv2d needs channels and a kernel, got a weight of size " +
                             bn::to_string(Shape{out_channels, in_channels, Kh, Kw}));
        const Index fan_in = in_channels * Kh * Kw;
        weight = Parameter<T>(initial_values<T>({out_channels, in_channels, Kh, Kw}, fan_in, random));
        this->register_parameter("weight", weight);
        if (!options.bias) return;
        bias = Parameter<T>(initial_values<T>({out_channels}, fan_in, random));
        this->register_parameter("bias", bias);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> y = convolve(x);  // refuses what does not fit before anything is kept
        saved_.push(x);
        return y;
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Conv2dGradients<T> g = convolve_backward(d_y, saved_.pop());
        weight.accumulate(g.d_weight);
        if (options_.bias) bias.accumulate(g.d_bias);
        return g.d_x;
    }

    std::string type_name() const override { return "Conv2d"; }
    std::string extra_repr() const override {
        std::string text = std::to_string(weight.value.size(1)) + ", " + std::to_string(weight.value.size(0)) +
                           ", kernel_size=" + options_.kernel_size.to_string() +
                           ", stride=" + options_.stride.to_string();
        if (options_.padding != Size2(0)) text += ", padding=" + options_.padding.to_string();
        return options_.bias ? text : text + ", bias=False";
    }

    Parameter<T> weight, bias;
    bool needs_input_grad = true;  // false in a network's first layer: backward then returns an undefined tensor

protected:
    // Where chapter 6 puts its faster loops.
    virtual Tensor<T> convolve(const Tensor<T>& x) const {
        return conv2d(x, weight.value, bias.value, options_.geometry());
    }
    virtual Conv2dGradients<T> convolve_backward(const Tensor<T>& d_y, const Tensor<T>& x) const {
        return conv2d_backward(d_y, x, weight.value, options_.bias, options_.geometry(), needs_input_grad);
    }

    const Conv2dOptions options_;

private:
    SavedForBackward<Tensor<T>> saved_;  // x
};

}  // namespace bn
