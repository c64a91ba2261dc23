// The random numbers that weights and biases start from; README.md derives how wide that makes the outputs.
#pragma once

#include <cmath>
#include <concepts>
#include <utility>

#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// What weights and biases of Conv2d and Linear start within, ±1/√fan_in: Eq. (5.15). `fan_in` is the number of
/// inputs that one output adds up, without the bias.
inline double initial_bound(Index fan_in) {
    return 1.0 / std::sqrt(static_cast<double>(fan_in));
}

/// A tensor of the given shape, uniform in ±initial_bound(fan_in).
template <std::floating_point T>
Tensor<T> initial_values(Shape shape, Index fan_in, Random& random) {
    Tensor<T> values = Tensor<T>::empty(std::move(shape));
    random.fill_uniform(values.values(), -initial_bound(fan_in), initial_bound(fan_in));
    return values;
}

}  // namespace bn
