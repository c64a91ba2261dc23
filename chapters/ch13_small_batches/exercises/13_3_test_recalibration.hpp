// Test it: a test that tells a recalibration from broken ones.
//
// Here you write the test. `recalibrate(layer, batches)` should set running_mean to the plain average of the batches'
// means and running_var to the plain average of their *unbiased* variances, whatever they were before, and leave
// weight, bias and mode (which may be either) as they are: Eq. (13.16) of chapters/ch13_small_batches/README.md.
// `accepts` says whether it does. It will be tried on a right one and on several broken ones. Batches may differ in
// size.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// A batch norm of one channel, as far as recalibration is concerned.
struct Layer {
    double running_mean = 0, running_var = 1;
    double weight = 1, bias = 0;
    bool training = true;
};

using Batches = std::vector<std::vector<double>>;  // the layer's inputs, batch by batch, two numbers or more in each
using Recalibrate = std::function<void(Layer&, const Batches&)>;

inline bool accepts(const Recalibrate& recalibrate) {
    // To begin with: Layer layer; recalibrate(layer, {{1, 7, 9, 15}, {2, 4, 4, 6}});
    throw bn::Todo("13_3");
}

}  // namespace mine
