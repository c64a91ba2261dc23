// Times the project on the work that pytorch.py does as well, and prints lines "name = value"; compare reads them.
//
//     bench_project THREADS WHAT...
//
// WHAT, in seconds unless it says otherwise; a name is printed once for each sample:
//     epoch, double_images, double_batch     the training part of an epoch: 10,000 images in batches of 64; twice as
//                                            many images; twice as many in a batch
//     evaluation                             10,000 images in eval mode
//     batch_norm_small, batch_norm_large     BatchNorm2d forward and backward
//     peak                                   multiply-adds on registers, all threads at once: GFLOP/s
//     passes                                 batch_norm_large's passes over memory, without its arithmetic; also triad,
//                                            a memory bandwidth as it is often given, GB/s
//     weights                                trains an epoch as chapter 8 does; a hash of all that it has learned
// Last comes memory, the most that the process has held, in MB.
#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "ch06_fast_convolution/measure.hpp"
#include "ch07_training/training.hpp"
#include "ch08_resnet/res_net.hpp"

using namespace bn;

namespace {

// --- The work ---

ImageSet random_images(Index count, std::mt19937_64& engine) {
    ImageSet images;
    images.pixels.resize(static_cast<std::size_t>(count * image_bytes));
    images.labels.resize(static_cast<std::size_t>(count));
    for (std::uint8_t& pixel : images.pixels) pixel = static_cast<std::uint8_t>(engine());
    for (std::uint8_t& label : images.labels) label = engine() % 2 ? label_bird : label_airplane;
    return images;
}

// Noise of the sizes of chapter 8's data: how long the arithmetic takes does not depend on what there is to learn.
Dataset random_data(Index train, Index validation) {
    std::mt19937_64 engine(0);
    return {"noise", "noise", random_images(train, engine), random_images(validation, engine)};
}

Options training_options(int epochs, int batch) {
    return {.epochs = epochs, .batch = batch, .lr = 0.01, .momentum = 0.9};
}

// Prints how long the training part of each epoch took. A few steps before them warm up.
void time_epochs(const char* name, const Dataset& data, int batch, int epochs) {
    Random random(0);
    ResNet<float> model(random);
    train(model, random_data(640, 100), training_options(1, batch));
    for (const EpochReport& report : train(model, data, training_options(epochs, batch)))
        std::printf("%s = %.6f\n", name, report.seconds);
}

void time_evaluation(const ImageSet& images) {
    Random random(0);
    ResNet<float> model(random);
    for (int sample = -1; sample < 3; ++sample) {  // the first one warms up
        const double start = now();
        evaluate(model, images);
        if (sample >= 0) std::printf("evaluation = %.6f\n", now() - start);
    }
}

Tensor<float> noise(const Shape& shape, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> some(65'537);  // a large tensor of normal numbers would take longer than what is timed
    random.fill_normal(std::span(some));
    Tensor<float> t = Tensor<float>::empty(shape);
    for (Index i = 0; i < t.numel(); ++i) t[i] = some[static_cast<std::size_t>(i) % some.size()];
    return t;
}

void time_batch_norm(const char* name, const Shape& shape, int samples) {
    FastBatchNorm2d<float> layer(shape[1]);
    const Tensor<float> x = noise(shape, 1), d_y = noise(shape, 2);
    for (int sample = -1; sample < samples; ++sample) {
        layer.zero_grad();
        const double start = now();
        layer(x);
        layer.backprop(d_y);
        if (sample >= 0) std::printf("%s = %.6f\n", name, now() - start);
    }
}

// FNV-1a over the bytes of parameters and buffers, in the order of the state_dict.
std::uint64_t hash_of(Module<float>& model) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&](float value) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        for (int byte = 0; byte < 4; ++byte) hash = (hash ^ (bits >> 8 * byte & 0xff)) * 0x100000001b3;
    };
    for (const auto& [name, entry] : model.state_dict())
        if (const auto* tensor = std::get_if<Tensor<float>>(&entry))
            for (float value : tensor->values()) add(value);
    return hash;
}

void print_weights(const Dataset& data) {
    Random random(0);
    ResNet<float> model(random);
    train(model, data, training_options(1, 64));
    std::printf("weights = %016llx\n", static_cast<unsigned long long>(hash_of(model)));
}

// --- The machine's limits ---

// Σ of term(i) for i < count in steps of a vector, with sums enough that memory is what one waits for.
template <class Term>
float parallel_sum(Index count, const Term& term) {
    constexpr Index block = 1 << 14, chains = 4;
    float total = 0;
#pragma omp parallel for schedule(static) reduction(+ : total)
    for (Index first = 0; first < count; first += block) {
        Vec<float> sums[chains] = {};
        for (Index i = first; i < std::min(first + block, count); i += chains * lanes<float>)
#pragma GCC unroll 4
            for (Index c = 0; c < chains; ++c) sums[c] += term(i + c * lanes<float>);
        total += sum<float>((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
    return total;
}

// The passes over memory that batch_norm_large needs, with next to no arithmetic.
void time_passes(Index count) {
    std::vector<float> x(static_cast<std::size_t>(count), 1.0f), d_y = x, out = x;
    const float *from = x.data(), *gradient = d_y.data();
    float* to = out.data();
    volatile float result = 0;
    const double statistics =
        fastest(5, [&] { result = parallel_sum(count, [&](Index i) { return load(from + i); }); });
    const double output = fastest(5, [&] {
#pragma omp parallel for simd schedule(static)
        for (Index i = 0; i < count; ++i) to[i] = 0.5f * from[i];
    });
    const double sums =
        fastest(5, [&] { result = parallel_sum(count, [&](Index i) { return load(from + i) * load(gradient + i); }); });
    const double d_x = fastest(5, [&] {
#pragma omp parallel for simd schedule(static)
        for (Index i = 0; i < count; ++i) to[i] = from[i] + 0.5f * gradient[i];
    });
    const double gigabytes = static_cast<double>(count) * sizeof(float) / 1e9;
    std::printf("passes = %.6f\ntriad = %.3f\n", statistics + output + sums + d_x, 3 * gigabytes / d_x);
}

double peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (double kilobytes; word == "VmHWM:" && status >> kilobytes) return kilobytes / 1000;
    return 0;
}

void run(const std::string& what) {
    const Shape small{64, 16, 16, 16}, large{256, 64, 56, 56};
    if (what == "epoch") {
        time_epochs("epoch", random_data(10'000, 100), 64, 2);
    } else if (what == "double_images") {
        time_epochs("double_images", random_data(20'000, 100), 64, 1);
    } else if (what == "double_batch") {
        time_epochs("double_batch", random_data(10'000, 100), 128, 1);
    } else if (what == "evaluation") {
        time_evaluation(random_data(10'000, 0).train);
    } else if (what == "batch_norm_small") {
        time_batch_norm("batch_norm_small", small, 200);
    } else if (what == "batch_norm_large") {
        time_batch_norm("batch_norm_large", large, 6);
    } else if (what == "peak") {
        std::printf("peak = %.3f\n", multiply_add_peak(omp_get_max_threads()));
    } else if (what == "passes") {
        time_passes(large[0] * large[1] * large[2] * large[3]);
    } else if (what == "weights") {
        print_weights(random_data(10'000, 2'000));
    } else {
        throw std::invalid_argument("there is no '" + what + "' to measure");
    }
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 3) throw std::invalid_argument("bench_project THREADS WHAT...");
    omp_set_num_threads(std::max(1, std::atoi(argv[1])));
    for (int i = 2; i < argc; ++i) run(argv[i]);
    std::printf("memory = %.1f\n", peak_memory());
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_project: %s\n", error.what());
    return 1;
}
