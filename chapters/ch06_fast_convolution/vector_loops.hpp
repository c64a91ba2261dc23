// Loops over arrays, a vector at a time: one for results, element by element, and one for sums.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "ch06_fast_convolution/simd.hpp"

namespace bn {

namespace detail {
// Lanes 0, 2, 4, … or 1, 3, 5, … of two vectors; and back: the first or the second half of a0, b0, a1, b1, …
template <int first, class T, std::size_t... lane>
inline Vec<T> every_other(Vec<T> a, Vec<T> b, std::index_sequence<lane...>) {
    return __builtin_shufflevector(a, b, (2 * static_cast<int>(lane) + first)...);
}
template <int first, class T, std::size_t... lane>
inline Vec<T> alternate(Vec<T> a, Vec<T> b, std::index_sequence<lane...>) {
    constexpr int count = sizeof...(lane);
    return __builtin_shufflevector(a, b,
                                   ((first + static_cast<int>(lane)) / 2 + static_cast<int>(lane) % 2 * count)...);
}
}  // namespace detail

/// Two neighbours in a row, or two vectors of them: left ones and right ones.
template <class V>
struct Pair {
    V left, right;
};

/// Where an elementwise loop is: at(p) reads the vector that begins at element i of the array p, at.put(p, v) writes
/// it.
template <class T>
struct VectorAt {
    Index i;
    Vec<T> operator()(const T* array) const { return load(array + i); }
    void put(T* array, Vec<T> v) const { store(array + i, v); }

    /// The same in an array of pairs: elements 2i, 2i + 2, … and 2i + 1, 2i + 3, …
    Pair<Vec<T>> pair(const T* array) const {
        const Vec<T> a = load(array + 2 * i), b = load(array + 2 * i + lanes<T>);
        return {detail::every_other<0, T>(a, b, Lanes{}), detail::every_other<1, T>(a, b, Lanes{})};
    }
    void put_pair(T* array, Pair<Vec<T>> p) const {
        store(array + 2 * i, detail::alternate<0, T>(p.left, p.right, Lanes{}));
        store(array + 2 * i + lanes<T>, detail::alternate<lanes<T>, T>(p.left, p.right, Lanes{}));
    }

private:
    using Lanes = std::make_index_sequence<static_cast<std::size_t>(lanes<T>)>;
};

/// The same at the end of an array, where only `count` elements are left: the other lanes read as zero and are not
/// written. So every element goes through the same instructions, and has the same bits, wherever a loop begins.
template <class T>
struct LastAt {
    Index i, count;
    Vec<T> operator()(const T* array) const {
        Vec<T> v = {};
        for (Index lane = 0; lane < count; ++lane) v[lane] = array[i + lane];
        return v;
    }
    void put(T* array, Vec<T> v) const { store_first(array + i, v, count); }
    Pair<Vec<T>> pair(const T* array) const {
        Pair<Vec<T>> p{};
        for (Index lane = 0; lane < count; ++lane) {
            p.left[lane] = array[2 * (i + lane)];
            p.right[lane] = array[2 * (i + lane) + 1];
        }
        return p;
    }
    void put_pair(T* array, Pair<Vec<T>> p) const {
        for (Index lane = 0; lane < count; ++lane) {
            array[2 * (i + lane)] = p.left[lane];
            array[2 * (i + lane) + 1] = p.right[lane];
        }
    }
};

/// Calls body(at) for `count` elements, a vector at a time:
///     for_each_vector<float>(count, [&](auto at) { at.put(y, at(x) * 2.0f); });
template <class T, class Body>
inline void for_each_vector(Index count, const Body& body) {
    Index i = 0;
    for (; i + lanes<T> <= count; i += lanes<T>) body(VectorAt<T>{i});
    if (i < count) body(LastAt<T>{i, count - i});
}

/// Where a loop over sums is: at(p) reads the next elements of the array p, as doubles.
template <class T>
struct DoublesAt {
    Index i;
    Vec<double> operator()(const T* array) const { return load_doubles(array + i); }
};

/// The same at the end of an array, where only `count` elements are left: the other lanes read as zero.
template <class T>
struct LastDoublesAt {
    Index i, count;
    Vec<double> operator()(const T* array) const {
        Vec<double> v = {};
        for (Index lane = 0; lane < count; ++lane) v[lane] = static_cast<double>(array[i + lane]);
        return v;
    }
};

/// Σ of several terms over `count` elements, in double and always in the same order; term(at) returns a std::array of
/// them, each a vector of doubles:
///     sums_over<float, 1>(count, [&](auto at) { return std::array{at(x) * at(x)}; })
template <class T, std::size_t terms, class Term>
inline std::array<double, terms> sums_over(Index count, const Term& term) {
    constexpr int chains = 4;  // an addition takes several cycles: four of them are under way at once
    constexpr Index width = lanes<double>;
    Vec<double> partial[chains][terms] = {};
    Index i = 0;
    for (; i + chains * width <= count; i += chains * width)
#pragma GCC unroll 4
        for (int c = 0; c < chains; ++c) {
            const std::array<Vec<double>, terms> values = term(DoublesAt<T>{i + c * width});
#pragma GCC unroll 4
            for (std::size_t k = 0; k < terms; ++k) partial[c][k] += values[k];
        }
    for (; i + width <= count; i += width) {
        const std::array<Vec<double>, terms> values = term(DoublesAt<T>{i});
        for (std::size_t k = 0; k < terms; ++k) partial[0][k] += values[k];
    }
    if (i < count) {
        const std::array<Vec<double>, terms> values = term(LastDoublesAt<T>{i, count - i});
        for (std::size_t k = 0; k < terms; ++k) partial[0][k] += first_lanes<double>(values[k], count - i);
    }
    std::array<double, terms> totals{};
    for (std::size_t k = 0; k < terms; ++k)
        totals[k] = sum<double>((partial[0][k] + partial[1][k]) + (partial[2][k] + partial[3][k]));
    return totals;
}

}  // namespace bn
