// Write it: a hook that notes the mean and the standard deviation of each channel of a layer's output.
//
// Chapter 4 has the hooks: layer.register_forward_hook(f) calls f(layer, x, y) after each call of the layer, and
// returns a handle; when the handle ends, so does the hook. y is [N, C, H, W]: y(n, c, h, w), y.size(0) is N, y.size(1)
// is C. The mean of a channel is over N, H and W; the standard deviation is the biased one, without eps.
//
// Compute inside the hook: the ReLU behind the layer writes over y. And note training only: layer.training() says.
#pragma once

#include <cmath>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "common/todo.hpp"

namespace mine {

struct Seen {
    std::vector<double> mean, sigma;  // one of each per channel, of the latest training batch; empty before the first
    int batches = 0;                  // how many training batches were seen
};

/// Watches `layer` until the handle ends, which is before `seen` does.
inline bn::HookHandle watch(bn::Module<double>& layer, Seen& seen) {
    throw bn::Todo("09_2");
}

}  // namespace mine
