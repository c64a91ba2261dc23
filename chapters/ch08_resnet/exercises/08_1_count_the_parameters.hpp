// Write it: how many parameters the article's network has.
//
// The chapter's Eqs. (8.3), (8.4) and (8.5): README.md, "Counting the parameters". A parameter is a number that
// training changes. The listing of the network is in the same README.
#pragma once

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

using bn::Index;

/// Of a convolution from `in` to `out` channels, with kernels of `kernel` × `kernel`.
inline Index conv2d_parameters(Index in, Index out, Index kernel, bool bias) {
    throw bn::Todo("08_1");
}

/// Of a batch norm of so many channels. What it remembers, running_mean and running_var, is not trained.
inline Index batch_norm_parameters(Index channels) {
    throw bn::Todo("08_1");
}

/// Of a fully connected layer with a bias.
inline Index linear_parameters(Index in, Index out) {
    throw bn::Todo("08_1");
}

/// Of the whole network: conv1, bn_initial, the block's three convolutions and three batch norms, fc1, fc2.
/// batch_norm = false leaves out the four batch norms. redundant_biases = false leaves out the bias of each convolution
/// that stands before a batch norm; where there is no batch norm, none is redundant.
inline Index network_parameters(bool batch_norm, bool redundant_biases) {
    throw bn::Todo("08_1");
}

}  // namespace mine
