// Chapter 3: what does batch norm remember of its batches, and what goes wrong when it is used at the wrong time?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch03_running_statistics/broken.hpp"
#include "ch03_running_statistics/experiments.hpp"
#include "ch03_running_statistics/figures.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Images = Tensor<double>;
using Running = RunningStatistics<double>;
const Images none;

void by_hand() {
    const std::vector<Images> batches = {
        {{4, 1, 1, 1}, {1, 7, 9, 15}}, {{4, 1, 1, 1}, {2, 4, 4, 6}}, {{4, 1, 1, 1}, {3, 3, 9, 9}}};
    Running moving(1), average(1);
    std::printf("1. Three batches of four numbers\n");
    std::printf("%18s |%8s%9s%9s | %9s: %-14s | %9s: %-14s\n", "", "mean", "biased", "unbiased", "0.1", "mean, var",
                "None", "mean, var");
    std::printf("%18s |%8s%9s%9s |%13.4f%13.4f |%13.4f%13.4f\n", "initially", "", "", "", 0.0, 1.0, 0.0, 1.0);
    for (const Images& x : batches) {
        const ChannelStatistics s = channel_statistics(x);
        moving.update(s, 0.1);
        average.update(s, std::nullopt);
        std::printf("   (%g, %g, %g, %g)%*s |%8.4f%9.4f%9.4f |%13.4f%13.4f |%13.4f%13.4f\n", x[0], x[1], x[2], x[3],
                    x[3] > 9 ? 2 : 3, "", s.mean[0], s.variance[0], s.variance[0] * 4 / 3, moving.running_mean[0],
                    moving.running_var[0], average.running_mean[0], average.running_var[0]);
    }
    for (const BrokenUpdate& broken : broken_updates()) {
        Running wrong(1), wrong_average(1);
        for (const Images& x : batches) {
            broken.update(wrong, channel_statistics(x), 0.1);
            broken.update(wrong_average, channel_statistics(x), std::nullopt);
        }
        std::printf("   broken: %-35s |%13.4f%13.4f |%13.4f%13.4f\n", broken.name, wrong.running_mean[0],
                    wrong.running_var[0], wrong_average.running_mean[0], wrong_average.running_var[0]);
    }
}

void moving_averages(const Record& r, const Population& population, Random& random) {
    std::printf("\n2. What remains of the initial 0 and 1 (population: mean 3, variance 1.5)\n");
    for (std::size_t k : {1u, 5u, 10u, 22u, 44u, 100u})
        std::printf("  after %3zu batches 0.9^k = %6.2f %%   running mean %6.3f, running var %6.3f\n", k,
                    100 * std::pow(0.9, k), r.mean_moving[k], r.variance_moving[k]);
    std::printf("  the plain average of the variances of 2,000 batches:");
    for (std::size_t N : {16u, 64u})
        std::printf(" %.3f with %zu images each%s", long_run(population, random, 2000, N).running_var[0], N,
                    N < 64 ? "," : "\n");
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

void eval_gradients(Random& random) {
    Images x = normal_tensor(random, {4, 3, 5, 5}, 2, 0.5), weight = normal_tensor(random, {3}), bias({3});
    const Images d_y = normal_tensor(random, x.shape()), mean({3}, {1, 2, 3}), var({3}, {0.5, 1, 2});
    const auto loss = [&] {
        return inner_product(d_y.values(), batch_norm_2d_eval(x, mean, var, weight, bias).values());
    };
    const auto print = [&](const char* name, const BatchNorm2dGradients<double>& g) {
        std::printf("  %-36s d_x %.1e   d_weight %.1e   d_bias %.1e\n", name,
                    relative_error(g.d_x.values(), numerical_gradient(loss, x.values())),
                    relative_error(g.d_weight.values(), numerical_gradient(loss, weight.values())),
                    relative_error(g.d_bias.values(), numerical_gradient(loss, bias.values())));
    };
    std::printf("\n5. Eval mode's gradients, [4, 3, 5, 5]: relative errors\n");
    print("right", batch_norm_2d_eval_backward(d_y, x, mean, var, weight));
    for (const BrokenEvalBackward& broken : broken_eval_backwards()) {
        const std::string name = std::string("broken: ") + broken.name;
        print(name.c_str(), broken.backward(d_y, x, mean, var, weight, 1e-5));
    }
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

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    Random random(options.seed);
    const Population population;
    const Record record = record_training(population, random, 150, 16);
    by_hand();
    moving_averages(record, population, random);
    averages(random);
    eval_gradients(random);
    ways_to_go_wrong(population, random);

    const int runs = 20;
    const BatchSizeCurves curves = against_batch_size(population, random, runs);
    std::printf("9. Test images fed in batches of N, %d runs: error of the output, and accuracy\n", runs);
    std::printf("%6s |%12s%12s%20s |%18s%24s%12s\n", "N", "train mode", "eval", "eval after 5", "train, shuffled",
                "train, sorted by class", "eval");
    for (std::size_t i = 0; i < curves.size.size(); ++i)
        std::printf("%6g |%12.3f%12.3f%20.3f |%16.1f %%%22.1f %%%10.1f %%\n", curves.size[i], curves.error_train[i],
                    curves.error_eval[i], curves.error_early[i], 100 * curves.accuracy_mixed[i],
                    100 * curves.accuracy_one_class[i], 100 * curves.accuracy_eval[i]);
    std::printf("\n");
    plots.save({record_figure(record, population, options.seed), forgotten_figure(curves, runs, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch03_running_statistics",
                        .purpose = "Running mean and variance: how they move, and train and eval mode.",
                        .takes = {Option::seed, Option::plots}},
                       argc, argv, chapter);
}
