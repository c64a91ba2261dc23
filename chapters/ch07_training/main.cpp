// Chapter 7: how does a network learn? A plain one, on birds and aeroplanes, before batch norm enters.
#include <cmath>
#include <cstdio>

#include "ch07_training/figures.hpp"
#include "ch07_training/plain_cnn.hpp"
#include "ch07_training/training.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

void chapter(Options options) {
    if (options.quick && !options.epochs_given) options.epochs = 2;
    const Dataset data = load_dataset(options);
    const PlotFolder plots(options.plots / data.slug);

    // 1. The loss of a network that knows nothing: log 2 for two classes.
    Random random(options.seed);
    PlainCNN<float> model(random);
    std::printf("\n%s\n%lld parameters\n\n", model.to_string().c_str(),
                static_cast<long long>(model.parameter_count()));
    const Evaluation untrained = evaluate(model, data.validation);
    std::printf("Untrained: validation loss %.4f (log 2 = %.4f), accuracy %.2f %%\n", untrained.loss, std::log(2.0),
                100 * untrained.accuracy);

    // 2. Training.
    std::printf("SGD, learning rate %g (%s), momentum %g, batches of %d, seed %llu\n", options.lr,
                options.schedule == Schedule::cosine ? "cosine" : "constant", options.momentum, options.batch,
                static_cast<unsigned long long>(options.seed));
    const std::vector<EpochReport> reports = train(model, data, options);
    if (reports.empty()) return;
    const EpochReport &last = reports.back(), &best = best_epoch(reports);
    std::printf(
        "\nLast epoch: train %.2f %%, validation %.2f %%. Best validation, selected by looking: %.2f %% in epoch "
        "%d.\n\n",
        100 * last.train_accuracy, 100 * last.validation_accuracy, 100 * best.validation_accuracy, best.epoch);

    plots.save({sketches_figure(), plain_cnn_figure(reports, data.name, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch07_training",
                        .purpose = "Trains a plain convolutional network on birds and aeroplanes.",
                        .takes = {Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum,
                                  Option::schedule, Option::quick, Option::seed, Option::threads, Option::plots},
                        .defaults = {.epochs = 10}},
                       argc, argv, chapter);
}
