// Fails: without momentum it is the plain average
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
    const double share = momentum.value_or(1.0 / (running.batches > 0 ? running.batches : 1));
    const double unbiased = biased_variance * n / (n - 1.0);
    running.mean = (1 - share) * running.mean + share * mean;
    running.variance = (1 - share) * running.variance + share * unbiased;
    ++running.batches;
}

}  // namespace mine
