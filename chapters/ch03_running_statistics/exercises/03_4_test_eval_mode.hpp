// Test it: a test that finds out whether eval mode leaves a batch norm as it is.
//
// Here you write the test. `accepts` gets a function that makes batch norms of one channel, written by someone else. A
// right one does, in training, what Eqs. (3.1) and (3.2) of chapters/ch03_running_statistics/README.md say, with
// momentum 0.1 and eps = 1e-5, and counts the batch; in eval mode it does Eq. (3.8), and changes nothing. It may be
// switched between the two at any time. Make layers, call them, and return whether they are right. Your test will be
// tried on a right one and on seven broken ones.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// You may read and set all of its members.
struct Layer {
    bool training = true;                      // false: eval mode
    double running_mean = 0, running_var = 1;  // unbiased, as in the chapter
    int num_batches_tracked = 0;

    /// x_hat of x: two numbers or more in training, one or more in eval mode. gamma is 1 and beta is 0.
    virtual std::vector<double> forward(std::span<const double> x) = 0;
    virtual ~Layer() = default;
};

/// `make()` is a new layer; call it as make()->forward(x), or keep it: std::unique_ptr<Layer> layer = make();
using MakeLayer = std::function<std::unique_ptr<Layer>()>;

inline bool accepts(const MakeLayer& make) {
    throw bn::Todo("03_4");
}

}  // namespace mine
