// Chapter 2: what does batch norm do to a batch of images, and over which of its four dimensions?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch02_batch_norm_2d/broken.hpp"
#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch02_batch_norm_2d/figures.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Images = Tensor<double>;
const Images none;  // no weight, no bias: γ = 1, β = 0

void print_images(const char* name, const Images& x) {
    for (Index c = 0; c < x.size(1); ++c) {
        std::printf("  %-3s channel %d", c ? "" : name, static_cast<int>(c));
        for (Index n = 0; n < x.size(0); ++n)
            for (Index i = 0; i < 4; ++i)
                std::printf("%s%7.6g", i ? "" : "  |", std::round(x(n, c, i / 2, i % 2) * 1e3) / 1e3 + 0.0);
        std::printf("\n");
    }
}

void by_hand(const Images& x, const Images& weight, const Images& bias, const BatchNorm2dForward<double>& f) {
    std::printf("1. Three images, three channels, 2 x 2 pixels; eps = 1e-5\n");
    print_images("x", x);
    for (std::size_t c = 0; c < 3; ++c)
        std::printf("      channel %zu  mean %g, variance %g, weight %g, bias %g\n", c, f.statistics.mean[c],
                    f.statistics.variance[c], weight[static_cast<Index>(c)], bias[static_cast<Index>(c)]);
    print_images("y", f.y);
    std::printf(
        "  channels 0 and 1 differ only by their order, weight and bias; a constant channel gives its bias\n\n");
}

void check_gradients(Random& random) {
    Images x = normal_tensor(random, {4, 3, 5, 5}, 2, 0.5);
    Images weight = normal_tensor(random, {3}), bias = normal_tensor(random, {3});
    const Images d_y = normal_tensor(random, x.shape());
    const double eps = 0.1;
    const auto loss = [&] { return inner_product(d_y.values(), batch_norm_2d(x, weight, bias, eps).y.values()); };
    const ChannelStatistics s = channel_statistics(x);
    const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, s, weight, eps);
    const std::vector<double> numeric = numerical_gradient(loss, x.values());
    std::printf("2. Gradient check, [4, 3, 5, 5], eps = 0.1, random cotangent: relative errors\n");
    std::printf("  d_x       %.1e\n", relative_error(g.d_x.values(), numeric));
    std::printf("  d_weight  %.1e\n", relative_error(g.d_weight.values(), numerical_gradient(loss, weight.values())));
    std::printf("  d_bias    %.1e\n", relative_error(g.d_bias.values(), numerical_gradient(loss, bias.values())));
    for (const BrokenBackward& broken : broken_backwards())
        std::printf("  broken d_x: %-40s %.1e\n", broken.name,
                    relative_error(broken.d_x(d_y, x, s, weight, eps).values(), numeric));
    const Images plain = batch_norm_2d_backward(d_y, x, s, none, eps).d_x;
    for (const BrokenForward& broken : broken_forwards()) {
        const auto its_loss = [&] { return inner_product(d_y.values(), broken.x_hat(x, eps).values()); };
        std::printf("  broken y:   %-40s %.1e\n", broken.name,
                    relative_error(plain.values(), numerical_gradient(its_loss, x.values())));
    }
    std::printf("\n");
}

void same_as_chapter_1(Random& random) {
    const Images x = normal_tensor(random, {50, 1, 1, 1}, 3, 2), d_y = normal_tensor(random, x.shape());
    const BatchNorm2dForward<double> f = batch_norm_2d(x, Images({1}, 1.7), Images({1}, -0.4));
    const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, f.statistics, Images({1}, 1.7));
    const ScalarForward scalar = batch_norm(x.values(), 1.7, -0.4);
    std::printf("3. 50 images of one pixel in one channel are chapter 1's 50 numbers: largest differences\n");
    std::printf("  y %.1e, d_x %.1e\n\n", largest_difference(f.y.values(), scalar.y),
                largest_difference(g.d_x.values(), batch_norm_backward(scalar, 1.7, d_y.values()).d_x));
}

void batch_mates(Random& random) {
    const Images x = normal_tensor(random, {8, 1, 4, 4});
    std::printf("4. Image 0 stays, its seven batch-mates change: how its own output changes (its sigma is about 1)\n");
    for (const auto& [mean, sigma] : {std::pair{0.0, 1.0}, {0.0, 2.0}, {3.0, 1.0}}) {
        const Images other = with_other_mates(x, normal_tensor(random, x.shape(), mean, sigma), 1);
        const Images before = batch_norm_2d(x, none, none).y, after = batch_norm_2d(other, none, none).y;
        std::printf("  other mates, mean %g, sigma %g: by up to %.3f\n", mean, sigma,
                    largest_difference(before.values().first(16), after.values().first(16)));
    }
    std::printf("\n");
}

void large_mean(Random& random) {
    std::printf("5. Floats at 10,000 +- 0.01, four channels of 1024: the variance of each\n");
    const Tensor<float> x = normal_tensor<float>(random, {4, 4, 16, 16}, 1e4, 1e-2), no_weight;
    const ChannelStatistics s = channel_statistics(x);
    std::printf("  two passes, sums in double    ");
    for (double variance : s.variance) std::printf("%12.4e", variance);
    std::printf("\n  one pass, E[x^2] - mean^2     ");
    for (float variance : one_pass_variance(x)) std::printf("%12.4g", static_cast<double>(variance));

    std::printf(
        "\n  mean^2 is 1e8, where floats are 8 apart: a variance in steps of 8, and if negative a NaN as its root\n");

    // The same floats, done in double throughout, are the truth.
    const Images truth = batch_norm_2d(widened(x), none, none).y;
    ChannelStatistics rounded = s;
    for (double& mean : rounded.mean) mean = static_cast<float>(mean);
    const auto error_with = [&](const ChannelStatistics& statistics) {
        return largest_difference(widened(normalize(x, statistics, no_weight, no_weight, 1e-5)).values(),
                                  truth.values());
    };
    std::printf("  largest error of y: %.0e with the mean in double, %.0e with the mean rounded to float\n\n",
                error_with(s), error_with(rounded));
}

void shapes_of_distributions(const Images& x) {
    const Images y = batch_norm_2d(x, none, none).y;
    std::printf("6. Standardised is not normal: %d values a channel\n", static_cast<int>(x.numel() / 3));
    std::printf("  %-13s%10s%10s%10s%10s  |%8s%10s%10s%10s\n", "", "x: mean", "variance", "skewness", "kurtosis",
                "y: mean", "variance", "skewness", "kurtosis");
    for (Index c = 0; c < 3; ++c) {
        const Moments in = moments<double>(channel_of(x, c).values()), out = moments<double>(channel_of(y, c).values());
        std::printf("  %-13s%10.4f%10.4f%10.4f%10.4f  |%8.4f%10.4f%10.4f%10.4f\n",
                    std::vector<const char*>{"normal", "two humps", "exponential"}[static_cast<std::size_t>(c)],
                    in.mean, in.variance, in.skewness, in.kurtosis, std::abs(out.mean), out.variance, out.skewness,
                    out.kurtosis);
    }
}

void edges(Images x) {
    x(1, 1, 0, 0) = std::nan("");
    const Images y = batch_norm_2d(x, none, none).y;
    std::printf("\n7. One NaN in channel 1: y of image 0 becomes %g, %g, %g in its three channels\n", y(0, 0, 0, 0),
                y(0, 1, 0, 0), y(0, 2, 0, 0));
    const auto refuse = [](const Images& input, const Images& weight) {
        try {
            batch_norm_2d(input, weight, none);
        } catch (const ShapeError& error) {
            std::printf("  refused: %s\n", error.what());
        }
    };
    refuse(Images({3, 8, 8}), none);
    refuse(Images({0, 16, 8, 8}), none);
    refuse(Images({1, 16, 1, 1}), none);
    refuse(Images({2, 8, 4, 4}), Images({16}));
    std::printf("\n");
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);

    const Images x = hand_sized_batch(), weight({3}, {4, 1, 2}), bias({3}, {1, 0, -0.5});
    const BatchNorm2dForward<double> f = batch_norm_2d(x, weight, bias);
    by_hand(x, weight, bias, f);
    check_gradients(random);
    same_as_chapter_1(random);
    batch_mates(random);
    large_mean(random);
    const Images shapes = three_shapes(random, 64, 16, 16);
    shapes_of_distributions(shapes);
    edges(x);

    // Figures
    const Images x_hat = normalize(x, f.statistics, none, none, 1e-5), two_humps = channel_of(shapes, 1);
    plots.save({how_figure(x, f.statistics, x_hat, weight, bias, f.y),
                bimodal_figure(two_humps, batch_norm_2d(two_humps, none, none).y, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch02_batch_norm_2d",
                        .purpose = "Batch norm of images: one mean and variance per channel, forward and backward.",
                        .takes = {Option::seed, Option::plots}},
                       argc, argv, chapter);
}
