// The experiments behind this chapter's two figures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch03_running_statistics/population.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "common/random.hpp"

namespace bn {

/// One channel's statistics, batch by batch: what each batch has, and what is remembered after it.
struct Record {
    std::vector<double> batch, batch_mean, batch_variance;  // the variance unbiased, as it is remembered
    std::vector<double> mean_moving, mean_average;          // running_mean with momentum 0.1 and with None
    std::vector<double> variance_moving, variance_average;  // running_var likewise
};

/// `batches` training batches of N images each; row 0 holds the initial values.
inline Record record_training(const Population& population, Random& random, int batches, std::size_t N) {
    RunningStatistics<double> moving(1), average(1);
    Record r;
    const auto remember = [&](int k, double mean, double variance) {
        r.batch.push_back(k);
        r.batch_mean.push_back(mean);
        r.batch_variance.push_back(variance);
        r.mean_moving.push_back(moving.running_mean[0]);
        r.mean_average.push_back(average.running_mean[0]);
        r.variance_moving.push_back(moving.running_var[0]);
        r.variance_average.push_back(average.running_var[0]);
    };
    remember(0, std::nan(""), std::nan(""));
    for (int k = 1; k <= batches; ++k) {
        const ChannelStatistics s = channel_statistics(population.images(random, mixed_labels(random, N)));
        moving.update(s, 0.1);
        average.update(s, std::nullopt);
        const double n = static_cast<double>(s.count);
        remember(k, s.mean[0], s.variance[0] * n / (n - 1.0));
    }
    return r;
}

/// The plain averages over `batches` shuffled batches of N images.
inline RunningStatistics<double> long_run(const Population& population, Random& random, int batches, std::size_t N) {
    RunningStatistics<double> running(1);
    for (int k = 0; k < batches; ++k)
        running.update(channel_statistics(population.images(random, mixed_labels(random, N))), std::nullopt);
    return running;
}

/// Statistics remembered from `batches` shuffled batches of 64 images, momentum 0.1.
inline RunningStatistics<double> trained(const Population& population, Random& random, int batches) {
    RunningStatistics<double> running(1);
    for (int k = 0; k < batches; ++k)
        running.update(channel_statistics(population.images(random, mixed_labels(random, 64))), 0.1);
    return running;
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

/// Averages over many batches of n independent normal numbers of variance 4: Eqs. (3.2), (3.10).
struct AverageOf {
    double biased, unbiased, sigma;  // sigma: √ of the unbiased variance
};

inline AverageOf average_statistics(Random& random, Index n, int batches) {
    AverageOf average{};
    for (int batch = 0; batch < batches; ++batch) {
        const double biased = channel_statistics(normal_tensor(random, {n, 1, 1, 1}, 0, 2)).variance[0];
        const double unbiased = biased * static_cast<double>(n) / static_cast<double>(n - 1);  // Eq. (3.2)
        average.biased += biased / batches;
        average.unbiased += unbiased / batches;
        average.sigma += std::sqrt(unbiased) / batches;
    }
    return average;
}

/// Standard deviations over many independent batches, after warming up, of the batch means and of the running mean:
/// Eq. (3.5).
struct Spread {
    double batch_mean, running_mean;
};

inline Spread measure_spread(Random& random, int batches, double momentum) {
    RunningStatistics<double> running(1);
    std::vector<double> raw, moving;
    for (int batch = 0; batch < batches + 200; ++batch) {
        const ChannelStatistics s = channel_statistics(normal_tensor(random, {16, 1, 1, 1}));
        running.update(s, momentum);
        if (batch < 200) continue;
        raw.push_back(s.mean[0]);
        moving.push_back(running.running_mean[0]);
    }
    return {std::sqrt(moments<double>(raw).variance), std::sqrt(moments<double>(moving).variance)};
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

}  // namespace bn
