// The examples of this chapter that one can do by hand, and what comes out.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <vector>

#include "ch05_convolution/layer_checks.hpp"

namespace bn {

/// Prints values in rows of `width`, the first behind the name.
inline void print_rows(const char* name, std::span<const double> values, std::size_t width) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i % width == 0) std::printf("%s  %-18s", i ? "\n" : "", i ? "" : name);
        std::printf("%7.2f", std::abs(values[i]) < 5e-3 ? 0.0 : values[i]);
    }
    std::printf("\n");
}

/// A convolution of one picture by one kernel, its gradients, and the sizes of outputs: Eqs. (5.1) to (5.5).
inline void print_convolution_by_hand() {
    const Conv2dGeometry geometry{1, 1};
    Tensor64 x({1, 1, 4, 4}, {1, 0, 2, 1, 0, 1, 3, 0, 2, 1, 0, 1, 1, 0, 1, 2});
    Tensor64 weight({1, 1, 3, 3}, {1, 0, -1, 2, 0, -2, 1, 0, -1}), bias({1}, 0.5);
    const Tensor64 d_y({1, 1, 4, 4}, {1, 0, 0, 2, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0});
    const auto forward = [&] { return conv2d(x, weight, bias, geometry); };
    std::printf("A picture of 4x4, a kernel of 3x3, bias 0.5, stride 1, padding 1\n");
    print_rows("x", x.values(), 4);
    print_rows("weight", weight.values(), 3);
    print_rows("y", forward().values(), 4);
    std::printf("  y(1,1) = 0.5");
    for (Index k = 0; k < 9; ++k)
        std::printf(" %c %g*%g", weight[k] < 0 ? '-' : '+', std::abs(weight[k]), x(0, 0, k / 3, k % 3));
    std::printf(" = %g\n", forward()(0, 0, 1, 1));

    const Conv2dGradients<double> g = conv2d_backward(d_y, x, weight, true, geometry);
    std::printf("And back: each gradient by its formula, and by central differences\n");
    print_rows("d_y", d_y.values(), 4);
    print_rows("d_x", g.d_x.values(), 4);
    print_rows("d_x numeric", numerical_gradient_of(forward, d_y, x), 4);
    print_rows("d_weight", g.d_weight.values(), 3);
    print_rows("d_weight numeric", numerical_gradient_of(forward, d_y, weight), 3);
    print_rows("d_bias", g.d_bias.values(), 1);
    print_rows("d_bias numeric", numerical_gradient_of(forward, d_y, bias), 1);

    std::printf("\nOutput size = floor((size + 2*padding - kernel) / stride) + 1\n");
    using Case = std::array<int, 4>;
    for (const auto& [size, K, stride, padding] :
         {Case{32, 3, 1, 1}, Case{32, 5, 1, 0}, Case{32, 2, 2, 0}, Case{7, 4, 2, 0}}) {
        const Index out = conv2d_output_shape({1, 1, size, size}, {1, 1, K, K}, {stride, padding})[2];
        std::printf("  %2d pixels, kernel %d, stride %d, padding %d: %2d%s\n", size, K, stride, padding,
                    static_cast<int>(out),
                    stride * (out - 1) + K - padding < size ? "   (the last row and column are never read)" : "");
    }
}

/// What max-pooling and ReLU do where there is no derivative: Eqs. (5.6) to (5.8), (5.13), (5.14).
inline void print_ties_and_nan() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::printf("\nMax-pooling: a window of four, row by row, its largest and whose that is; d_x for d_y = 1\n");
    for (const auto& window : {std::vector<double>{1, 4, 2, 3}, {2, 7, 7, 7}, {5, nan, 9, 1}, {nan, 1, nan, 2}}) {
        const MaxPool2dForward<double> f = max_pool2d(Tensor64({1, 1, 2, 2}, window), 2, 2);
        const Tensor64 d_x = max_pool2d_backward(Tensor64({1, 1, 1, 1}, 1.0), f.argmax, {1, 1, 2, 2});
        std::printf("  (%3g, %3g, %3g, %3g): %3g, number %d   d_x (%g, %g, %g, %g)\n", window[0], window[1], window[2],
                    window[3], f.y[0], f.argmax[0], d_x[0], d_x[1], d_x[2], d_x[3]);
    }
    Tensor64 tie({1, 1, 2, 2}, {2, 7, 7, 7});
    const auto pooled = [&] { return max_pool2d(tie, 2, 2).y; };
    print_rows("the tie, numeric", numerical_gradient_of(pooled, Tensor64({1, 1, 1, 1}, 1.0), tie), 4);
    std::printf("  std::max(5.0, nan) is %g: it would have lost the NaN\n", std::max(5.0, nan));

    const Tensor64 x({6}, {-2, -0.5, 0, 0.5, 2, nan}), y = relu(x);
    std::printf("ReLU, and its slope, told from its output\n");
    print_rows("x", x.values(), 6);
    print_rows("y", y.values(), 6);
    print_rows("slope", relu_backward(Tensor64({6}, 1.0), y).values(), 6);
}

}  // namespace bn
