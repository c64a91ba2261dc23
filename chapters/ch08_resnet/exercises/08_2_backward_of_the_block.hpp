// Write it: the residual block's backward pass.
//
// The chapter's Eqs. (8.1) and (8.2): README.md, "Back through the block". The forward pass is there. Each layer
// remembers what it needs: layer.backprop(d_y) returns the gradient with respect to the input of that layer's latest
// call which backprop has not been through. The layers are small ones that keep x as [N, channels]; what they compute
// does not matter here.
#pragma once

#include "ch08_resnet/exercises/small_layers.hpp"
#include "common/todo.hpp"

namespace mine {

struct ResBlock : exercise::Parts {  // conv1, bn1, conv2, bn2, conv3, bn3 and one relu
    using exercise::Parts::Parts;

    /// x is [N, in], the result [N, out].
    bn::Tensor<double> forward(const bn::Tensor<double>& x) {
        const bn::Tensor<double> r = relu(bn1(conv1(x)));
        const bn::Tensor<double> f = bn3(conv3(relu(bn2(conv2(r)))));
        return relu(exercise::add(f, r));
    }

    /// The gradient with respect to x, [N, in], from the one with respect to the result, [N, out].
    bn::Tensor<double> backward(const bn::Tensor<double>& d_y) {
        // From the last layer to the first. To begin with: relu.backprop(d_y)
        throw bn::Todo("08_2");
    }
};

}  // namespace mine
