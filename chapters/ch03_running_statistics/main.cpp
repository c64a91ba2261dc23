// Chapter 3: what does batch norm remember of its batches, and what goes wrong when it is used at the wrong time?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "ch02_batch_norm_2d/samples.hpp"
#include "ch03_running_statistics/averages.hpp"
#include "ch03_running_statistics/figures.hpp"
#include "ch03_running_statistics/printing.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "ch03_running_statistics/train_and_eval.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Images = Tensor<double>;
using Running = RunningStatistics<double>;

void moving_averages(const Record& r, const Population& population, Random& random) {
    std::printf("\n2. What remains of the initial 0 and 1 (population: mean 3, variance 1.5)\n");
    for (std::size_t k : {1u, 5u, 10u, 22u, 44u, 100u})
        std::printf("  after %3zu batches 0.9^k = %6.2f %%   running mean %6.3f, running var %6.3f\n", k,
                    100 * std::pow(0.9, k), r.mean_moving[k], r.variance_moving[k]);
    std::printf("  the plain average of the variances of 2,000 batches\n");
    for (std::size_t N : {16u, 64u})
        std::printf("    of %zu images: %.3f, expected %.3f\n", N, long_run(population, random, 2000, N).running_var[0],
                    population.expected_unbiased_variance(static_cast<double>(N)));
}

void averages(Random& random) {
    std::printf("\n3. Numbers with sigma = 2, variance 4: averages over 50,000 batches of n\n");
    std::printf("%6s%20s%22s%12s%34s\n", "n", "biased variance", "unbiased variance", "sigma",
                "root of the unbiased average");
    for (Index n : {2, 4, 16, 64}) {
        const AverageOf average = average_statistics(random, n, 50000);
        std::printf("%6d%20.3f%22.3f%12.3f%34.3f\n", static_cast<int>(n), average.biased, average.unbiased,
                    average.sigma, std::sqrt(average.unbiased));
    }
    const Spread spread = measure_spread(random, 40000, 0.1);
    std::printf("\n4. Spread over 40,000 independent batches: batch means %.4f, running mean %.4f\n", spread.batch_mean,
                spread.running_mean);
    std::printf("  ratio %.3f; sqrt(m / (2 - m)) = %.3f\n", spread.running_mean / spread.batch_mean,
                std::sqrt(0.1 / 1.9));
}

void ways_to_go_wrong(const Population& population, Random& random) {
    const Running running = trained(population, random, 300);

    // Eval forgotten: one image, other mates
    const Images x = population.images(random, mixed_labels(random, 16));
    const Images other = with_other_mates(x, population.images(random, std::vector<int>(16, 1)), 1);
    const auto change = [&](const Running* eval) {
        return largest_difference(outputs(x, 16, eval).values().first(16), outputs(other, 16, eval).values().first(16));
    };
    std::printf("\n6. Eval forgotten: image 0 of 16 stays, its mates are replaced by images of class 1\n");
    std::printf("  its output changes by up to %.3f in train mode, by %g in eval mode\n", change(nullptr),
                change(&running));

    // Validation in train mode, sorted by class
    std::vector<int> sorted(2560, 0);
    std::fill(sorted.begin() + 1280, sorted.end(), 1);
    const Images validation = population.images(random, sorted);
    const auto percent = [&](const Running* eval) { return 100 * accuracy(outputs(validation, 64, eval), sorted); };
    const Running after = after_validating_in_train_mode(running, validation);
    std::printf("\n7. Validating 40 batches of 64, sorted by class, in train mode\n");
    std::printf("  buffers before: mean %.3f, var %.3f; after: mean %.3f, var %.3f\n", running.running_mean[0],
                running.running_var[0], after.running_mean[0], after.running_var[0]);
    std::printf("  accuracy in train mode %.1f %%, in eval mode before %.1f %%, in eval mode afterwards %.1f %%\n",
                percent(nullptr), percent(&running), percent(&after));

    // Eval before warm-up
    std::printf("\n8. Eval before the averages have warmed up: accuracy on the same 2,560 images\n ");
    for (int k : {0, 1, 5, 10, 20, 44}) {
        const Running early = trained(population, random, k);
        std::printf(" after %d: %.1f %%%s", k, percent(&early), k < 44 ? "," : "\n\n");
    }
}

// Eq. (3.7): what the averages make of weights that do not stand still
void drift(Random& random) {
    const auto rise = [](int k) { return 3 + 0.1 * k; };
    const auto swing = [](int k) { return 3 + std::sin(0.1 * k); };
    std::printf("\n10. Weights that learn: the level of the images rises by 0.1 a batch, 100 batches long\n");
    print_looks(validate_while_drifting(random, rise, 100, 100));
    std::printf("  (1 - m) / m = 9 batches of 0.1 are 0.90\n  The level swings instead, by up to 0.1 a batch\n");
    print_looks(validate_while_drifting(random, swing, 200, 25));
    std::printf("\n");
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);
    const Population population;
    const Record record = record_training(population, random, 150, 16);
    std::printf("1. Three batches of four numbers\n");
    print_hand_sized();
    moving_averages(record, population, random);
    averages(random);
    std::printf("\n5. Eval mode's gradients, [4, 3, 5, 5]: relative errors\n");
    print_errors(check_eval_gradients(random));
    ways_to_go_wrong(population, random);
    const int runs = 20;
    const BatchSizeCurves curves = against_batch_size(population, random, runs);
    std::printf("9. Test images fed in batches of N, %d runs: error of the output, and accuracy\n", runs);
    print_curves(curves);
    drift(random);
    plots.save({record_figure(record, population, options.seed), forgotten_figure(curves, runs, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch03_running_statistics",
                        .purpose = "Running mean and variance: how they move, and train and eval mode.",
                        .takes = {Option::seed, Option::plots}},
                       argc, argv, chapter);
}
