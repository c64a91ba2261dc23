// Chapter 7: how does a network learn? A plain one, on birds and aeroplanes, before batch norm enters.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "ch07_training/figures.hpp"
#include "ch07_training/plain_cnn.hpp"
#include "ch07_training/training.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

// Loss, gradient and steps small enough for pencil and paper.
void by_hand() {
    const std::vector<std::uint8_t> targets = {1, 0};
    const Tensor<double> logits({2, 2}, {1, 3, 2, 2}), shifted({2, 2}, {1001, 1003, 1002, 1002});
    const CrossEntropy<double> both = cross_entropy<double>(logits, targets);
    std::printf("\nBy hand: two images, logits (1, 3) and (2, 2), classes 1 and 0\n");
    std::printf("  image         p          loss       d_logits\n");
    for (Index n = 0; n < 2; ++n) {
        const double right_class = targets[static_cast<std::size_t>(n)];
        const double p0 = 2 * both.d_logits(n, 0) + (1 - right_class), p1 = 2 * both.d_logits(n, 1) + right_class;
        std::printf("  %5lld   %6.4f %6.4f   %6.4f   %7.4f %7.4f\n", static_cast<long long>(n), p0, p1,
                    -std::log(right_class == 1 ? p1 : p0), both.d_logits(n, 0), both.d_logits(n, 1));
    }
    std::printf("  mean loss %.4f; with 1000 added to every logit %.4f, though e^1000 is %g\n", both.loss,
                cross_entropy<double>(shifted, targets).loss, std::exp(1000.0));

    std::printf("SGD with momentum 0.9 and a gradient that is always 1\n  step");
    Parameter<double> w(Tensor<double>({1}));
    w.grad[0] = 1;
    SGD<double> sgd({{"w", &w}}, 0.9);
    std::vector<double> v;
    for (int step = 1; step <= 50; ++step) {
        const double before = w.value[0];
        sgd.step(1);
        v.push_back(before - w.value[0]);
    }
    for (std::size_t step : {1u, 2u, 3u, 10u, 22u, 50u}) std::printf("%9zu", step);
    std::printf("\n  v   ");
    for (std::size_t step : {1u, 2u, 3u, 10u, 22u, 50u}) std::printf("%9.4f", v[step - 1]);
    std::printf("   towards 1/(1 - 0.9) = 10\n");
}

void chapter(Options options) {
    if (options.quick && !options.epochs_given) options.epochs = 2;
    const Dataset data = load_dataset(options);
    const PlotFolder plots(options.plots / data.slug);
    Checkpoint checkpoint(options, data);

    // 1. The equations, with small numbers.
    by_hand();

    // 2. The loss of a network that knows nothing: log 2 for two classes.
    Random random(options.seed);
    PlainCNN<float> model(random);
    std::printf("\n%s\n%lld parameters\n\n", model.to_string().c_str(),
                static_cast<long long>(model.parameter_count()));
    const Evaluation untrained = evaluate(model, data.validation);
    std::printf("Untrained: validation loss %.4f (log 2 = %.4f), accuracy %.2f %%\n", untrained.loss, std::log(2.0),
                100 * untrained.accuracy);

    // 3. Training.
    std::printf("SGD, learning rate %g (%s), momentum %g, batches of %d, seed %llu\n", options.lr,
                options.schedule == Schedule::cosine ? "cosine" : "constant", options.momentum, options.batch,
                static_cast<unsigned long long>(options.seed));
    const std::vector<EpochReport> reports = train(model, data, options, {}, {&checkpoint});
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
    return run_chapter(
        {.name = "ch07_training",
         .purpose = "Trains a plain convolutional network on birds and aeroplanes.",
         .takes = {Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum, Option::schedule,
                   Option::checkpoint, Option::quick, Option::seed, Option::threads, Option::plots},
         .defaults = {.epochs = 10}},
        argc, argv, chapter);
}
