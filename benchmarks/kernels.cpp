// Every layer of chapter 8's network on a batch of 64 images, forward and backward, by chapter 2's and 5's readable
// loops and by chapter 6's fast ones. Google Benchmark's options work: --benchmark_filter=conv, --benchmark_format=csv,
// … OMP_NUM_THREADS says how many threads there are.
//
// FLOP/s: multiply-adds count as two. B/s: the bytes that have to be read and written, each pass over a tensor counted.
#include <benchmark/benchmark.h>

#include <span>
#include <string>
#include <vector>

#include "ch06_fast_convolution/fast_layers.hpp"

using namespace bn;

namespace {

constexpr Index batch = 64;

Tensor<float> noise(const Shape& shape) {
    Random random(0);
    std::vector<float> some(65'537);  // a large tensor of normal numbers would take longer than what is timed
    random.fill_normal(std::span(some));
    Tensor<float> t = Tensor<float>::empty(shape);
    for (Index i = 0; i < t.numel(); ++i) t[i] = some[static_cast<std::size_t>(i) % some.size()];
    return t;
}

struct Work {
    const char* unit;  // "FLOP/s" or "B/s"
    double amount;     // in one call
};
Work flop(Index multiply_adds) {
    return {"FLOP/s", 2.0 * static_cast<double>(multiply_adds)};
}
Work bytes(Index floats) {
    return {"B/s", 4.0 * static_cast<double>(floats)};
}

// Registers the benchmark `name`. Its tensors are made when it runs, and not before.
template <class MakeInputs, class Action>
void add(const std::string& name, Work work, const MakeInputs& make_inputs, const Action& action) {
    benchmark::RegisterBenchmark(name.c_str(),
                                 [=](benchmark::State& state) {
                                     auto inputs = make_inputs();
                                     for (auto _ : state) benchmark::DoNotOptimize(action(inputs));
                                     state.counters[work.unit] =
                                         benchmark::Counter(work.amount, benchmark::Counter::kIsIterationInvariantRate);
                                 })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
}

// The same layer by the readable loops and by the fast ones.
template <class MakeInputs, class Naive, class Fast>
void add_both(const std::string& name, Work work, const MakeInputs& make_inputs, const Naive& naive, const Fast& fast) {
    add(name + "/naive", work, make_inputs, naive);
    add(name + "/fast", work, make_inputs, fast);
}

void add_conv2d(const std::string& name, Index in, Index out, Index side) {
    struct Inputs {
        Tensor<float> x, weight, bias, d_y;
        Conv2dGeometry geometry{1, 1};
    };
    const auto make = [=] {
        return Inputs{noise({batch, in, side, side}), noise({out, in, 3, 3}), Tensor<float>({out}),
                      noise({batch, out, side, side})};
    };
    const Work work = flop(batch * 9 * in * out * side * side);
    add_both(
        name + "/forward", work, make, [](Inputs& i) { return conv2d(i.x, i.weight, i.bias, i.geometry); },
        [](Inputs& i) { return fast_conv2d(i.x, i.weight, i.bias, i.geometry); });
    add_both(
        name + "/d_x", work, make, [](Inputs& i) { return conv2d_d_x(i.d_y, i.x.shape(), i.weight, i.geometry); },
        [](Inputs& i) { return fast_conv2d_d_x(i.d_y, i.x.shape(), i.weight, i.geometry); });
    add_both(
        name + "/d_weight", work, make,
        [](Inputs& i) { return conv2d_d_weight(i.d_y, i.x, i.weight.shape(), i.geometry); },
        [](Inputs& i) { return fast_conv2d_backward(i.d_y, i.x, i.weight, false, i.geometry, false).d_weight; });
}

void add_linear(const std::string& name, Index in, Index out) {
    struct Inputs {
        Tensor<float> x, weight, bias, d_y;
    };
    const auto make = [=] {
        return Inputs{noise({batch, in}), noise({out, in}), Tensor<float>({out}), noise({batch, out})};
    };
    add_both(
        name + "/forward", flop(batch * in * out), make, [](Inputs& i) { return linear(i.x, i.weight, i.bias); },
        [](Inputs& i) { return fast_linear(i.x, i.weight, i.bias); });
    add_both(
        name + "/backward", flop(2 * batch * in * out), make,
        [](Inputs& i) { return linear_backward(i.d_y, i.x, i.weight, true); },
        [](Inputs& i) { return fast_linear_backward(i.d_y, i.x, i.weight, true); });
}

// Forward reads x twice (statistics, output) and writes y; backward reads x and d_y twice (sums, d_x) and writes d_x.
void add_batch_norm_2d(const std::string& name, const Shape& shape) {
    struct Inputs {
        Tensor<float> x, weight, bias, d_y;
        ChannelStatistics statistics;
    };
    const auto make = [=] {
        Inputs i{noise(shape), Tensor<float>({shape[1]}, 1), Tensor<float>({shape[1]}), noise(shape), {}};
        i.statistics = fast_channel_statistics(i.x);
        return i;
    };
    const Index size = shape[0] * shape[1] * shape[2] * shape[3];
    add_both(
        name + "/forward", bytes(3 * size), make,
        [](Inputs& i) { return batch_norm_2d(i.x, i.weight, i.bias, 1e-5).y; },
        [](Inputs& i) { return fast_batch_norm_2d(i.x, i.weight, i.bias, 1e-5).y; });
    add_both(
        name + "/backward", bytes(5 * size), make,
        [](Inputs& i) { return batch_norm_2d_backward(i.d_y, i.x, i.statistics, i.weight, 1e-5); },
        [](Inputs& i) { return fast_batch_norm_2d_backward(i.d_y, i.x, i.statistics, i.weight, 1e-5); });
}

// In place, so forward reads and writes one tensor; backward reads two and writes one.
void add_relu(const std::string& name, const Shape& shape) {
    struct Inputs {
        Tensor<float> y, d_y;
    };
    const auto make = [=] { return Inputs{noise(shape), noise(shape)}; };
    const Index size = shape[0] * shape[1] * shape[2] * shape[3];
    add_both(
        name + "/forward", bytes(2 * size), make, [](Inputs& i) { return relu_(i.y); },
        [](Inputs& i) { return fast_relu_(i.y); });
    add_both(
        name + "/backward", bytes(3 * size), make, [](Inputs& i) { return relu_backward(i.d_y, i.y); },
        [](Inputs& i) { return fast_relu_backward(i.d_y, i.y); });
}

// Windows of 2×2: what there is of y and winners is a quarter of x. Backward reads both and writes d_x.
void add_max_pool2d(const std::string& name, const Shape& shape) {
    struct Inputs {
        Tensor<float> x;
        MaxPool2dForward<float> forward;
    };
    const auto make = [=] {
        const Tensor<float> x = noise(shape);
        return Inputs{x, max_pool2d(x, 2, 2)};  // its y stands in for d_y
    };
    const Work work = bytes(shape[0] * shape[1] * shape[2] * shape[3] * 3 / 2);
    add_both(
        name + "/forward", work, make, [](Inputs& i) { return max_pool2d(i.x, 2, 2).y; },
        [](Inputs& i) { return fast_max_pool2d(i.x, 2, 2).y; });
    add_both(
        name + "/backward", work, make,
        [](Inputs& i) { return max_pool2d_backward(i.forward.y, i.forward.argmax, i.x.shape()); },
        [](Inputs& i) { return fast_max_pool2d_backward(i.forward.y, i.forward.argmax, i.x.shape()); });
}

}  // namespace

int main(int argc, char** argv) {
    // Layers of the same sizes are there once: res_block1.conv3 is as conv2, its batch norms are as bn1.
    add_conv2d("conv1", 3, 8, 32);
    add_conv2d("res_block1.conv1", 8, 16, 16);
    add_conv2d("res_block1.conv2", 16, 16, 16);
    add_batch_norm_2d("bn_initial", {batch, 8, 32, 32});
    add_batch_norm_2d("res_block1.bn1", {batch, 16, 16, 16});
    add_relu("relu", {batch, 8, 32, 32});
    add_relu("res_block1.relu", {batch, 16, 16, 16});
    add_max_pool2d("max_pool2d", {batch, 8, 32, 32});
    add_max_pool2d("max_pool2d_after_block", {batch, 16, 16, 16});
    add_linear("fc1", 16 * 8 * 8, 64);
    add_linear("fc2", 64, 2);
    add_batch_norm_2d("large_batch_norm", {256, 64, 56, 56});  // in no cache: as in the first stage of a large network

    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
