// Write it: a hook that notes what a layer puts out.
//
// Chapter 9 asks what comes out of a batch norm layer in training. record_output hangs a forward hook onto `layer`.
// Each time the layer is called, the hook
//   - appends the means of the output's channels to record.means, and
//   - leaves the output itself in record.last, in a way that no later layer can spoil. (The tests put an in-place ReLU
//     behind the layer.)
// It returns the hook's handle, which keeps the hook alive.
//
// layer.register_forward_hook(f) takes a function f(module, input, output) that returns nothing, and returns a handle.
// bn::channel_statistics(x).mean (chapter 2) is the means of the channels of x [N, C, H, W], C numbers. `record` lives
// longer than the hook.
#pragma once

#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch04_modules_and_hooks/module.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct Record {
    std::vector<std::vector<double>> means;  // one row for each call of the layer, C numbers in each
    bn::Tensor<double> last;                 // the output of the last call
};

inline bn::HookHandle record_output(bn::Module<double>& layer, Record& record) {
    throw bn::Todo("04_1");
}

}  // namespace mine
