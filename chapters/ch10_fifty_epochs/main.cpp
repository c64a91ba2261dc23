// Chapter 10: what does a batch norm layer remember and learn in fifty epochs?
#include <algorithm>
#include <cmath>
#include <cstdio>
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
    BatchNormHistory history(layer);

    // 2. Fifty epochs.
    std::printf("\nRecording %s at every step\n", options.layer.c_str());
    train(model, data, options, [&] { history.record_step(); });
    const std::size_t per_epoch = static_cast<std::size_t>(DataLoader<float>(data.train, options.batch).batch_count());
    if (history.weight.empty() || history.weight[0].size() < per_epoch) return;
    const std::size_t epochs = history.weight[0].size() / per_epoch;

    // 3. Where things end. The article: "slight variation from the initial values".
    std::printf("\n%s, %zu channels, after %zu epochs\n", options.layer.c_str(), history.weight.size(), epochs);
    print_range("running_mean", history.running_mean, 0);
    print_range("running_var", history.running_var, 1);
    print_range("weight", history.weight, 1);
    print_range("bias", history.bias, 0);

    // 4. What moves the running mean? Independent batches before weights that stand still would give the ratio 0.23
    //    (chapter 3); weights that drift move batch means and running means together, and the ratio goes up to 1.
    std::printf("\nspread within one epoch, mean of the channels\n  epoch   batch mean   running mean   ratio\n");
    for (std::size_t epoch : {2, 5, 10, 20, 30, 40, 50}) {
        if (epoch > epochs || per_epoch < 2) continue;
        const Spreads s = spreads_in_epoch(history, epoch - 1, per_epoch);
        std::printf("  %5zu   %10.4f   %12.4f   %5.2f\n", epoch, s.batch_mean, s.running_mean, s.ratio);
    }
    std::printf("  sqrt(m / (2 - m)) = %.2f\n\n", std::sqrt(0.1 / 1.9));

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
                   Option::schedule, Option::quick, Option::seed, Option::threads, Option::plots},
         .defaults = {.epochs = 50}},
        argc, argv, chapter);
}
