// Write it: what a running mean is made of.
//
// Eqs. (10.1) and (10.2) of chapters/ch10_fifty_epochs/README.md: after k batches, the running mean is a weighted sum
// of all of them and of the value that it began with. Write it without a running mean.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "common/todo.hpp"

namespace mine {

/// The running mean after all `batch_means`, of which the last is the newest, with `initial` as its first value: the
/// weighted sum of Eq. (10.1). `momentum` is PyTorch's: the share of the newest batch.
inline double unrolled(double initial, std::span<const double> batch_means, double momentum) {
    throw bn::Todo("10_1");
}

/// How many of the newest batches it takes until their shares add up to at least `share`, Eq. (10.2). `share` is
/// below 1.
inline int batches_that_hold(double share, double momentum) {
    throw bn::Todo("10_1");
}

}  // namespace mine
