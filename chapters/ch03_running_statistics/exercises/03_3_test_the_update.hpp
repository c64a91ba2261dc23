// Test it: a test that tells a right update of the running statistics from broken ones.
//
// Here you write the test. `accepts` gets an update that someone else wrote: it changes running.running_mean[c],
// running.running_var[c] and running.num_batches_tracked as Eqs. (3.1)-(3.3) of
// chapters/ch03_running_statistics/README.md say. Make running statistics, call it with batches of your own choice, and
// return whether it is right. It will be tried on the right one and on four broken ones.
#pragma once

#include <functional>
#include <optional>

#include "ch03_running_statistics/running_statistics.hpp"
#include "common/todo.hpp"

namespace mine {

/// bn::RunningStatistics<double> running(1) is one channel with mean 0 and variance 1, and bn::ChannelStatistics{{5.0},
/// {4.0}, 10} one channel of a batch: mean 5, biased variance 4, of 10 values.
using Update = std::function<void(bn::RunningStatistics<double>& running, const bn::ChannelStatistics& batch,
                                  std::optional<double> momentum)>;

inline bool accepts(const Update& update) {
    throw bn::Todo("03_3");
}

}  // namespace mine
