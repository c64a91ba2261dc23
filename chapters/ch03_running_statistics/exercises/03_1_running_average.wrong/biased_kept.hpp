// Fails: the variance that is kept is unbiased
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
    const double unbiased = biased_variance;
    running.mean = (1 - share) * running.mean + share * mean;
    running.variance = (1 - share) * running.variance + share * unbiased;
}

}  // namespace mine
