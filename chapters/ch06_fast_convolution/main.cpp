// Chapter 6: how far is a loop that one can read from what the machine can do, and what does each step on the way gain?
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "ch06_fast_convolution/conv_bn_relu.hpp"
#include "ch06_fast_convolution/figures.hpp"
#include "ch06_fast_convolution/layer_speeds.hpp"
#include "ch06_fast_convolution/measure.hpp"
#include "ch06_fast_convolution/steps.hpp"
#include "common/chapter.hpp"

using namespace bn;

namespace {

constexpr Index N = 64;  // images

Tensor<float> normal(Random& random, Shape shape) {
    Tensor<float> t(std::move(shape));
    random.fill_normal(t.values());
    return t;
}

double largest_difference(const Tensor<float>& a, const Tensor<float>& b) {
    double difference = 0, size = 0;
    for (Index i = 0; i < a.numel(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(a[i] - b[i])));
        size = std::max(size, std::abs(static_cast<double>(b[i])));
    }
    return difference / size;
}

// Steps 1 to 6 and 8 on one layer: each with its speed, and how far its result is from that of chapter 5's loops. Step
// 8's speed counts the products of chapter 5, not the fewer that it needs.
std::vector<Step> time_steps(Random& random, const Limits& limits) {
    constexpr Index C = 16, side = 16;
    const double gflop = 2e-9 * static_cast<double>(N * C * C * 9 * side * side);
    const Tensor<float> x = normal(random, {N, C, side, side}), d_y = normal(random, {N, C, side, side}),
                        weight = normal(random, {C, C, 3, 3}), bias = normal(random, {C});
    const Conv2dGeometry same{1, 1};
    std::vector<Step> steps;
    Tensor<float> exact, result;
    double before = 0;
    const auto time = [&](int pass, const std::string& text, const std::function<Tensor<float>()>& run,
                          int threads = 1) {
        omp_set_num_threads(threads);
        const bool readable = text[0] == '0';
        const double speed = gflop / fastest(readable ? 1 : 10, [&] { result = run(); });
        if (readable) exact = result;
        const double peak = threads == 1 ? limits.one_thread : limits.all_threads;
        std::printf("%-46s %10.2f %8.0f %% %11s   %.1e\n", text.c_str(), speed, 100 * speed / peak,
                    readable ? "" : (number_text(speed / before, 1) + "x").c_str(), largest_difference(result, exact));
        steps.push_back({text, pass, before = speed});
    };
    const auto forward = [&](Rows rows) { return [&, rows] { return fast_conv2d(x, weight, bias, same, rows); }; };
    const auto d_x = [&](Rows rows) {
        return [&, rows] { return fast_conv2d_d_x(d_y, x.shape(), weight, same, rows); };
    };
    const auto d_weight = [&](Rows rows) {
        return [&, rows] { return fast_conv2d_backward(d_y, x, weight, false, same, false, rows).d_weight; };
    };
    const std::string threads = std::to_string(limits.threads) + " threads", six = "6  " + threads,
                      eight = "8  rows in pairs, " + threads;
    constexpr Rows one_by_one = Rows::one_by_one, in_pairs = Rows::in_pairs;

    std::printf("%-46s %10s %10s %11s   %s\n", "step", "GFLOP/s", "of peak", "gain", "largest relative difference");
    time(0, "0  forward: chapter 5's loops", [&] { return conv2d(x, weight, bias, same); });
    time(0, "1  padding", [&] { return conv2d_by_taps(x, weight, bias, 1); });
    time(0, "2  the row as a vector", [&] { return conv2d_by_vectors(x, weight, bias, 1); });
    time(0, "3  register tile", forward(one_by_one));
    time(0, six, forward(one_by_one), limits.threads);
    time(0, eight, forward(in_pairs), limits.threads);
    time(1, "0  data gradient: chapter 5's loops", [&] { return conv2d_d_x(d_y, x.shape(), weight, same); });
    time(1, "4  a flipped forward", d_x(one_by_one));
    time(1, six, d_x(one_by_one), limits.threads);
    time(1, eight, d_x(in_pairs), limits.threads);
    time(2, "0  weight gradient: chapter 5's loops", [&] { return conv2d_d_weight(d_y, x, weight.shape(), same); });
    time(2, "1, 2  padding, rows as vectors", [&] { return conv2d_d_weight_by_vectors(d_y, x, weight.shape(), 1); });
    time(2, "5  a tile of weights", d_weight(one_by_one));
    time(2, six, d_weight(one_by_one), limits.threads);
    time(2, eight, d_weight(in_pairs), limits.threads);
    return steps;
}

// Step 7: convolution, batch norm and ReLU forward and backward, one after the other and image by image.
void time_together(Random& random) {
    FastConv2d<float> conv(16, 16, {.kernel_size = 3, .padding = 1}, random);
    FastBatchNorm2d<float> norm(16);
    FastReLU<float> relu(true);
    ConvBnReLU2d<float> together(conv, &norm, &relu);
    const Tensor<float> x = normal(random, {N, 16, 16, 16}), d_z = normal(random, x.shape());
    const double apart = fastest(30, [&] {
        relu(norm(conv(x)));
        conv.backprop(norm.backprop(relu.backprop(d_z)));
    });
    const double fused = fastest(30, [&] {
        together(x);
        together.backprop(d_z);
    });
    std::printf(
        "\n7  convolution, batch norm and ReLU, forward and backward: %.2f ms one after the other, %.2f ms together: "
        "%.2fx\n",
        1e3 * apart, 1e3 * fused, apart / fused);
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);
    const int threads = omp_get_max_threads();
    const Limits limits{threads, multiply_add_peak(1), multiply_add_peak(threads), memory_bandwidth(1 << 15),
                        memory_bandwidth(1 << 25)};
    std::printf("Registers of %d bytes: %d floats. Multiply-adds alone: %.0f GFLOP/s on 1 thread, %.0f on %d;\n",
                vector_bytes, static_cast<int>(lanes<float>), limits.one_thread, limits.all_threads, threads);
    std::printf("%.0f GB/s from the caches, %.0f GB/s from memory\n\n", limits.cache, limits.memory);

    const std::vector<Step> steps = time_steps(random, limits);
    time_together(random);
    const std::vector<LayerSpeed> layers = time_layers(random, N);
    std::printf("\n%-18s %-10s %10s %10s\n", "layer", "pass", "FLOP/byte", "GFLOP/s");
    for (const LayerSpeed& layer : layers)
        std::printf("%-18s %-10s %10.3f %10.1f\n", layer.layer.c_str(), layer.pass.c_str(), layer.intensity,
                    layer.gflops);
    std::printf("\n");
    plots.save({steps_figure(steps, limits), roofline_figure(layers, limits)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch06_fast_convolution",
         .purpose = "Convolution with vectors, register tiles and threads, side by side with the readable loops.",
         .takes = {Option::seed, Option::threads, Option::plots}},
        argc, argv, chapter);
}
