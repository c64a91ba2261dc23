// Max-pooling: the largest value of each window, and whose it was. README.md says what happens at ties and at NaN.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch05_convolution/shapes.hpp"
#include "common/tensor.hpp"

namespace bn {

/// For each output, in the order of y's elements, where its winner stood: h·W + w in its plane of x.
using Argmax = std::vector<std::int32_t>;

template <std::floating_point T>
struct MaxPool2dForward {
    Tensor<T> y;
    Argmax argmax;
};

/// The largest value of each window of x [N, C, H, W], and its place: Eqs. (5.6), (5.7). Of equal values the first,
/// row by row, wins. NaN beats every number (and a later NaN an earlier one), so that it is not lost on the way.
/// Windows may overlap. Throws ShapeError as max_pool2d_output_shape does.
template <std::floating_point T>
MaxPool2dForward<T> max_pool2d(const Tensor<T>& x, Size2 kernel_size, Size2 stride) {
    MaxPool2dForward<T> result{Tensor<T>::empty(max_pool2d_output_shape(x.shape(), kernel_size, stride)), {}};
    Tensor<T>& y = result.y;
    const Index W = x.size(3);

    for (Index n = 0; n < y.size(0); ++n)
        for (Index c = 0; c < y.size(1); ++c)
            for (Index i = 0; i < y.size(2); ++i)
                for (Index j = 0; j < y.size(3); ++j) {
                    const Index top = stride.h * i, left = stride.w * j;
                    T largest = x(n, c, top, left);
                    Index winner = top * W + left;
                    for (Index h = top; h < top + kernel_size.h; ++h)
                        for (Index w = left; w < left + kernel_size.w; ++w) {
                            const T value = x(n, c, h, w);
                            if (!(value > largest) && !std::isnan(value)) continue;
                            largest = value;
                            winner = h * W + w;
                        }
                    y(n, c, i, j) = largest;
                    result.argmax.push_back(static_cast<std::int32_t>(winner));
                }
    return result;
}

/// ∂loss/∂x [N, C, H, W] from d_y [N, C, Ho, Wo]: each winner gets its outputs' gradients, all others get zero:
/// Eq. (5.8). Throws ShapeError unless d_y has as many elements as there are winners.
template <std::floating_point T>
Tensor<T> max_pool2d_backward(const Tensor<T>& d_y, const Argmax& argmax, const Shape& x_shape) {
    if (d_y.dim() != 4 || x_shape.size() != 4 || d_y.numel() != std::ssize(argmax) || d_y.size(0) != x_shape[0] ||
        d_y.size(1) != x_shape[1])
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", which does not fit " +
                         std::to_string(argmax.size()) + " winners in x " + to_string(x_shape));
    Tensor<T> d_x(x_shape);
    const Index plane = x_shape[2] * x_shape[3], outputs = d_y.size(2) * d_y.size(3);
    for (Index k = 0; k < d_y.numel(); ++k) d_x[k / outputs * plane + argmax[static_cast<std::size_t>(k)]] += d_y[k];
    return d_x;
}

/// Max-pooling as a module. It has no parameters.
template <std::floating_point T>
class MaxPool2d : public Module<T> {
public:
    /// Windows side by side, or every `stride` pixels.
    explicit MaxPool2d(Size2 kernel_size) : MaxPool2d(kernel_size, kernel_size) {}
    MaxPool2d(Size2 kernel_size, Size2 stride) : kernel_size_(kernel_size), stride_(stride) {}

    Tensor<T> forward(const Tensor<T>& x) override {
        MaxPool2dForward<T> result = pool(x);
        saved_.push({std::move(result.argmax), x.shape()});
        return result.y;
    }
    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Saved saved = saved_.pop();
        check_gradient(d_y, max_pool2d_output_shape(saved.x_shape, kernel_size_, stride_));
        return pool_backward(d_y, saved.argmax, saved.x_shape);
    }

    std::string type_name() const override { return "MaxPool2d"; }
    std::string extra_repr() const override {
        const auto text = [](Size2 size) { return size.h == size.w ? std::to_string(size.h) : size.to_string(); };
        return "kernel_size=" + text(kernel_size_) + ", stride=" + text(stride_) +
               ", padding=0, dilation=1, ceil_mode=False";
    }

protected:
    // Where chapter 6 puts its faster loops.
    virtual MaxPool2dForward<T> pool(const Tensor<T>& x) const { return max_pool2d(x, kernel_size_, stride_); }
    virtual Tensor<T> pool_backward(const Tensor<T>& d_y, const Argmax& argmax, const Shape& x_shape) const {
        return max_pool2d_backward(d_y, argmax, x_shape);
    }

    const Size2 kernel_size_, stride_;

private:
    struct Saved {
        Argmax argmax;
        Shape x_shape;
    };
    SavedForBackward<Saved> saved_;
};

}  // namespace bn
