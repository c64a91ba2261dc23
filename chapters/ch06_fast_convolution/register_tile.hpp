// Step 3, the register tile: a block of results that stays in registers while all that adds to them streams past. And
// step 8's, which makes two rows of results of four such blocks.
#pragma once

#include "ch06_fast_convolution/padded_image.hpp"

namespace bn {

namespace detail {

/// One register tile: tile_channels × tile_vectors results.
template <class T>
struct Tile {
    Vec<T> sums[tile_channels][tile_vectors];

    /// Adds value(c, v) to every sum. The pragmas here and below have the small loops written out: a register has no
    /// address, so sums[c][v] can be one only where c and v are known. (GCC's -O3 does it unasked. With -O2 and no
    /// pragma each multiply-add loads a sum and stores it again.)
    template <class Value>
    [[gnu::always_inline]] void add(const Value& value) {
#pragma GCC unroll 8
        for (int c = 0; c < tile_channels; ++c)
#pragma GCC unroll 8
            for (int v = 0; v < tile_vectors; ++v) sums[c][v] += value(c, v);
    }
};

/// The sums over the taps of `run` neighbouring columns of one row of the kernel, in all C channels, which lie `plane`
/// elements apart. Every vector loaded from the image serves tile_channels multiply-adds, every weight tile_vectors.
/// `packed` holds the weights channel by channel, and is moved to where they end.
template <int run, class T>
[[gnu::always_inline]] inline Tile<T> sum_taps(const T* padded, const Piece* const (&piece)[tile_vectors], Index C,
                                               Index plane, const T*& packed) {
    Tile<T> tile = {};
    const T* from[tile_vectors];
#pragma GCC unroll 8
    for (int v = 0; v < tile_vectors; ++v) from[v] = padded + piece[v]->in;
    for (Index ci = 0; ci < C; ++ci) {
#pragma GCC unroll 3
        for (int i = 0; i < run; ++i, packed += tile_channels) {
            Vec<T> x[tile_vectors];
#pragma GCC unroll 8
            for (int v = 0; v < tile_vectors; ++v) x[v] = in_register<T>(load(from[v] + i));
#pragma GCC unroll 8
            for (int c = 0; c < tile_channels; ++c) {
                const Vec<T> w = broadcast(packed[c]);
#pragma GCC unroll 8
                for (int v = 0; v < tile_vectors; ++v) tile.sums[c][v] += w * x[v];
            }
        }
#pragma GCC unroll 8
        for (int v = 0; v < tile_vectors; ++v) from[v] += plane;
    }
    return tile;
}

/// The sums over one row of the kernel, and on top of them each channel's `bias`, which may be null. Every row is
/// summed on its own, and the bias comes last: short sums, added up, have lost less to rounding than a long one.
template <class T>
[[gnu::always_inline]] inline Tile<T> sum_kernel_row(const T* padded, const Piece* const (&piece)[tile_vectors],
                                                     const PaddedLayout& layout, const T*& packed, const T* bias) {
    Tile<T> tile;
    if (layout.kernel.w == 3) {
        tile = sum_taps<3>(padded, piece, layout.C, layout.plane, packed);
    } else {
        tile = {};
        for (Index kw = 0; kw < layout.kernel.w; ++kw) {
            const Tile<T> column = sum_taps<1>(padded + kw, piece, layout.C, layout.plane, packed);
            tile.add([&](int c, int v) { return column.sums[c][v]; });
        }
    }
    if (bias) tile.add([&](int c, int) { return broadcast(bias[c]); });
    return tile;
}

/// Stores value(c, v) for all of a tile, `row` rows below the pieces'; not for channels beyond `channels`, which fill
/// the tile up, nor below the image.
template <class T, class Value>
[[gnu::always_inline]] inline void put_tile(const Piece* const (&piece)[tile_vectors], const PaddedLayout& layout,
                                            Index row, Index channels, T* y, Index y_plane, const Value& value) {
#pragma GCC unroll 8
    for (int v = 0; v < tile_vectors; ++v) {
        if (piece[v]->row + row >= layout.Ho) continue;
        T* to = y + piece[v]->out + row * layout.Wo;
#pragma GCC unroll 8
        for (int c = 0; c < tile_channels; ++c)
            if (c < channels) store_first<T>(to + c * y_plane, value(c, v), piece[v]->width);
    }
}

/// Step 3: all taps into one tile. `packed` holds the channels' biases, then their weights tap by tap.
template <class T>
void conv2d_tile(const PaddedLayout& layout, const T* padded, const T* packed,
                 const Piece* const (&piece)[tile_vectors], Index channels, T* y, Index y_plane) {
    const T *bias = packed, *weights = packed + tile_channels;
    Tile<T> tile = sum_kernel_row(padded, piece, layout, weights, bias);
    for (Index kh = 1; kh < layout.kernel.h; ++kh) {
        const Tile<T> row = sum_kernel_row<T>(padded + kh * layout.pitch, piece, layout, weights, nullptr);
        tile.add([&](int c, int v) { return row.sums[c][v]; });
    }
    put_tile(piece, layout, 0, channels, y, y_plane, [&](int c, int v) { return tile.sums[c][v]; });
}

/// Step 8: two rows of outputs from four products, Eq. (6.6). `packed` holds the biases, then the combined weights of
/// each combination. The bias joins m₁, which both outputs have.
template <class T>
void conv2d_tile_pair(const PaddedLayout& layout, const T* padded, const T* packed,
                      const Piece* const (&piece)[tile_vectors], Index channels, T* y, Index y_plane) {
    const T *bias = packed, *weights = packed + tile_channels;
    Tile<T> m[combinations];
    for (int k = 0; k < combinations; ++k)
        m[k] = sum_kernel_row(padded + k * layout.part, piece, layout, weights, k == 1 ? bias : nullptr);
    put_tile(piece, layout, 0, channels, y, y_plane,
             [&](int c, int v) { return m[0].sums[c][v] + (m[1].sums[c][v] + m[2].sums[c][v]); });
    put_tile(piece, layout, 1, channels, y, y_plane,
             [&](int c, int v) { return (m[1].sums[c][v] - m[2].sums[c][v]) + m[3].sums[c][v]; });
}

}  // namespace detail

}  // namespace bn
