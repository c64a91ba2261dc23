// Test it: a test that tells a right moving average from broken ones.
//
// Here you write the test. `accepts` gets a moving average that someone else wrote, calls it as often as you like, and
// says whether it does what Eq. (10.1) says. It will be tried on two right ones, which round differently, and on six
// broken ones.
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// The running mean after each of `batch_means`, as many numbers as there are batches: the first after one update of
/// `initial`. `momentum` is PyTorch's: the share of the newest batch.
using MovingAverage =
    std::function<std::vector<double>(double initial, std::span<const double> batch_means, double momentum)>;

inline bool accepts(const MovingAverage& moving_average) {
    throw bn::Todo("10_3");
}

}  // namespace mine
