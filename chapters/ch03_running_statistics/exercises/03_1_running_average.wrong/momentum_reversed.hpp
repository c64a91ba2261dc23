// Fails: the new batch has the share momentum
#pragma once

#include <optional>

namespace mine {

struct RunningStatistics {
    double mean = 0;
    double variance = 1;
    int batches = 0;
};

inline void update(RunningStatistics& running, double mean, double biased_variance, int n,
                   std::optional<double> momentum) {
    ++running.batches;
    const double share = momentum.value_or(1.0 / running.batches);
    const double unbiased = biased_variance * n / (n - 1.0);
    running.mean = share * running.mean + (1 - share) * mean;
    running.variance = share * running.variance + (1 - share) * unbiased;
}

}  // namespace mine
