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

    /// Every sum begins with its channel's value, or with zero.
    void begin(const T* channel) {
#pragma GCC unroll 8
        for (int c = 0; c < tile_channels; ++c)
#pragma GCC unroll 8
            for (int v = 0; v < tile_vectors; ++v) sums[c][v] = channel ? broadcast(channel[c]) : Vec<T>{};
    }

    /// Adds the taps of `run` neighbouring columns of one row of the kernel, in all C channels, which lie `plane`
    /// elements apart. Every vector loaded from the image serves tile_channels multiply-adds, every weight
    /// tile_vectors. `packed` holds the weights channel by channel; returns where they end.
    ///
    /// The pragmas have the small loops written out: a register has no address, so sums[c][v] can be one only where c
    /// and v are known. (GCC's -O3 does it unasked. With -O2 and no pragma each multiply-add loads a sum and stores it
    /// again.)
    template <int run>
    [[gnu::always_inline]] const T* add(const T* padded, const Piece* const (&piece)[tile_vectors], Index C,
                                        Index plane, const T* packed) {
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
                    for (int v = 0; v < tile_vectors; ++v) sums[c][v] += w * x[v];
                }
            }
#pragma GCC unroll 8
            for (int v = 0; v < tile_vectors; ++v) from[v] += plane;
        }
        return packed;
    }

    /// Stores the results, `row` rows below the pieces'; not those of channels beyond `channels`, which fill the tile
    /// up, nor those below the image.
    void put(const Piece* const (&piece)[tile_vectors], const PaddedLayout& layout, Index row, Index channels, T* y,
             Index y_plane) const {
#pragma GCC unroll 8
        for (int v = 0; v < tile_vectors; ++v) {
            if (piece[v]->row + row >= layout.Ho) continue;
            T* to = y + piece[v]->out + row * layout.Wo;
#pragma GCC unroll 8
            for (int c = 0; c < tile_channels; ++c)
                if (c < channels) store_first(to + c * y_plane, sums[c][v], piece[v]->width);
        }
    }
};

/// Adds all taps of one row of the kernel; returns where their weights end.
template <class T>
[[gnu::always_inline]] inline const T* add_row(Tile<T>& tile, const T* padded,
                                               const Piece* const (&piece)[tile_vectors], const PaddedLayout& layout,
                                               const T* packed) {
    if (layout.kernel.w == 3) return tile.template add<3>(padded, piece, layout.C, layout.plane, packed);
    for (Index kw = 0; kw < layout.kernel.w; ++kw)
        packed = tile.template add<1>(padded + kw, piece, layout.C, layout.plane, packed);
    return packed;
}

/// Step 3: all taps into one tile. `packed` holds the channels' biases, then their weights tap by tap.
template <class T>
void conv2d_tile(const PaddedLayout& layout, const T* padded, const T* packed,
                 const Piece* const (&piece)[tile_vectors], Index channels, T* y, Index y_plane) {
    Tile<T> tile;
    tile.begin(packed);
    packed += tile_channels;
    for (Index kh = 0; kh < layout.kernel.h; ++kh)
        packed = add_row(tile, padded + kh * layout.pitch, piece, layout, packed);
    tile.put(piece, layout, 0, channels, y, y_plane);
}

/// Step 8: two rows of outputs from four products, Eq. (6.6). `packed` holds the biases, then the combined weights of
/// each combination.
template <class T>
void conv2d_tile_pair(const PaddedLayout& layout, const T* padded, const T* packed,
                      const Piece* const (&piece)[tile_vectors], Index channels, T* y, Index y_plane) {
    const Index weights = layout.C * layout.kernel.w * tile_channels;
    const auto add = [&](Tile<T>& tile, Index k) {
        add_row(tile, padded + k * layout.part, piece, layout, packed + tile_channels + k * weights);
    };
    Tile<T> top, bottom, product;
    top.begin(packed);
    add(top, 1);
    product.begin(nullptr);
    add(product, 2);
#pragma GCC unroll 8
    for (int c = 0; c < tile_channels; ++c)
#pragma GCC unroll 8
        for (int v = 0; v < tile_vectors; ++v) {
            bottom.sums[c][v] = top.sums[c][v] - product.sums[c][v];
            top.sums[c][v] += product.sums[c][v];
        }
    add(top, 0);
    top.put(piece, layout, 0, channels, y, y_plane);
    add(bottom, 3);
    bottom.put(piece, layout, 1, channels, y, y_plane);
}

}  // namespace detail

}  // namespace bn
