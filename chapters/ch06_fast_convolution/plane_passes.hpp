// What follows a convolution up to the next one, in one pass over a plane that is in the cache; and the way back.
#pragma once

#include "ch06_fast_convolution/vector_loops.hpp"

namespace bn {

namespace detail {

/// max(z, 0); NaN stays NaN.
template <class V>
inline V rectified(V z) {
    return z < V{} ? V{} : z;
}

/// d where z > 0, or where z is no number; else 0: back through the ReLU.
template <class V>
inline V where_positive(V z, V d) {
    return z <= V{} ? V{} : d;
}

/// z = normalize(y) + shortcut, then ReLU: for the `count` values of a plane. A null shortcut adds nothing.
template <class T, class Normalize>
void finish_plane(const T* y, const T* shortcut, bool relu, Index count, const Normalize& normalize, T* z) {
    for_each_vector<T>(count, [&](auto at) {
        Vec<T> value = normalize(at(y));
        if (shortcut) value += at(shortcut);
        at.put(z, relu ? rectified(value) : value);
    });
}

/// z = pool(relu(normalize(y))) for a plane [H, W]: of the four values of a 2×2 window the largest, and its place, 0 to
/// 3 row by row.
template <class T, class Normalize>
void finish_and_pool_plane(const T* y, bool relu, Index H, Index W, const Normalize& normalize, T* z, T* place) {
    const auto finished = [&](Vec<T> value) { return relu ? rectified<Vec<T>>(normalize(value)) : normalize(value); };
    for (Index i = 0; i < H / 2; ++i) {
        const T *top = y + 2 * i * W, *bottom = top + W;
        const Index row = i * (W / 2);
        for_each_vector<T>(W / 2, [&](auto at) {
            const auto [top_left, top_right] = at.pair(top);
            const auto [bottom_left, bottom_right] = at.pair(bottom);
            Vec<T> largest = finished(top_left), where = {};
            const auto compare = [&](Vec<T> value, T its_place) {
                const Vec<T> other = finished(value);
                const auto wins = (other > largest) | (other != other);  // larger, or not a number
                largest = wins ? other : largest;
                where = wins ? broadcast(its_place) : where;
            };
            compare(top_right, T(1));
            compare(bottom_left, T(2));
            compare(bottom_right, T(3));
            at.put(z + row, largest);
            at.put(place + row, where);
        });
    }
}

/// Back through the ReLU: `count` values of ∂loss/∂(its input) from d_z and z. A null `more` adds nothing to d_z.
template <class T>
void unfinish_plane(const T* d_z, const T* more, const T* z, bool relu, Index count, T* d_n) {
    for_each_vector<T>(count, [&](auto at) {
        Vec<T> d = at(d_z);
        if (more) d += at(more);
        at.put(d_n, relu ? where_positive<Vec<T>>(at(z), d) : d);
    });
}

/// The same, back through the pooling first: the winner gets the gradient, the three others get zero.
template <class T>
void unpool_and_unfinish_plane(const T* d_z, const T* more, const T* z, const T* place, bool relu, Index H, Index W,
                               T* d_n) {
    for (Index i = 0; i < H / 2; ++i) {
        T *top = d_n + 2 * i * W, *bottom = top + W;
        const Index row = i * (W / 2);
        for_each_vector<T>(W / 2, [&](auto at) {
            Vec<T> d = at(d_z + row);
            if (more) d += at(more + row);
            if (relu) d = where_positive<Vec<T>>(at(z + row), d);
            const Vec<T> where = at(place + row);
            const auto part = [&](T its_place) { return where == broadcast(its_place) ? d : Vec<T>{}; };
            at.put_pair(top, {part(T(0)), part(T(1))});
            at.put_pair(bottom, {part(T(2)), part(T(3))});
        });
    }
}

}  // namespace detail

}  // namespace bn
