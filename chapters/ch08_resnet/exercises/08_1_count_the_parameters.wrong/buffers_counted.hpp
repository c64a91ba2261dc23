// Fails: a batch norm
#pragma once

#include "common/tensor.hpp"

namespace mine {

using bn::Index;

inline Index conv2d_parameters(Index in, Index out, Index kernel, bool bias) {
    return out * (in * kernel * kernel + (bias ? 1 : 0));  // Eq. (8.3)
}

inline Index batch_norm_parameters(Index channels) {
    return 4 * channels;  // weight and bias: Eq. (8.4)
}

inline Index linear_parameters(Index in, Index out) {
    return out * (in + 1);  // Eq. (8.5)
}

inline Index network_parameters(bool batch_norm, bool redundant_biases) {
    const bool bias = redundant_biases || !batch_norm;
    Index count =
        conv2d_parameters(3, 8, 3, bias) + conv2d_parameters(8, 16, 3, bias) + 2 * conv2d_parameters(16, 16, 3, bias);
    if (batch_norm) count += batch_norm_parameters(8) + 3 * batch_norm_parameters(16);
    return count + linear_parameters(16 * 8 * 8, 64) + linear_parameters(64, 2);
}

}  // namespace mine
