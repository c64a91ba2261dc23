// Chapter 4's and 5's modules with this chapter's loops inside: the same names, options, errors and printed form.
// Later chapters run these.
#pragma once

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"
#include "ch06_fast_convolution/fast_conv2d.hpp"
#include "ch06_fast_convolution/fast_conv2d_weight.hpp"
#include "ch06_fast_convolution/fast_elementwise.hpp"
#include "ch06_fast_convolution/fast_linear.hpp"

namespace bn {

template <std::floating_point T>
class FastConv2d : public Conv2d<T> {
public:
    using Conv2d<T>::Conv2d;
    Conv2dGeometry geometry() const { return this->options_.geometry(); }

protected:
    Tensor<T> convolve(const Tensor<T>& x) const override {
        return fast_conv2d(x, this->weight.value, this->bias.value, this->options_.geometry());
    }
    Conv2dGradients<T> convolve_backward(const Tensor<T>& d_y, const Tensor<T>& x) const override {
        return fast_conv2d_backward(d_y, x, this->weight.value, this->options_.bias, this->options_.geometry(),
                                    this->needs_input_grad);
    }
};

template <std::floating_point T>
class FastBatchNorm2d : public BatchNorm2d<T> {
public:
    using BatchNorm2d<T>::BatchNorm2d;
    using BatchNorm2d<T>::uses_batch_statistics;
    using BatchNorm2d<T>::track;

protected:
    BatchNorm2dForward<T> normalize_by_batch(const Tensor<T>& x) const override {
        return fast_batch_norm_2d(x, this->weight.value, this->bias.value, this->options().eps);
    }
    BatchNorm2dGradients<T> backward_by_batch(const Tensor<T>& d_y, const Tensor<T>& x,
                                              const ChannelStatistics& statistics) const override {
        return fast_batch_norm_2d_backward(d_y, x, statistics, this->weight.value, this->options().eps);
    }
    Tensor<T> normalize_by_running(const Tensor<T>& x) const override {
        return fast_batch_norm_2d_eval(x, this->running_mean(), this->running_var(), this->weight.value,
                                       this->bias.value, this->options().eps);
    }
    BatchNorm2dGradients<T> backward_by_running(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& mean,
                                                const Tensor<T>& var) const override {
        return fast_batch_norm_2d_eval_backward(d_y, x, mean, var, this->weight.value, this->options().eps);
    }
};

template <std::floating_point T>
class FastReLU : public ReLU<T> {
public:
    using ReLU<T>::ReLU;

protected:
    Tensor<T> rectify(const Tensor<T>& x) const override { return fast_relu_(this->inplace_ ? x : x.clone()); }
    Tensor<T> rectify_backward(const Tensor<T>& d_y, const Tensor<T>& y) const override {
        return fast_relu_backward(d_y, y);
    }
};

template <std::floating_point T>
class FastMaxPool2d : public MaxPool2d<T> {
public:
    using MaxPool2d<T>::MaxPool2d;
    bool halves() const { return this->kernel_size_ == Size2(2) && this->stride_ == Size2(2); }

protected:
    MaxPool2dForward<T> pool(const Tensor<T>& x) const override {
        return fast_max_pool2d(x, this->kernel_size_, this->stride_);
    }
    Tensor<T> pool_backward(const Tensor<T>& d_y, const Argmax& argmax, const Shape& x_shape) const override {
        return fast_max_pool2d_backward(d_y, argmax, x_shape);
    }
};

template <std::floating_point T>
class FastLinear : public Linear<T> {
public:
    using Linear<T>::Linear;

protected:
    Tensor<T> multiply(const Tensor<T>& x) const override {
        return fast_linear(x, this->weight.value, this->bias.value);
    }
    LinearGradients<T> multiply_backward(const Tensor<T>& d_y, const Tensor<T>& x) const override {
        return fast_linear_backward(d_y, x, this->weight.value, this->bias.defined());
    }
};

}  // namespace bn
