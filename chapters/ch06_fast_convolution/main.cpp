// Chapter 6: how far is a loop that one can read from what the machine can do?
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch06_fast_convolution/figures.hpp"
#include "common/chapter.hpp"
#include "common/progress.hpp"

using namespace bn;

namespace {

// The convolutions of the article's network, on a batch of 16 images.
struct Layer {
    const char* name;
    Index in_channels, out_channels, side;
    double flops() const { return 2.0 * 16 * 9 * static_cast<double>(in_channels * out_channels * side * side); }
};
constexpr Layer layers[] = {{"conv1", 3, 8, 32}, {"res_block1.conv1", 8, 16, 16}, {"res_block1.conv2", 16, 16, 16}};

// Seconds of the fastest of several runs: what disturbs a run only makes it slower.
double fastest(int runs, const std::function<void()>& action) {
    action();  // warms the caches up
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const double start = now();
        action();
        best = std::min(best, now() - start);
    }
    return best;
}

double largest_difference(const Tensor<float>& a, const Tensor<float>& b) {
    double difference = 0, size = 0;
    for (Index i = 0; i < a.numel(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(a[i] - b[i])));
        size = std::max(size, std::abs(static_cast<double>(b[i])));
    }
    return difference / size;
}

// Multiply-adds on registers alone, on all threads at once: what this machine can do at most, in GFLOP/s.
double peak(int threads) {
    constexpr int chains = 12;  // enough to hide the latency of one behind the others
    constexpr Index rounds = 2'000'000;
    std::vector<float> results(static_cast<std::size_t>(threads));
    const double seconds = fastest(5, [&] {
#pragma omp parallel num_threads(threads)
        {
            const Vec<float> factor = broadcast(0.999999f), addend = broadcast(1e-7f);
            Vec<float> sums[chains];
            for (int c = 0; c < chains; ++c) sums[c] = in_register<float>(broadcast(static_cast<float>(c)));
            for (Index round = 0; round < rounds; ++round)
#pragma GCC unroll 12
                for (int c = 0; c < chains; ++c) sums[c] = sums[c] * factor + addend;
            float& result = results[static_cast<std::size_t>(omp_get_thread_num())];
            for (const Vec<float>& s : sums) result += sum<float>(s);
        }
    });
    if (std::isnan(results[0])) std::printf("\n");  // the results are used, or the loop would be left out
    return 2.0 * static_cast<double>(rounds * chains * lanes<float> * threads) / seconds / 1e9;
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);
    const int threads = omp_get_max_threads();
    std::printf("%d threads, registers of %d bytes: %d floats\n\n", threads, vector_bytes,
                static_cast<int>(lanes<float>));
    std::printf("%-18s %-9s %14s %14s %8s   %s\n", "layer", "pass", "ch05 GFLOP/s", "ch06 GFLOP/s", "ratio",
                "largest relative difference");

    std::vector<KernelSpeed> speeds;
    for (const Layer& layer : layers) {
        Tensor<float> x({16, layer.in_channels, layer.side, layer.side}),
            weight({layer.out_channels, layer.in_channels, 3, 3}), bias({layer.out_channels});
        Tensor<float> d_y({16, layer.out_channels, layer.side, layer.side});
        for (Tensor<float>* t : {&x, &weight, &bias, &d_y}) random.fill_normal(t->values());
        const Conv2dGeometry geometry{1, 1};
        Tensor<float> naive, fast;
        const auto report = [&](const char* pass, const std::function<void()>& naive_pass,
                                const std::function<void()>& fast_pass) {
            const double slow = layer.flops() / fastest(2, naive_pass) / 1e9,
                         quick = layer.flops() / fastest(20, fast_pass) / 1e9;
            speeds.push_back({std::string(layer.name) + ", " + pass, slow, quick});
            std::printf("%-18s %-9s %14.2f %14.1f %7.0fx   %.1e\n", layer.name, pass, slow, quick, quick / slow,
                        largest_difference(fast, naive));
        };
        report(
            "forward", [&] { naive = conv2d(x, weight, bias, geometry); },
            [&] { fast = fast_conv2d(x, weight, bias, geometry); });
        report(
            "d_x", [&] { naive = conv2d_d_x(d_y, x.shape(), weight, geometry); },
            [&] { fast = fast_conv2d_d_x(d_y, x.shape(), weight, geometry); });
        report(
            "d_weight", [&] { naive = conv2d_d_weight(d_y, x, weight.shape(), geometry); },
            [&] { fast = fast_conv2d_backward(d_y, x, weight, false, geometry, false).d_weight; });
    }
    const double limit = peak(threads);
    std::printf("\nMultiply-adds alone, %d threads: %.0f GFLOP/s\n\n", threads, limit);
    plots.save({speed_figure(speeds, limit, threads)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch06_fast_convolution",
         .purpose = "Convolution with vectors, register tiles and threads, side by side with the readable loops.",
         .takes = {Option::seed, Option::threads, Option::plots}},
        argc, argv, chapter);
}
