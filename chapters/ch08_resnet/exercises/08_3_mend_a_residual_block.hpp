// Mend it: a residual block's forward pass.
//
//   1. A block from 3 to 4 channels does not run: "cannot add [5, 4] and [5, 3]". With as many channels out as in,
//      it runs, and the shortcut jumps over conv1, too.
//   2. After training, bn3 is as it was at the start, and bn2's num_batches_tracked is twice that of bn1.
//   3. The output is never below what the shortcut brings: f can add to it but not take away. It should be
//      relu(f + r), Eq. (8.1).
//
// Find the faults, mend them, and take the throw away. The layers are small ones that keep x as [N, channels]; what
// they compute does not matter here.
#pragma once

#include "ch08_resnet/exercises/small_layers.hpp"
#include "common/todo.hpp"

namespace mine {

struct ResBlock : exercise::Parts {  // conv1, bn1, conv2, bn2, conv3, bn3 and one relu
    using exercise::Parts::Parts;

    /// x is [N, in], the result [N, out].
    bn::Tensor<double> forward(const bn::Tensor<double>& x) {
        throw bn::Todo("08_3");  // take this line away

        const bn::Tensor<double> r = relu(bn1(conv1(x)));
        const bn::Tensor<double> f = bn2(conv3(relu(bn2(conv2(r)))));
        return exercise::add(relu(f), x);
    }
};

}  // namespace mine
