// Chapter 5: what do the network's other layers compute, and how do gradients come back through them?
#include <cmath>
#include <cstdio>
#include <vector>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch05_convolution/by_hand.hpp"
#include "ch05_convolution/figures.hpp"
#include "ch05_convolution/layer_checks.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

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

void linear_is_a_convolution(Random& random) {
    const Tensor64 x = normal_tensor(random, {4, 3, 5, 5});
    const Tensor64 weight = normal_tensor(random, {6, 75}), bias = normal_tensor(random, {6});
    const Tensor64 y = linear(flatten(x), weight, bias);
    const Tensor64 convolved = conv2d(x, weight.reshape({6, 3, 5, 5}), bias);
    std::printf("\nLinear(75, 6) on flattened 3x5x5 pictures is a convolution whose kernel covers the picture\n");
    std::printf("  %s and %s, largest difference %.0e\n", to_string(y.shape()).c_str(),
                to_string(convolved.shape()).c_str(), largest_difference(y.values(), convolved.values()));
}

// How wide the output of a fresh layer is, Eq. (5.16), and of one that is √6 times as wide, Eq. (5.17)
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
    std::printf("The same weights times sqrt(6), as wide as He's: Eq. (5.17)\n");
    std::printf("  output's sigma             %.4f    expected sqrt(2) = 1.4142\n", root_mean_square(he));
    std::printf("  root mean square of ReLU   %.4f    expected 1\n", root_mean_square(relu(he)));
}

// A convolution's bias that batch norm takes away again: Eq. (5.18)
void bias_before_batch_norm(Random& random) {
    Sequential<double> model;
    auto& conv = model.add<Conv2d<double>>(3, 8, Conv2dOptions{.kernel_size = 3, .padding = 1}, random);
    model.add<BatchNorm2d<double>>(8);
    const Tensor64 x = normal_tensor(random, {16, 3, 8, 8}), d_y = normal_tensor(random, {16, 8, 8, 8});
    const auto largest = [](const Tensor64& t) { return largest_difference(t.values(), Tensor64(t.shape()).values()); };
    std::printf("\nA convolution before a batch norm: the largest gradient of its weights and of its biases\n");
    for (bool training : {true, false}) {
        model.train(training);
        model.zero_grad();
        model(x);
        model.backprop(d_y);
        std::printf("  %-5s  weight %6.2f   bias %.1e\n", training ? "train" : "eval", largest(conv.weight.grad),
                    largest(conv.bias.grad));
    }
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);
    print_convolution_by_hand();
    translation(random);
    print_ties_and_nan();
    linear_is_a_convolution(random);
    initialisation(random);

    std::printf("\nGradient check in double: relative error, right and broken on purpose\n");
    const std::vector<LayerCheck> checks = check_layers(options.seed);
    for (const LayerCheck& check : checks)
        std::printf("  %-16s %.1e   %-23s %.1e\n", check.gradient.c_str(), check.right, check.broken_how.c_str(),
                    check.broken);

    bias_before_batch_norm(random);
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
