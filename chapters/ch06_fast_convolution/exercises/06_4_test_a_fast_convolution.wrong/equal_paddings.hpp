// Fails: paddings that have to be equal
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "ch05_convolution/conv2d.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace mine {

using Convolution = std::function<bn::Tensor<float>(const bn::Tensor<float>& x, const bn::Tensor<float>& weight,
                                                    const bn::Tensor<float>& bias, bn::Size2 padding)>;

/// Whether y is what it should be, up to rounding.
inline bool agree(const bn::Tensor<float>& y, const bn::Tensor<float>& expected) {
    if (y.shape() != expected.shape()) return false;
    float largest = 0;
    for (float value : expected.values()) largest = std::max(largest, std::abs(value));
    for (bn::Index i = 0; i < y.numel(); ++i)
        if (!(std::abs(y[i] - expected[i]) <= 1e-5f * largest)) return false;
    return true;
}

inline bool accepts(const Convolution& convolution) {
    bn::Random random(1);
    const bn::Size2 padding(1, 1);
    for (const bn::Index width : {4, 7, 12}) {
        bn::Tensor<float> x({3, 3, 7, width}), weight({6, 3, 3, 2}), bias({6});
        for (auto* t : {&x, &weight, &bias}) random.fill_normal(t->values());
        for (const auto& b : {bias, bn::Tensor<float>()})
            if (!agree(convolution(x, weight, b, padding), bn::conv2d(x, weight, b, {1, padding}))) return false;
    }
    return true;
}

}  // namespace mine
