// Chapter 10: what does a batch norm layer remember and learn in fifty epochs?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ch07_training/training.hpp"
#include "ch08_resnet/res_net.hpp"
#include "ch09_inside_batch_norm/distribution.hpp"
#include "ch10_fifty_epochs/figures.hpp"
#include "ch10_fifty_epochs/history.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

const std::set<std::size_t> looked_at = {2, 5, 10, 20, 30, 40, 50};  // epochs

struct Range {
    double low, high;
};

// The smallest and largest of the channels' last values.
Range last_values(const std::vector<Series>& channels) {
    Range range{channels[0].back(), channels[0].back()};
    for (const Series& series : channels)
        range = {std::min(range.low, series.back()), std::max(range.high, series.back())};
    return range;
}

void print_range(const char* name, const std::vector<Series>& channels, double initial) {
    const Range range = last_values(channels);
    std::printf("  %-18s starts at %g, ends between %7.3f and %7.3f\n", name, initial, range.low, range.high);
}

void chapter(Options options) {
    if (options.quick && !options.epochs_given) options.epochs = 4;

    // 1. The network, and a history of one of its layers.
    Random random(options.seed);
    ResNet<float> model(random);
    BatchNorm2d<float>& layer = find_batch_norm(model, options.layer);
    const Dataset data = load_dataset(options);
    const PlotFolder plots(options.plots / data.slug);
    Checkpoint checkpoint(options, data);
    BatchNormHistory history(layer);

    // 2. Fifty epochs. After some of them the weights are held still while all batches pass once more.
    std::printf("\nRecording %s at every step\n", options.layer.c_str());
    DataLoader<float> loader(data.train, options.batch);
    Random order(options.seed + 1);
    const std::size_t per_epoch = static_cast<std::size_t>(loader.batch_count());
    std::map<std::size_t, std::vector<Series>> frozen;  // by epoch
    const auto on_step = [&] {
        history.record_step();
        const std::size_t steps = history.weight[0].size(), epoch = steps / per_epoch;
        if (steps % per_epoch != 0 || !looked_at.contains(epoch)) return;
        loader.shuffle(order);
        frozen[epoch] = frozen_batch_means(model, layer, loader);
    };
    const auto save = [&](NamedTensors& state) {
        history.save(state);
        for (const auto& [epoch, means] : frozen) state["frozen " + std::to_string(epoch)] = to_tensor(means);
    };
    const auto load = [&](const NamedTensors& state) {
        history.load(state);
        for (const std::size_t epoch : looked_at)
            if (const std::string name = "frozen " + std::to_string(epoch); state.contains(name)) {
                loader.shuffle(order);  // the random numbers that were drawn then
                frozen[epoch] = from_tensor(saved<Tensor<double>>(state, name));
            }
    };
    train(model, data, options, on_step, {&checkpoint, "training", save, load});
    if (history.weight.empty() || history.weight[0].size() < per_epoch) return;
    const std::size_t epochs = history.weight[0].size() / per_epoch;

    // 3. Where things end. The article: "slight variation from the initial values".
    std::printf("\n%s, %zu channels, after %zu epochs\n", options.layer.c_str(), history.weight.size(), epochs);
    print_range("running_mean", history.running_mean, 0);
    print_range("running_var", history.running_var, 1);
    print_range("weight", history.weight, 1);
    print_range("bias", history.bias, 0);

    double least = 1, most = 0;
    for (std::size_t c = 0; c < history.weight.size(); ++c) {
        const double share = share_above_zero(history.weight[c].back(), history.bias[c].back());
        least = std::min(least, share);
        most = std::max(most, share);
    }
    std::printf("  the ReLU behind it would let %.0f to %.0f %% of normal numbers through; at the start 50 %%\n",
                100 * least, 100 * most);

    // 4. What a running mean is made of.
    const double momentum = 0.1;  // the layer's; options.momentum is the optimiser's
    std::printf("\nshare of the batch of k steps ago in a running mean\n  k = ");
    for (double age : {0, 1, 2, 5, 9, 21, 43}) std::printf("%4.0f: %.4f", age, weight_of_batch(momentum, age));

    // 5. What moves it? Drift moves batch means and running means together: the ratio is near 1. The choice of the
    //    batches alone would give 0.23.
    std::printf("\n\nspread within one epoch, mean of the channels\n");
    std::printf("          batch means           running\n");
    std::printf("  epoch   in training  frozen   mean      drift's share   ratio   law\n");
    for (const auto& [epoch, means] : frozen) {
        if (per_epoch < 2) continue;
        const Spreads s = spreads_in_epoch(history, epoch - 1, per_epoch, means, momentum);
        std::printf("  %5zu   %11.4f  %6.4f   %.4f    %10.0f %%   %5.2f  %4.2f\n", epoch, s.batch_mean, s.frozen,
                    s.running_mean, 100 * s.drift, s.ratio, s.law);
    }
    std::printf("  no drift: sqrt(m / (2 - m)) = %.2f\n\n", expected_ratio(0, momentum));

    const Range weight = last_values(history.weight), bias = last_values(history.bias);
    const std::string title = "After " + std::to_string(epochs) + " epochs weights lie between " +
                              number_text(weight.low, 2, true) + " and " + number_text(weight.high, 2, true) +
                              ", biases between " + number_text(bias.low, 2, true) + " and " +
                              number_text(bias.high, 2, true);
    char subtitle[160];
    std::snprintf(subtitle, sizeof subtitle, "%s, %zu channels; %s, %s rate %g, seed %llu", options.layer.c_str(),
                  history.weight.size(), data.name.c_str(),
                  options.schedule == Schedule::cosine ? "cosine" : "constant", options.lr,
                  static_cast<unsigned long long>(options.seed));
    plots.save({four_panels_figure(history, per_epoch, title, subtitle)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch10_fifty_epochs",
         .purpose = "Running mean and variance, weight and bias of a batch norm layer over fifty epochs.",
         .takes = {Option::layer, Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum,
                   Option::schedule, Option::checkpoint, Option::quick, Option::seed, Option::threads, Option::plots},
         .defaults = {.epochs = 50}},
        argc, argv, chapter);
}
