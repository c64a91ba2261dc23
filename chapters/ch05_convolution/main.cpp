// Chapter 5: what do the network's other layers compute, and how do gradients come back through them?
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <vector>

#include "ch05_convolution/figures.hpp"
#include "ch05_convolution/layer_checks.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

void print_rows(const char* name, std::span<const double> values, std::size_t width) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i % width == 0) std::printf("%s  %-18s", i ? "\n" : "", i ? "" : name);
        std::printf("%7.2f", std::abs(values[i]) < 5e-3 ? 0.0 : values[i]);
    }
    std::printf("\n");
}

void convolution_by_hand() {
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

void translation(Random& random) {
    const Tensor64 weight = normal_tensor(random, {1, 1, 3, 3}), full = normal_tensor(random, {1, 1, 10, 10});
    Tensor64 patch({1, 1, 10, 10});
    for (Index h = 3; h < 7; ++h)
        for (Index w = 3; w < 7; ++w) patch(0, 0, h, w) = full(0, 0, h, w);
    const auto convolve = [&](const Tensor64& x) { return conv2d(x, weight, Tensor64(), {1, 1}); };
    const auto pool = [](const Tensor64& x) { return max_pool2d(x, 2, 2).y; };
    const auto compare = [](const char* what, const Tensor64& a, const Tensor64& b) {
        std::printf("  %-21s %.2g\n", what, largest_difference(a.values(), b.values()));
    };
    std::printf("\nShift down and right by one pixel, then convolve; or convolve, then shift. Largest difference:\n");
    compare("a patch amid zeros", convolve(shifted(patch)), shifted(convolve(patch)));
    compare("up to the border", convolve(shifted(full)), shifted(convolve(full)));
    std::printf("Max-pooling 2x2 follows shifts by two pixels only: its output moves by one\n");
    compare("shift by one", pool(shifted(patch)), shifted(pool(patch)));
    compare("shift by two", pool(shifted(shifted(patch))), shifted(pool(patch)));
}

void ties_and_nan() {
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

void linear_is_a_convolution(Random& random) {
    const Tensor64 x = normal_tensor(random, {4, 3, 5, 5});
    const Tensor64 weight = normal_tensor(random, {6, 75}), bias = normal_tensor(random, {6});
    const Tensor64 y = linear(flatten(x), weight, bias);
    const Tensor64 convolved = conv2d(x, weight.reshape({6, 3, 5, 5}), bias);
    std::printf("\nLinear(75, 6) on flattened 3x5x5 pictures is a convolution whose kernel covers the picture\n");
    std::printf("  %s and %s, largest difference %.0e\n", to_string(y.shape()).c_str(),
                to_string(convolved.shape()).c_str(), largest_difference(y.values(), convolved.values()));
}

// How wide the output of a fresh layer is: Eq. (5.16)
void initialisation(Random& random) {
    const Index C = 64, fan_in = C * 9;
    const double n = static_cast<double>(fan_in);
    const Tensor64 x = normal_tensor(random, {16, C, 10, 10});
    const Tensor64 weight = initial_values<double>({C, C, 3, 3}, fan_in, random);
    const Tensor64 y = conv2d(x, weight, initial_values<double>({C}, fan_in, random));
    const Tensor64 he = conv2d(x, scaled(weight, std::sqrt(6.0)), Tensor64());
    std::printf("\nA 3x3 convolution of 64 channels: fan_in = 576, weight and bias uniform in +-1/sqrt(fan_in)\n");
    std::printf("  bound                      %.5f\n", initial_bound(fan_in));
    std::printf("  weight's sigma             %.5f   expected 1/sqrt(3 fan_in) = %.5f\n", root_mean_square(weight),
                1 / std::sqrt(3 * n));
    std::printf("  output's sigma, input's 1  %.4f    expected sqrt((1 + 1/fan_in) / 3) = %.4f\n", root_mean_square(y),
                std::sqrt((1 + 1 / n) / 3));
    std::printf("  root mean square of ReLU   %.4f    expected %.4f\n", root_mean_square(relu(y)),
                std::sqrt((1 + 1 / n) / 6));
    std::printf("The same weights times sqrt(6), as wide as He's\n");
    std::printf("  output's sigma             %.4f    expected sqrt(2) = 1.4142\n", root_mean_square(he));
    std::printf("  root mean square of ReLU   %.4f    expected 1\n", root_mean_square(relu(he)));
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);
    convolution_by_hand();
    translation(random);
    ties_and_nan();
    linear_is_a_convolution(random);
    initialisation(random);

    std::printf("\nGradient check in double: relative error, right and broken on purpose\n");
    const std::vector<LayerCheck> checks = check_layers(options.seed);
    for (const LayerCheck& check : checks)
        std::printf("  %-16s %.1e   %-23s %.1e\n", check.gradient.c_str(), check.right, check.broken_how.c_str(),
                    check.broken);
    std::printf("\n");

    plots.save({filters_figure(filter_picture(grey_sketch())), gradient_check_figure(checks, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch05_convolution",
         .purpose = "Convolution, max-pooling, the linear layer and ReLU: loops to read, gradients by hand.",
         .takes = {Option::seed, Option::plots}},
        argc, argv, chapter);
}
