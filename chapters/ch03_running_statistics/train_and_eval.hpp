// Train and eval mode on a population that is known: what goes wrong when they are mixed up.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch03_running_statistics/averages.hpp"
#include "ch03_running_statistics/broken.hpp"
#include "ch03_running_statistics/population.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "common/random.hpp"

namespace bn {

/// Relative errors of eval mode's gradients against central differences.
struct EvalErrors {
    std::string name;
    double d_x, d_weight, d_bias;
};

/// The right backward pass, then the broken ones, on images [4, 3, 5, 5].
inline std::vector<EvalErrors> check_eval_gradients(Random& random) {
    using Images = Tensor<double>;
    Images x = normal_tensor(random, {4, 3, 5, 5}, 2, 0.5), weight = normal_tensor(random, {3}), bias({3});
    const Images d_y = normal_tensor(random, x.shape()), mean({3}, {1, 2, 3}), var({3}, {0.5, 1, 2});
    const auto loss = [&] {
        return inner_product(d_y.values(), batch_norm_2d_eval(x, mean, var, weight, bias).values());
    };
    const std::vector<double> d_x = numerical_gradient(loss, x.values()),
                              d_weight = numerical_gradient(loss, weight.values()),
                              d_bias = numerical_gradient(loss, bias.values());
    const auto errors = [&](const std::string& name, const BatchNorm2dGradients<double>& g) {
        return EvalErrors{name, relative_error(g.d_x.values(), d_x), relative_error(g.d_weight.values(), d_weight),
                          relative_error(g.d_bias.values(), d_bias)};
    };
    std::vector<EvalErrors> all = {errors("right", batch_norm_2d_eval_backward(d_y, x, mean, var, weight))};
    for (const BrokenEvalBackward& broken : broken_eval_backwards())
        all.push_back(errors(std::string("broken: ") + broken.name, broken.backward(d_y, x, mean, var, weight, 1e-5)));
    return all;
}

/// Outputs of a test set that is fed in batches of N images: train mode, or eval mode if `running` is given. Train
/// mode here reads the batch's statistics and keeps none.
inline Tensor<double> outputs(const Tensor<double>& x, Index N, const RunningStatistics<double>* running) {
    const Tensor<double> none;
    Tensor<double> y(x.shape());
    for (Index first = 0; first < x.size(0); first += N) {
        Tensor<double> batch({N, 1, 4, 4});
        std::copy_n(x.data() + 16 * first, batch.numel(), batch.data());
        const Tensor<double> out =
            running ? batch_norm_2d_eval(batch, running->running_mean, running->running_var, none, none)
                    : batch_norm_2d(batch, none, none).y;
        std::copy_n(out.data(), out.numel(), y.data() + 16 * first);
    }
    return y;
}

/// What is remembered after validating in train mode, 64 images at a time: the buffers are overwritten. `before` is
/// left alone (copying the handles would share the numbers, so they are cloned).
inline RunningStatistics<double> after_validating_in_train_mode(const RunningStatistics<double>& before,
                                                                const Tensor<double>& x) {
    RunningStatistics<double> running = before;
    running.running_mean = before.running_mean.clone();
    running.running_var = before.running_var.clone();
    for (Index first = 0; first < x.size(0); first += 64) {
        Tensor<double> batch({64, 1, 4, 4});
        std::copy_n(x.data() + 16 * first, batch.numel(), batch.data());
        running.update(channel_statistics(batch), 0.1);
    }
    return running;
}

/// The same images in another order, with their labels.
inline std::pair<Tensor<double>, std::vector<int>> shuffled_images(Random& random, const Tensor<double>& x,
                                                                   const std::vector<int>& labels) {
    std::vector<Index> order(labels.size());
    std::iota(order.begin(), order.end(), Index{0});
    random.shuffle<Index>(order);
    std::pair<Tensor<double>, std::vector<int>> result{x.clone(), {}};
    for (std::size_t n = 0; n < order.size(); ++n) {
        std::copy_n(x.data() + 16 * order[n], 16, result.first.data() + 16 * n);
        result.second.push_back(labels[static_cast<std::size_t>(order[n])]);
    }
    return result;
}

/// By test batch size: error of the outputs against the population's, √mean square over all runs, and accuracy.
struct BatchSizeCurves {
    std::vector<double> size;
    std::vector<double> error_train, error_eval, error_early;  // train mode; eval after 300 batches; eval after 5
    std::vector<double> accuracy_mixed, accuracy_one_class;    // train mode, batches shuffled or sorted by class
    std::vector<double> accuracy_eval;                         // eval mode, sorted by class (order cannot matter)
};

inline BatchSizeCurves against_batch_size(const Population& population, Random& random, int runs) {
    BatchSizeCurves c;
    for (double size = 1; size <= 256; size *= 2) c.size.push_back(size);
    for (std::vector<double>* curve :
         {&c.error_train, &c.error_eval, &c.error_early, &c.accuracy_mixed, &c.accuracy_one_class, &c.accuracy_eval})
        curve->assign(c.size.size(), 0.0);

    std::vector<int> sorted(512, 0);
    std::fill(sorted.begin() + 256, sorted.end(), 1);
    for (int run = 0; run < runs; ++run) {
        const RunningStatistics<double> warm = trained(population, random, 300), early = trained(population, random, 5);
        const Tensor<double> by_class = population.images(random, sorted);
        const auto [x, shuffled] = shuffled_images(random, by_class, sorted);
        const Tensor<double> aim = population.normalized(x);
        for (std::size_t i = 0; i < c.size.size(); ++i) {
            const Index N = static_cast<Index>(c.size[i]);
            const auto add_square = [&](std::vector<double>& curve, const Tensor<double>& y) {
                curve[i] += std::pow(rms_difference(y, aim), 2) / runs;
            };
            const Tensor<double> y = outputs(x, N, nullptr);
            add_square(c.error_train, y);
            add_square(c.error_eval, outputs(x, N, &warm));
            add_square(c.error_early, outputs(x, N, &early));
            c.accuracy_mixed[i] += accuracy(y, shuffled) / runs;
            c.accuracy_one_class[i] += accuracy(outputs(by_class, N, nullptr), sorted) / runs;
            c.accuracy_eval[i] += accuracy(outputs(by_class, N, &warm), sorted) / runs;
        }
    }
    for (std::vector<double>* curve : {&c.error_train, &c.error_eval, &c.error_early})
        for (double& square : *curve) square = std::sqrt(square);
    return c;
}

/// One look at a training whose images drift, as a layer's input does while the layers before it learn.
struct DriftLook {
    double level, running_mean;              // the population's mean now, and what is remembered
    double accuracy, recalibrated_accuracy;  // in eval mode: as it is, and with the averages taken anew
};

/// Trains (momentum 0.1, 64 images a batch) while the level moves as `level_after` says, and looks every `every`
/// batches: Eq. (3.7). Recalibrated: the weights rest, 20 more batches give their plain average.
inline std::vector<DriftLook> validate_while_drifting(Random& random, const std::function<double(int)>& level_after,
                                                      int batches, int every) {
    std::vector<DriftLook> looks;
    RunningStatistics<double> running(1);
    for (int k = 1; k <= batches; ++k) {
        const Population now{.level = level_after(k)};
        running.update(channel_statistics(now.images(random, mixed_labels(random, 64))), 0.1);
        if (k % every != 0) continue;
        const std::vector<int> labels = mixed_labels(random, 2560);
        const Tensor<double> x = now.images(random, labels);
        const RunningStatistics<double> recalibrated = long_run(now, random, 20, 64);
        looks.push_back({now.level, running.running_mean[0], accuracy(outputs(x, 64, &running), labels),
                         accuracy(outputs(x, 64, &recalibrated), labels)});
    }
    return looks;
}

}  // namespace bn
