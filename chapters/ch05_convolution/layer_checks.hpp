// Each gradient of this chapter against central differences, beside one broken on purpose.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch05_convolution/conv2d.hpp"
#include "ch05_convolution/linear.hpp"
#include "ch05_convolution/max_pool2d.hpp"
#include "ch05_convolution/relu.hpp"
#include "common/random.hpp"

namespace bn {

using Tensor64 = Tensor<double>;

/// The kernel turned by 180 degrees: its rows and its columns in reverse.
inline Tensor64 flipped(const Tensor64& weight) {
    Tensor64 result = weight.clone();
    const Index plane = weight.size(2) * weight.size(3);
    for (Index i = 0; i < weight.numel(); ++i) result[i / plane * plane + plane - 1 - i % plane] = weight[i];
    return result;
}

inline Tensor64 scaled(const Tensor64& values, double factor) {
    Tensor64 result = values.clone();
    for (double& value : result.values()) value *= factor;
    return result;
}

/// An image [1, 1, H, W] moved one row down and one column to the right, zeros moving in.
inline Tensor64 shifted(const Tensor64& x) {
    Tensor64 result(x.shape());
    for (Index h = 1; h < x.size(2); ++h)
        for (Index w = 1; w < x.size(3); ++w) result(0, 0, h, w) = x(0, 0, h - 1, w - 1);
    return result;
}

inline double root_mean_square(const Tensor64& x) {
    return std::sqrt(inner_product(x.values(), x.values()) / static_cast<double>(x.numel()));
}

/// Broken on purpose: where windows overlap, the last one overwrites what the others gave.
inline Tensor64 pool_backward_overwriting(const Tensor64& d_y, const Argmax& argmax, const Shape& x_shape) {
    Tensor64 d_x(x_shape);
    const Index plane = x_shape[2] * x_shape[3], outputs = d_y.size(2) * d_y.size(3);
    for (Index k = 0; k < d_y.numel(); ++k) d_x[k / outputs * plane + argmax[static_cast<std::size_t>(k)]] = d_y[k];
    return d_x;
}

/// Broken on purpose: the gradient passes where ReLU was closed.
inline Tensor64 relu_backward_wrong_side(const Tensor64& d_y, const Tensor64& y) {
    Tensor64 d_x = d_y.clone();
    for (Index i = 0; i < y.numel(); ++i) d_x[i] = y[i] > 0 ? 0 : d_y[i];
    return d_x;
}

/// One gradient: the relative error of the right backward pass and of a broken one, and what is broken in it.
struct LayerCheck {
    std::string gradient;  // "Conv2d d_x"
    double right;
    std::string broken_how;
    double broken;
};

/// All values different, at least 0.1 apart and 0.05 from zero, in random order: away from every kink.
inline Tensor64 kink_free_tensor(Shape shape, Random& random) {
    Tensor64 values = Tensor64::empty(std::move(shape));
    for (Index i = 0; i < values.numel(); ++i) values[i] = 0.1 * (static_cast<double>(i - values.numel() / 2) + 0.5);
    random.shuffle(values.values());
    return values;
}

/// ∂(Σ cotangent·forward())/∂values by central differences.
template <class Forward>
std::vector<double> numerical_gradient_of(const Forward& forward, const Tensor64& cotangent, Tensor64& values) {
    return numerical_gradient([&] { return inner_product(cotangent.values(), forward().values()); }, values.values());
}

inline std::vector<LayerCheck> check_convolution(Random& random) {
    // A stride, a padding, a kernel that is not square, and a column that no window reaches
    const Conv2dGeometry geometry{2, {1, 0}};
    Tensor64 x = normal_tensor(random, {2, 2, 7, 6}), weight = normal_tensor(random, {3, 2, 3, 3});
    Tensor64 bias = normal_tensor(random, {3});
    const auto forward = [&] { return conv2d(x, weight, bias, geometry); };
    const Tensor64 d_y = normal_tensor(random, forward().shape());
    const Conv2dGradients<double> g = conv2d_backward(d_y, x, weight, true, geometry);
    const auto d_x = numerical_gradient_of(forward, d_y, x);
    const auto d_weight = numerical_gradient_of(forward, d_y, weight);
    const auto d_bias = numerical_gradient_of(forward, d_y, bias);

    const auto error = [](const Tensor64& a, const std::vector<double>& b) { return relative_error(a.values(), b); };
    const double outputs_per_channel = static_cast<double>(d_y.numel() / 3);
    const double right_d_x = error(g.d_x, d_x);
    return {{"Conv2d d_x", right_d_x, "kernel not flipped",
             error(conv2d_d_x(d_y, x.shape(), flipped(weight), geometry), d_x)},
            {"Conv2d d_x", right_d_x, "stride forgotten",
             error(conv2d_d_x(d_y, x.shape(), weight, {1, geometry.padding}), d_x)},
            {"Conv2d d_weight", error(g.d_weight, d_weight), "padding forgotten",
             error(conv2d_d_weight(d_y, x, weight.shape(), {geometry.stride, 0}), d_weight)},
            {"Conv2d d_bias", error(g.d_bias, d_bias), "averaged, not summed",
             error(scaled(g.d_bias, 1.0 / outputs_per_channel), d_bias)}};
}

inline std::vector<LayerCheck> check_linear(Random& random) {
    // As many outputs as inputs, so that a weight used without transposing fits, too
    Tensor64 x = normal_tensor(random, {3, 4}), weight = normal_tensor(random, {4, 4}),
             bias = normal_tensor(random, {4});
    const auto forward = [&] { return linear(x, weight, bias); };
    const Tensor64 d_y = normal_tensor(random, {3, 4});
    const LinearGradients<double> g = linear_backward(d_y, x, weight, true);
    const auto d_x = numerical_gradient_of(forward, d_y, x);
    const auto d_weight = numerical_gradient_of(forward, d_y, weight);
    const auto d_bias = numerical_gradient_of(forward, d_y, bias);

    const auto error = [](const Tensor64& a, const std::vector<double>& b) { return relative_error(a.values(), b); };
    const auto first_row = d_y.values().first(4);
    return {{"Linear d_x", error(g.d_x, d_x), "weight transposed", error(linear(d_y, weight, Tensor64()), d_x)},
            {"Linear d_weight", error(g.d_weight, d_weight), "averaged over the batch",
             error(scaled(g.d_weight, 1.0 / 3.0), d_weight)},
            {"Linear d_bias", error(g.d_bias, d_bias), "first image only", relative_error(first_row, d_bias)}};
}

/// Every gradient of the chapter in double, with random inputs and cotangents, step 1e-5.
inline std::vector<LayerCheck> check_layers(std::uint64_t seed) {
    Random random(seed);
    std::vector<LayerCheck> checks = check_convolution(random);
    for (LayerCheck& check : check_linear(random)) checks.push_back(std::move(check));

    Tensor64 x = kink_free_tensor({2, 2, 5, 5}, random);
    const auto pooled = [&] { return max_pool2d(x, 3, 1).y; };
    Tensor64 d_y = normal_tensor(random, pooled().shape());
    const Argmax argmax = max_pool2d(x, 3, 1).argmax;
    std::vector<double> d_x = numerical_gradient_of(pooled, d_y, x);
    checks.push_back({"MaxPool2d d_x", relative_error(max_pool2d_backward(d_y, argmax, x.shape()).values(), d_x),
                      "overwritten, not added",
                      relative_error(pool_backward_overwriting(d_y, argmax, x.shape()).values(), d_x)});

    const auto rectified = [&] { return relu(x); };
    d_y = normal_tensor(random, x.shape());
    d_x = numerical_gradient_of(rectified, d_y, x);
    checks.push_back({"ReLU d_x", relative_error(relu_backward(d_y, relu(x)).values(), d_x), "wrong side",
                      relative_error(relu_backward_wrong_side(d_y, relu(x)).values(), d_x)});
    return checks;
}

}  // namespace bn
