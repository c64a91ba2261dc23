// Step 8: a third fewer multiplications. Two rows of outputs at a time, from combinations of rows.
#pragma once

#include <array>

#include "ch06_fast_convolution/vector_loops.hpp"

namespace bn {

namespace detail {

/// How many products stand for two rows of outputs with three rows of a kernel, instead of 2 · 3.
inline constexpr int combinations = 4;

/// Rows 2p to 2p + 3 of an image, a vector of each, as the four combinations that a pair of outputs needs, Eq. (6.6).
template <class V>
std::array<V, combinations> combine_rows(V x0, V x1, V x2, V x3) {
    return {x0 - x2, x1 + x2, x2 - x1, x3 - x1};
}

/// What multiplies combination k, from the three rows of a column of the kernel, Eq. (6.6).
template <class T>
T combined_weight(Index k, T w0, T w1, T w2) {
    if (k == 0) return w0;
    if (k == 3) return w2;
    const double sum = static_cast<double>(w0) + static_cast<double>(w2), w = static_cast<double>(w1);
    return static_cast<T>((k == 1 ? sum + w : sum - w) / 2);
}

/// A pair of rows of ∂loss/∂y as ∂loss/∂(each combination's product), Eq. (6.7). A null row is zero.
template <class T>
void combine_gradients(const T* top, const T* bottom, Index count, const std::array<T*, combinations>& to) {
    for_each_vector<T>(count, [&](auto at) {
        const Vec<T> d0 = at(top), d1 = bottom ? at(bottom) : Vec<T>{};
        at.put(to[0], d0);
        at.put(to[1], d0 + d1);
        at.put(to[2], d0 - d1);
        at.put(to[3], d1);
    });
}

/// ∂loss/∂w of the three rows of a kernel's column, from ∂loss/∂(each combined weight), Eq. (6.8).
template <class T>
std::array<T, 3> gradient_of_rows(const std::array<T, combinations>& d) {
    const T sum = (d[1] + d[2]) / 2, difference = (d[1] - d[2]) / 2;
    return {d[0] + sum, difference, sum + d[3]};
}

}  // namespace detail

}  // namespace bn
