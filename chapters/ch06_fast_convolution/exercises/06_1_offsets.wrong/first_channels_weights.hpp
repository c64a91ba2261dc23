// Fails: several output channels
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

inline std::vector<bn::Index> offsets(bn::Index Ci, bn::Index Kh, bn::Index Kw, bn::Index pitch, bn::Index plane) {
    std::vector<bn::Index> taps;
    for (bn::Index ci = 0; ci < Ci; ++ci)
        for (bn::Index kh = 0; kh < Kh; ++kh)
            for (bn::Index kw = 0; kw < Kw; ++kw) taps.push_back(ci * plane + kh * pitch + kw);
    return taps;
}

inline bn::Tensor<double> convolve(std::span<const double> padded, bn::Index pitch, bn::Index plane,
                                   const bn::Tensor<double>& weight, const bn::Tensor<double>& bias, bn::Index Ho,
                                   bn::Index Wo) {
    using bn::Index;
    const Index Co = weight.size(0);
    const std::vector<Index> taps = offsets(weight.size(1), weight.size(2), weight.size(3), pitch, plane);
    const Index tap_count = std::ssize(taps);
    bn::Tensor<double> y({1, Co, Ho, Wo});
    for (Index co = 0; co < Co; ++co)
        for (Index i = 0; i < Ho; ++i)
            for (Index j = 0; j < Wo; ++j) {
                const Index p = i * pitch + j;
                double sum = bias[co];
                for (Index t = 0; t < tap_count; ++t)
                    sum += weight[t] * padded[static_cast<std::size_t>(p + taps[static_cast<std::size_t>(t)])];
                y(0, co, i, j) = sum;
            }
    return y;
}

}  // namespace mine
