// Write it: how the running mean and the running variance move with each batch.
//
// Equations (3.1)-(3.3) of chapters/ch03_running_statistics/README.md, for one channel. Mind which variance the batch
// brings, and which one is kept.
#pragma once

#include <optional>

#include "common/todo.hpp"

namespace mine {

struct RunningStatistics {
    double mean = 0;
    double variance = 1;
    int batches = 0;  // seen so far
};

/// Takes in a batch of n values (two or more) with that mean and that *biased* variance. `momentum` is the new batch's
/// share, 0.1 by default in PyTorch. Without one, `running` becomes the plain average of all batches so far.
inline void update(RunningStatistics& running, double mean, double biased_variance, int n,
                   std::optional<double> momentum) {
    throw bn::Todo("03_1");
}

}  // namespace mine
