// Chapter 8: the article's network. Does it reach the article's accuracies, and what does batch norm change?
#include <cstdio>
#include <string>
#include <vector>

#include "ch07_training/training.hpp"
#include "ch08_resnet/figures.hpp"
#include "ch08_resnet/res_net.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

std::vector<EpochReport> train_network(bool batch_norm, const Dataset& data, const Options& options) {
    Random random(options.seed);
    ResNet<float> model(random, batch_norm);
    std::printf("\n%s batch norm: %lld parameters\n", batch_norm ? "With" : "Without",
                static_cast<long long>(model.parameter_count()));
    std::fflush(stdout);
    const std::vector<EpochReport> reports = train(model, data, options);
    if (reports.empty()) return reports;
    const EpochReport &last = reports.back(), &best = best_epoch(reports);
    std::printf(
        "last epoch: train %.2f %%, validation %.2f %%; best validation, selected by looking: %.2f %% in epoch %d\n",
        100 * last.train_accuracy, 100 * last.validation_accuracy, 100 * best.validation_accuracy, best.epoch);
    return reports;
}

void chapter(Options options) {
    if (options.quick && !options.epochs_given) options.epochs = 3;
    const Dataset data = load_dataset(options);
    const PlotFolder plots(options.plots / data.slug);

    // 1. The network, as PyTorch prints it.
    Random random(options.seed);
    std::printf("\n%s\n", ResNet<float>(random).to_string().c_str());

    // 2. Trained with batch norm, then without, from the same random numbers.
    const std::string schedule = options.schedule == Schedule::cosine ? "cosine" : "constant";
    std::printf("\nSGD, learning rate %g (%s), momentum %g, batches of %d, %d epochs, seed %llu\n", options.lr,
                schedule.c_str(), options.momentum, options.batch, options.epochs,
                static_cast<unsigned long long>(options.seed));
    const std::vector<EpochReport> with = train_network(true, data, options);
    if (with.empty()) return;  // nothing that could take an earlier table's place
    std::printf("\n");
    plots.save_table("ch08_learning_curves", epoch_columns(with));
    if (interrupted()) return;
    const std::vector<EpochReport> without = train_network(false, data, options);
    if (without.size() != with.size()) return;  // interrupted: there is nothing to compare

    // 3. Side by side with the article.
    std::printf("\n%-28s %10s %12s\n", "last epoch", "train", "validation");
    std::printf("%-28s %8.2f %% %10.2f %%\n", "with batch norm", 100 * with.back().train_accuracy,
                100 * with.back().validation_accuracy);
    std::printf("%-28s %8.2f %% %10.2f %%\n", "without", 100 * without.back().train_accuracy,
                100 * without.back().validation_accuracy);
    std::printf("%-28s %5d %% %10d %%\n\n", "the article (on CIFAR-10)", 95, 89);
    plots.save({learning_curves_figure(with, without, data.name, schedule, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch08_resnet",
                        .purpose = "Trains the article's network, with and without batch norm.",
                        .takes = {Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum,
                                  Option::schedule, Option::quick, Option::seed, Option::threads, Option::plots},
                        .defaults = {.epochs = 15, .schedule = Schedule::cosine}},
                       argc, argv, chapter);
}
