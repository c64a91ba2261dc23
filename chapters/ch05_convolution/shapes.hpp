// Which shapes fit each layer of this chapter, what comes out, and what is said when they do not fit.
// README.md counts the outputs.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

#include "common/tensor.hpp"

namespace bn {

/// Height and width of a kernel, a stride or a padding, in pixels. One number stands for both.
struct Size2 {
    Index h, w;

    Size2(Index both) : h(both), w(both) {}  // implicit, as in PyTorch: kernel_size = 3
    Size2(Index height, Index width) : h(height), w(width) {}
    bool operator==(const Size2&) const = default;
    std::string to_string() const { return "(" + std::to_string(h) + ", " + std::to_string(w) + ")"; }
};

/// How a kernel moves over an image, in pixels: `stride` from one output to the next; `padding` rows and columns of
/// zeros around the image.
struct Conv2dGeometry {
    Size2 stride = 1, padding = 0;
};

/// [N, Co, Ho, Wo] for x [N, Ci, H, W] and weight [Co, Ci, Kh, Kw]: Eq. (5.1). Throws ShapeError, in PyTorch's words,
/// if there is no such output. Every convolution here, readable or fast, asks this function.
inline Shape conv2d_output_shape(const Shape& x, const Shape& weight, Conv2dGeometry geometry) {
    const auto [stride, padding] = geometry;
    if (x.size() != 4) throw ShapeError("expected 4D input (got " + std::to_string(x.size()) + "D input)");
    if (weight.size() != 4) throw ShapeError("expected 4D weight (got " + std::to_string(weight.size()) + "D weight)");
    if (stride.h < 1 || stride.w < 1) throw ShapeError("non-positive stride is not supported");
    if (padding.h < 0 || padding.w < 0) throw ShapeError("negative padding is not supported");
    const Index height = x[2] + 2 * padding.h, width = x[3] + 2 * padding.w, Kh = weight[2], Kw = weight[3];
    if (Kh < 1 || Kw < 1)
        throw ShapeError("kernel size should be greater than zero, but got kernel_height: " + std::to_string(Kh) +
                         " kernel_width: " + std::to_string(Kw));
    if (x[1] != weight[1])
        throw ShapeError("Given groups=1, weight of size " + to_string(weight) + ", expected input" + to_string(x) +
                         " to have " + std::to_string(weight[1]) + " channels, but got " + std::to_string(x[1]) +
                         " channels instead");
    if (height < Kh || width < Kw)
        throw ShapeError("Calculated padded input size per channel: (" + std::to_string(height) + " x " +
                         std::to_string(width) + "). Kernel size: (" + std::to_string(Kh) + " x " + std::to_string(Kw) +
                         "). Kernel size can't be greater than actual input size");
    return {x[0], weight[0], (height - Kh) / stride.h + 1, (width - Kw) / stride.w + 1};
}

/// Throws ShapeError unless `bias` is undefined or has one element for each of the weight's output channels.
template <std::floating_point T>
void check_bias(const Tensor<T>& bias, const Tensor<T>& weight) {
    if (bias.defined() && bias.shape() != Shape{weight.size(0)})
        throw ShapeError("Given weight of size " + to_string(weight.shape()) +
                         ", expected bias to be 1-dimensional with " + std::to_string(weight.size(0)) +
                         " elements, but got bias of size " + to_string(bias.shape()) + " instead");
}

/// [N, C, Ho, Wo] for an x [N, C, H, W]: as Eq. (5.1), with no padding. Rows and columns that do not fill a window are
/// left out. Throws ShapeError if x is not 4D or nothing is left.
inline Shape max_pool2d_output_shape(const Shape& x, Size2 kernel_size, Size2 stride) {
    if (x.size() != 4) throw ShapeError("expected 4D input (got " + std::to_string(x.size()) + "D input)");
    if (kernel_size.h < 1 || kernel_size.w < 1) throw ShapeError("kernel size should be greater than zero");
    if (stride.h < 1 || stride.w < 1) throw ShapeError("stride should be greater than zero");
    const auto windows = [](Index size, Index kernel, Index step) {
        return size < kernel ? Index{0} : (size - kernel) / step + 1;
    };
    const Index Ho = windows(x[2], kernel_size.h, stride.h), Wo = windows(x[3], kernel_size.w, stride.w);
    const auto size = [&](Index h, Index w) {
        return "(" + std::to_string(x[1]) + "x" + std::to_string(h) + "x" + std::to_string(w) + ")";
    };
    if (Ho == 0 || Wo == 0)
        throw ShapeError("Given input size: " + size(x[2], x[3]) + ". Calculated output size: " + size(Ho, Wo) +
                         ". Output size is too small");
    if (x[2] * x[3] > std::numeric_limits<std::int32_t>::max())
        throw ShapeError("max_pool2d counts positions in 32 bits: too few for a plane of " + to_string(x));
    return {x[0], x[1], Ho, Wo};
}

/// [N, out] for x [N, in] and weight [out, in]. Throws ShapeError, in PyTorch's words, if they do not fit.
inline Shape linear_output_shape(const Shape& x, const Shape& weight) {
    if (x.size() != 2) throw ShapeError("expected 2D input (got " + std::to_string(x.size()) + "D input)");
    if (weight.size() != 2) throw ShapeError("expected 2D weight (got " + std::to_string(weight.size()) + "D weight)");
    const auto size = [](Index rows, Index columns) { return std::to_string(rows) + "x" + std::to_string(columns); };
    if (x[1] != weight[1])
        throw ShapeError("mat1 and mat2 shapes cannot be multiplied (" + size(x[0], x[1]) + " and " +
                         size(weight[1], weight[0]) + ")");
    return {x[0], weight[0]};
}

/// Throws ShapeError unless the gradient of an output has the output's shape.
template <std::floating_point T>
void check_gradient(const Tensor<T>& d_y, const Shape& y) {
    if (d_y.shape() != y)
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but y has " + to_string(y));
}

}  // namespace bn
