// How running averages move: by hand, from batch to batch, in the long run. README.md, "The mathematics".
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch03_running_statistics/broken.hpp"
#include "ch03_running_statistics/population.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "common/random.hpp"

namespace bn {

/// Three batches of four numbers, small enough for pencil and paper.
inline std::vector<Tensor<double>> hand_sized_batches() {
    return {{{4, 1, 1, 1}, {1, 7, 9, 15}}, {{4, 1, 1, 1}, {2, 4, 4, 6}}, {{4, 1, 1, 1}, {3, 3, 9, 9}}};
}

/// What a broken update makes of the three, with momentum 0.1 and with None.
struct BrokenAverages {
    RunningStatistics<double> moving{1}, average{1};
};

inline BrokenAverages averages_with(const BrokenUpdate& broken) {
    BrokenAverages wrong;
    for (const Tensor<double>& x : hand_sized_batches()) {
        broken.update(wrong.moving, channel_statistics(x), 0.1);
        broken.update(wrong.average, channel_statistics(x), std::nullopt);
    }
    return wrong;
}

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

/// Averages over many batches of n independent normal numbers of variance 4: Eqs. (3.2), (3.12).
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
/// Eq. (3.6).
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

}  // namespace bn
