// Chapter 13: how small may a batch be? Batch norm, three norms that do not look at the batch, and recalibration.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "ch13_small_batches/experiments.hpp"
#include "ch13_small_batches/norms.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

const std::vector<Experiment> experiments = {
    {"batch-size", "Which norms can be trained with small batches?"},
    {"recalibration", "Does a second pass over the data mend batch norm's running statistics?"},
};

// 1. Which numbers share a mean: the same image alone and with others.
void print_dependence() {
    Tensor<float> three({3, 4, 2, 2});
    Random(1).fill_normal(three.values(), 3.0, 2.0);
    Tensor<float> alone({1, 4, 2, 2});
    std::copy_n(three.data(), alone.numel(), alone.data());
    std::printf("1. An image of 4 channels of 2x2, alone and with two others, in train mode\n");
    const auto row = [&](Module<float>& norm, Module<float>& other) {
        const Tensor<float> with = norm(three), without = other(alone);
        float largest = 0;
        for (Index i = 0; i < alone.numel(); ++i) largest = std::max(largest, std::abs(with[i] - without[i]));
        std::printf("  %-82s changes by %.3f\n", norm.to_string().c_str(), static_cast<double>(largest));
        return without;
    };
    BatchNorm2d<float> batch(4), batch2(4);
    GroupNorm<float> group(2, 4);
    LayerNorm<float> layer({4, 2, 2});
    InstanceNorm2d<float> instance(4);
    const Tensor<float> by_batch = row(batch, batch2);
    row(group, group);
    row(layer, layer);
    const Tensor<float> by_instance = row(instance, instance);
    float largest = 0;
    for (Index i = 0; i < alone.numel(); ++i) largest = std::max(largest, std::abs(by_batch[i] - by_instance[i]));
    std::printf("  a batch of one: batch norm and instance norm differ by %.1e\n", static_cast<double>(largest));
}

// 2. The batch of one, and its error.
void print_batches_of_one() {
    std::printf("\n2. Batches of one\n");
    const auto row = [](const char* name, Module<float>& norm, const Shape& shape) {
        Tensor<float> x(shape);
        Random(2).fill_normal(x.values());
        try {
            const Tensor<float> y = norm(x);
            std::printf("  %-14s %-14s fine: %.4f, %.4f, ...\n", name, to_string(shape).c_str(),
                        static_cast<double>(y[0]), static_cast<double>(y[1]));
        } catch (const ShapeError& error) {
            std::printf("  %-14s %-14s %s\n", name, to_string(shape).c_str(), error.what());
        }
    };
    BatchNorm2d<float> batch(4), resting(4);
    resting.eval();
    GroupNorm<float> group(2, 4);
    InstanceNorm2d<float> instance(4);
    row("batch norm", batch, {1, 4, 8, 8});
    row("batch norm", batch, {1, 4, 1, 1});
    row("  in eval mode", resting, {1, 4, 1, 1});
    row("batch norm", batch, {2, 4, 1, 1});
    row("instance norm", instance, {2, 4, 1, 1});
    row("group norm", group, {1, 4, 1, 1});
}

// As many runs as three minutes hold, or a minute, or as the committed figures have.
Plan plan_of(const Options& options) {
    const int runs = options.seeds > 0 ? options.seeds : options.quick ? 2 : options.full ? 5 : 3;
    Plan plan{{1, 2, 4, 8, 16, 32, 64, 128}, {}, options.full ? 3 : 2};
    if (options.quick) plan.batches = {1, 2, 8, 128};
    if (options.batch > 0) plan.batches = {options.batch};
    for (int i = 0; i < runs; ++i) plan.seeds.push_back(options.seed + static_cast<std::uint64_t>(i));
    return plan;
}

void chapter(const Options& options) {
    const auto wanted = [&](const Experiment& experiment) {
        return options.experiment.empty() || options.experiment == experiment.name;
    };
    const Plan plan = plan_of(options);
    const Dataset all = load_dataset(options);
    const Dataset data = subset(all, options.quick ? 2000 : options.full ? 10'000 : 3000, 2000);
    if (plan.batches.back() > data.train.size())
        throw UsageError("--batch: a batch of " + std::to_string(plan.batches.back()) +
                         " images cannot be taken from " + std::to_string(data.train.size()));
    const PlotFolder plots(options.plots / data.slug);
    Checkpoint checkpoint(options, data);
    std::printf("\n");
    if (options.experiment.empty()) {
        print_dependence();
        print_batches_of_one();
    }

    // 3. The experiments. What one has trained, the other uses
    Runs runs(data, plan.epochs, &checkpoint);
    std::vector<Figure> figures;
    const auto add = [&](std::optional<Figure> figure) {
        if (figure) figures.push_back(*figure);
    };
    if (wanted(experiments[0])) add(batch_size_experiment(runs, plan));
    if (wanted(experiments[1]) && !interrupted()) add(recalibration_experiment(runs, plan));
    if (!figures.empty()) plots.save(figures);
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch13_small_batches",
                        .purpose = "Trains with small batches: batch norm, group, layer and instance norm.",
                        .takes = {Option::data, Option::experiment, Option::seeds, Option::batch, Option::quick,
                                  Option::full, Option::checkpoint, Option::seed, Option::threads, Option::plots},
                        .defaults = {.batch = 0},
                        .experiments = experiments},
                       argc, argv, chapter);
}
