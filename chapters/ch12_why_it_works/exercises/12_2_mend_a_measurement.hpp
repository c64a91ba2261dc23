// Mend it: a measurement that leaves traces.
//
// `spread_in_training` says how far a batch norm's outputs spread in train mode: the mean of y². Somebody calls it now
// and then while a network trains, and since then:
//
//   1. The running statistics, and num_batches_tracked, are others than without the measurement.
//   2. A layer that was in eval mode is in train mode afterwards.
//   3. So is one that was given an x that it refuses, with an exception. The exception should still get out.
//   4. The backward pass that belongs to an earlier forward pass gives wrong gradients: the measurement's forward pass
//      has kept something for a backward pass that never comes.
//
// Mend it, and take the throw away. README.md of chapter 12 has a section on it, "Measuring without leaving traces".
// `layer.state_dict()` shares the layer's numbers; chapter 4's `load_state_dict` writes some back; `bn::NoGradGuard` is
// chapter 4's, too.
#pragma once

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "common/todo.hpp"

namespace mine {

/// The mean of y² of layer(x) in train mode. Leaves the layer as it was.
inline double spread_in_training(bn::BatchNorm2d<double>& layer, const bn::Tensor<double>& x) {
    throw bn::Todo("12_2");  // take this line away

    const bool training = layer.training();
    const bn::StateDict<double> before = layer.state_dict();
    layer.train();
    const bn::Tensor<double> y = layer(x);
    bn::load_state_dict(layer, before);
    layer.train(training || true);

    double sum = 0;
    for (const double value : y.values()) sum += value * value;
    return sum / static_cast<double>(y.numel());
}

}  // namespace mine
