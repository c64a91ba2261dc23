// Chapter 8: the article's network. Does it reach the article's accuracies, and what does batch norm change?
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "ch07_training/training.hpp"
#include "ch08_resnet/comparison.hpp"
#include "ch08_resnet/figures.hpp"
#include "ch08_resnet/res_net.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

// Every parameter, with the numbers that it starts from.
void print_parameters(ResNet<float>& model) {
    std::printf("\n%-26s %-17s %6s   %s\n", "parameter", "shape", "count", "starts from");
    for (const auto& [name, p] : model.named_parameters()) {
        const auto [low, high] = std::minmax_element(p->value.values().begin(), p->value.values().end());
        std::printf("%-26s %-17s %6lld   ", name.c_str(), to_string(p->value.shape()).c_str(),
                    static_cast<long long>(p->value.numel()));
        if (*low == *high)
            std::printf("%g\n", static_cast<double>(*low));
        else
            std::printf("%.3f to %.3f\n", static_cast<double>(*low), static_cast<double>(*high));
    }
    std::printf("%-26s %-17s %6lld\n", "all", "", static_cast<long long>(model.parameter_count()));
}

// The mistake of validating without eval(), last of all, because it spoils the buffers.
void forget_eval(ResNet<float>& model, const ImageSet& images) {
    const auto in_mode = [&](bool training, const ImageSet& set) {
        model.train(training);
        return 100 * accuracy(right_answers(model, set, 64));
    };
    std::printf("validated in batches of 64                accuracy   then with eval()\n");
    std::printf("  in eval mode                             %.2f %%\n", in_mode(false, images));
    std::printf("  in train mode, in the set's order        %.2f %%", in_mode(true, images));
    std::printf("            %.2f %%\n", in_mode(false, images));
    std::printf("  in train mode, sorted by class           %.2f %%", in_mode(true, sorted_by_class(images)));
    std::printf("            %.2f %%\n", in_mode(false, images));
}

struct Trained {
    std::vector<EpochReport> reports;
    std::vector<bool> right;  // for each validation image, in eval mode after the last epoch
};

Trained train_network(bool batch_norm, const Dataset& data, const Options& options, Checkpoint& checkpoint) {
    Random random(options.seed);
    ResNet<float> model(random, batch_norm);
    std::printf("\n%s batch norm: %lld parameters\n", batch_norm ? "With" : "Without",
                static_cast<long long>(model.parameter_count()));
    std::fflush(stdout);
    Trained trained{train(model, data, options, {}, {&checkpoint, batch_norm ? "with" : "without"}), {}};
    if (batch_norm && !options.save.empty() && !interrupted()) {
        save_state_dict(model.state_dict(), options.save);
        std::printf("weights %s\n", options.save.c_str());
    }
    if (trained.reports.empty()) return trained;
    const EpochReport &last = trained.reports.back(), &best = best_epoch(trained.reports);
    std::printf(
        "last epoch: train %.2f %%, validation %.2f %%; best validation, selected by looking: %.2f %% in epoch %d\n",
        100 * last.train_accuracy, 100 * last.validation_accuracy, 100 * best.validation_accuracy, best.epoch);
    model.eval();
    trained.right = right_answers(model, data.validation);
    if (batch_norm) forget_eval(model, data.validation);
    return trained;
}

// Weights from a file, instead of training.
void measure_weights(const Dataset& data, const std::filesystem::path& file) {
    Random random(0);
    ResNet<float> model(random);
    try {
        load_state_dict(model, read_state_dict<float>(file));
    } catch (const StateDictError& error) {
        throw FileError(file.string() + ": " + error.what());
    }
    const auto print = [&](const char* name, const ImageSet& images) {
        const Evaluation e = evaluate(model, images);
        std::printf("%-12s loss %.6f   accuracy %.2f %% of %lld images\n", name, e.loss, 100 * e.accuracy,
                    static_cast<long long>(images.size()));
    };
    std::printf("\nThe network of %s, in eval mode\n", file.c_str());
    print("training", data.train);
    print("validation", data.validation);
}

void chapter(Options options) {
    if (options.quick && !options.epochs_given) options.epochs = 3;
    const Dataset data = load_dataset(options);
    if (!options.load.empty()) return measure_weights(data, options.load);
    if (!options.save.empty()) require_writable(options.save);
    const PlotFolder plots(options.plots / data.slug);
    Checkpoint checkpoint(options, data);

    // 1. The network, as PyTorch prints it, and what it is made of.
    Random random(options.seed);
    ResNet<float> untrained(random);
    std::printf("\n%s\n", untrained.to_string().c_str());
    print_parameters(untrained);

    // 2. Trained with batch norm, then without, from the same random numbers.
    const std::string schedule = options.schedule == Schedule::cosine ? "cosine" : "constant";
    std::printf("\nSGD, learning rate %g (%s), momentum %g, batches of %d, %d epochs, seed %llu\n", options.lr,
                schedule.c_str(), options.momentum, options.batch, options.epochs,
                static_cast<unsigned long long>(options.seed));
    const auto [with, with_right] = train_network(true, data, options, checkpoint);
    if (with.empty()) return;  // nothing that could take an earlier table's place
    std::printf("\n");
    plots.save_table("ch08_learning_curves", epoch_columns(with));
    if (interrupted()) return;
    const auto [without, without_right] = train_network(false, data, options, checkpoint);
    if (without.size() != with.size()) return;  // interrupted: there is nothing to compare

    // 3. Side by side with the article. The ranges are two standard errors.
    std::printf("\n%-28s %10s %12s\n", "last epoch", "train", "validation");
    const auto row = [&](const char* name, const EpochReport& last) {
        std::printf("%-28s %8.2f %% %10.2f %% +- %.1f\n", name, 100 * last.train_accuracy,
                    100 * last.validation_accuracy,
                    200 * standard_error(last.validation_accuracy, data.validation.size()));
    };
    row("with batch norm", with.back());
    row("without", without.back());
    std::printf("%-28s %5d %% %10d %%\n", "the article (on CIFAR-10)", 95, 89);
    const PairedDifference pair = compare(with_right, without_right);
    std::printf(
        "right only with batch norm: %lld of %lld images, only without: %lld; difference %+.2f +- %.1f points\n\n",
        static_cast<long long>(pair.only_first), static_cast<long long>(with_right.size()),
        static_cast<long long>(pair.only_second), 100 * pair.difference, 200 * pair.standard_error);
    plots.save({learning_curves_figure(with, without, data.name, schedule, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch08_resnet",
         .purpose = "Trains the article's network, with and without batch norm.",
         .takes = {Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum, Option::schedule,
                   Option::checkpoint, Option::weights, Option::quick, Option::seed, Option::threads, Option::plots},
         .defaults = {.epochs = 15, .schedule = Schedule::cosine}},
        argc, argv, chapter);
}
