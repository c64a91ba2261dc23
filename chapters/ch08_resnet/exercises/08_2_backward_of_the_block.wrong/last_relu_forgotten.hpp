// Fails: d_x agrees with central differences
#pragma once

#include "ch08_resnet/exercises/small_layers.hpp"

namespace mine {

struct ResBlock : exercise::Parts {
    using exercise::Parts::Parts;

    bn::Tensor<double> forward(const bn::Tensor<double>& x) {
        const bn::Tensor<double> r = relu(bn1(conv1(x)));
        const bn::Tensor<double> f = bn3(conv3(relu(bn2(conv2(r)))));
        return relu(exercise::add(f, r));
    }

    bn::Tensor<double> backward(const bn::Tensor<double>& d_y) {
        // The sum hands its gradient to both summands: Eq. (8.2)
        const bn::Tensor<double> d_sum = d_y;
        const bn::Tensor<double> through_f =
            conv2.backprop(bn2.backprop(relu.backprop(conv3.backprop(bn3.backprop(d_sum)))));
        return conv1.backprop(bn1.backprop(relu.backprop(exercise::add(through_f, d_sum))));
    }
};

}  // namespace mine
