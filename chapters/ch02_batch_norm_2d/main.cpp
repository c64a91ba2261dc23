// Chapter 2: what does batch norm do to a batch of images, and over which of its four dimensions?
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch02_batch_norm_2d/experiments.hpp"
#include "ch02_batch_norm_2d/figures.hpp"
#include "ch02_batch_norm_2d/jacobian.hpp"
#include "ch02_batch_norm_2d/printing.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Images = Tensor<double>;
const Images none;  // no weight, no bias: γ = 1, β = 0

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

// Eq. (2.8): what an output feels of the inputs, for image 0, channel 0, pixel (0, 0)
void who_feels_whom(const Images& x, const ChannelStatistics& s) {
    const auto slope = [&](const Position& from) { return x_hat_slope(x, s, 1e-5, {0, 0, 0, 0}, from); };
    std::printf("2. Slope of x_hat of image 0, channel 0, pixel (0, 0), as it changes with\n");
    std::printf("  its own x                        %8.4f\n", slope({0, 0, 0, 0}));
    std::printf("  pixel (0, 1) of the same image   %8.4f\n", slope({0, 0, 0, 1}));
    std::printf("  pixel (1, 1) of image 2          %8.4f\n", slope({2, 0, 1, 1}));
    std::printf("  channel 1 of its own pixel       %8.4f\n\n", slope({0, 1, 0, 0}));
}

void gradients(Random& random) {
    std::printf("3. Gradient check, [4, 3, 5, 5], eps = 0.1, random cotangent: relative errors\n");
    for (const CheckedPass& pass : check_gradients(random))
        std::printf("  %-50s %.1e\n", pass.name.c_str(), pass.error);
    const auto [y, d_x] = differences_from_chapter_1(random);
    std::printf("\n4. 50 images of one pixel in one channel are chapter 1's 50 numbers: largest differences\n");
    std::printf("  y %.1e, d_x %.1e\n\n", y, d_x);
}

void batch_mates(Random& random) {
    const Images x = normal_tensor(random, {8, 1, 4, 4});
    std::printf("5. Image 0 stays, its seven batch-mates change: how its own output changes (its sigma is about 1)\n");
    for (const auto& [mean, sigma] : {std::pair{0.0, 1.0}, {0.0, 2.0}, {3.0, 1.0}}) {
        const Images other = with_other_mates(x, normal_tensor(random, x.shape(), mean, sigma), 1);
        const Images before = batch_norm_2d(x, none, none).y, after = batch_norm_2d(other, none, none).y;
        std::printf("  other mates, mean %g, sigma %g: by up to %.3f\n", mean, sigma,
                    largest_difference(before.values().first(16), after.values().first(16)));
    }
}

void digits(Random& random) {
    const LargeMean m = large_mean(random);
    std::printf("\n6. Floats at 10,000 +- 0.01, four channels of 1024: the variance of each");
    std::printf("\n  two passes, sums in double    ");
    for (double variance : m.two_passes) std::printf("%12.4e", variance);
    std::printf("\n  one pass, E[x^2] - mean^2     ");
    for (float variance : m.one_pass) std::printf("%12.4g", static_cast<double>(variance));
    std::printf(
        "\n  mean^2 is 1e8, where floats are 8 apart: a variance in steps of 8, and if negative a NaN as its root\n");
    std::printf("  largest error of y: %.0e with the mean in double, %.0e with the mean rounded to float\n\n", m.error,
                m.error_of_rounded);
}

void shapes_of_distributions(const Images& x) {
    const Images y = batch_norm_2d(x, none, none).y;
    std::printf("7. Standardised is not normal: %d values a channel\n", static_cast<int>(x.numel() / 3));
    print_moments_head();
    const char* names[] = {"normal", "two humps", "exponential"};
    for (Index c = 0; c < 3; ++c)
        print_moments(names[c], moments<double>(channel_of(x, c).values()), moments<double>(channel_of(y, c).values()));
}

void edges(Images x) {
    x(1, 1, 0, 0) = std::nan("");
    const Images y = batch_norm_2d(x, none, none).y;
    std::printf("\n8. One NaN in channel 1: y of image 0 becomes %g, %g, %g in its three channels\n", y(0, 0, 0, 0),
                y(0, 1, 0, 0), y(0, 2, 0, 0));
    for (const std::string& message : refusals()) std::printf("  refused: %s\n", message.c_str());
    std::printf("\n");
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);

    const Images x = hand_sized_batch(), weight({3}, {4, 1, 2}), bias({3}, {1, 0, -0.5});
    const BatchNorm2dForward<double> f = batch_norm_2d(x, weight, bias);
    by_hand(x, weight, bias, f);
    who_feels_whom(x, f.statistics);
    gradients(random);
    batch_mates(random);
    digits(random);
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
