// Vectors as wide as the machine's registers, from the compiler's vector types: no intrinsics, one source for all.
#pragma once

#include <utility>

#include "common/tensor.hpp"

namespace bn {

// The one table of what depends on the instruction set: the width of a register in bytes, and the register tiles.
// A tile is a block of results that stay in registers while all that adds to them streams past. It should be large,
// since each value loaded then serves many multiply-adds, and since at least 8 sums keep both multiply-add units busy;
// and yet fit: its sums, plus what is loaded, within 16 registers (SSE, AVX) or 32 (AVX-512). README.md, step 3.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
inline constexpr int tile_channels = 8, tile_vectors = 2;             // 16 sums, 2 + 1 loaded
inline constexpr int weight_tile_channels = 4, weight_tile_taps = 6;  // 24 sums, 6 + 1 loaded
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
inline constexpr int tile_channels = 4, tile_vectors = 2;             // 8 sums, 2 + 1 loaded
inline constexpr int weight_tile_channels = 4, weight_tile_taps = 3;  // 12 sums, 3 + 1 loaded
#else
inline constexpr int vector_bytes = 16;
inline constexpr int tile_channels = 4, tile_vectors = 2;             // as with AVX
inline constexpr int weight_tile_channels = 4, weight_tile_taps = 2;  // 8 sums; a product needs a register, too
#endif

namespace detail {
template <class T>
struct VecType {
    typedef T type __attribute__((vector_size(vector_bytes)));
    typedef T in_memory __attribute__((vector_size(vector_bytes), aligned(alignof(T)), may_alias));
};
}  // namespace detail

/// As many T as fit a register. + − · / work element by element. A comparison gives a mask, and `mask ? a : b` takes
/// each element from a or from b.
template <class T>
using Vec = typename detail::VecType<T>::type;

template <class T>
inline constexpr Index lanes = vector_bytes / static_cast<Index>(sizeof(T));

/// The vector that begins at `from`. Any address will do: the type says that it may be unaligned.
template <class T>
inline Vec<T> load(const T* from) {
    return *reinterpret_cast<const typename detail::VecType<T>::in_memory*>(from);
}

/// The lanes<double> elements that begin at `from`, as doubles.
template <class T>
inline Vec<double> load_doubles(const T* from) {
    typedef T Few __attribute__((vector_size(lanes<double> * sizeof(T)), aligned(alignof(T)), may_alias));
    return __builtin_convertvector(*reinterpret_cast<const Few*>(from), Vec<double>);
}

template <class T>
inline void store(T* to, Vec<T> v) {
    *reinterpret_cast<typename detail::VecType<T>::in_memory*>(to) = v;
}

namespace detail {
// Not inlined, so that what stores whole vectors need not put each into memory first, where its elements are to be had.
template <class T>
[[gnu::noinline]] void store_few(T* to, Vec<T> v, Index count) {
    for (Index i = 0; i < count; ++i) to[i] = v[i];
}
}  // namespace detail

/// Stores the first `count` elements only, at the ends of rows.
template <class T>
[[gnu::always_inline]] inline void store_first(T* to, Vec<T> v, Index count) {
    if (count >= lanes<T>) [[likely]]
        store(to, v);
    else
        detail::store_few(to, v, count);
}

/// v with zeros behind its first `count` elements.
template <class T>
inline Vec<T> first_lanes(Vec<T> v, Index count) {
    for (Index i = count; i < lanes<T>; ++i) v[i] = T(0);
    return v;
}

/// The same number in every lane. An operation of a number and a vector copies the number into all lanes.
template <class T>
inline Vec<T> broadcast(T value) {
    return value - Vec<T>{};  // not +: −0 + 0 would be +0
}

/// v, kept in a register. An instruction can take an operand from memory, and GCC likes to load a vector again for each
/// multiply-add that uses it rather than keep it; then the load units have more to do than the multipliers. The empty
/// asm emits no instruction, but says that it changes v in a register: what it leaves there is in no memory.
template <class T>
inline Vec<T> in_register(Vec<T> v) {
#if defined(__AVX512F__)
    asm("" : "+v"(v));
#elif defined(__x86_64__)
    asm("" : "+x"(v));
#endif
    return v;
}

namespace detail {
// The lanes moved down by `width`; the lowest ones come round to the top.
template <int width, class T, std::size_t... lane>
inline Vec<T> moved_down(Vec<T> v, std::index_sequence<lane...>) {
    return __builtin_shufflevector(v, v, (static_cast<int>(lane + width) % static_cast<int>(lanes<T>))...);
}
}  // namespace detail

/// Sum over the lanes, always in the same order: the upper half is added to the lower, until one is left.
template <class T, int width = lanes<T> / 2>
inline T sum(Vec<T> v) {
    if constexpr (width == 0)
        return v[0];
    else
        return sum<T, width / 2>(v + detail::moved_down<width, T>(v, std::make_index_sequence<lanes<T>>{}));
}

/// The smallest multiple of `step` that is no smaller than `value`.
inline Index round_up(Index value, Index step) {
    return (value + step - 1) / step * step;
}

}  // namespace bn
