// Step 1: padding. With zeros around the image, every output is the same sum; no pixel is a special case.
#pragma once

#include <algorithm>
#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/vector_loops.hpp"

namespace bn {

/// A vector's worth of neighbouring outputs in a row, or what is left of one at the row's end.
struct Piece {
    Index in;   // where its first output's window begins in the padded image: p in Eq. (6.1)
    Index out;  // where it is stored in a plane of the output, [Ho, Wo]
    Index row, column;
    Index width;  // how many outputs there are: fewer than a vector at a row's end
};

/// How one image [C, H, W] lies in memory with its padding, and where a stride-1 convolution finds things in it.
///
///     y[co][piece] = Σ over taps of weight[co][tap] · padded[piece.in + offset of tap]        Eq. (6.1)
///
/// A tap is one (ci, kh, kw); seen from the flat memory of the padded image it is one number, its offset. Rows of the
/// image begin at multiples of 8 elements; the zeros to the left of a row are also those to the right of the row above.
struct PaddedLayout {
    Index C, H, W;              // the image
    Index pitch;                // elements from one padded row to the next
    Index plane;                // and from one padded channel to the next
    Index origin;               // where the image's first pixel lies
    std::vector<Index> taps;    // the offset of each weight of one output channel, in the weight's own order
    std::vector<Piece> pieces;  // all outputs of one channel

    PaddedLayout(Index channels, Size2 image, Size2 kernel, Size2 pad, Index lane_count)
        : C(channels), H(image.h), W(image.w) {
        constexpr Index alignment = 8;
        const Index Ho = H + 2 * pad.h - kernel.h + 1, Wo = W + 2 * pad.w - kernel.w + 1;
        const Index margin = round_up(pad.w, alignment);  // zeros to the left of a row
        // The next row's margin pads this row on the right. And a vector that begins in the row must not reach the next
        // row's pixels, but zeros only: step 5 sums over whole vectors of d_y
        pitch = round_up(std::max(W + margin, round_up(W, lane_count)), alignment);
        plane = (H + 2 * pad.h) * pitch;
        origin = pad.h * pitch + margin;
        for (Index ci = 0; ci < C; ++ci)
            for (Index kh = 0; kh < kernel.h; ++kh)
                for (Index kw = 0; kw < kernel.w; ++kw) taps.push_back(ci * plane + kh * pitch + kw);
        const Index first = margin - pad.w;
        for (Index i = 0; i < Ho; ++i)
            for (Index j = 0; j < Wo; j += lane_count)
                pieces.push_back({first + i * pitch + j, i * Wo + j, i, j, std::min(lane_count, Wo - j)});
        // The last vector of the last row, at the last tap, reads past the image
        end_ = C * plane + margin + round_up(std::max(W, Wo), lane_count) + kernel.w;
    }

    /// How many elements a padded image has.
    Index size() const { return end_; }

    /// Where row h of channel c of the image begins.
    Index row(Index c, Index h) const { return origin + c * plane + h * pitch; }

    /// Copies an image into `padded`, whose border is zero already.
    template <class T>
    void copy_in(const T* image, T* padded) const {
        for (Index c = 0; c < C; ++c)
            for (Index h = 0; h < H; ++h) {
                T* to = padded + row(c, h);
                const T* from = image + (c * H + h) * W;
                for_each_vector<T>(W, [&](auto at) { at.put(to, at(from)); });
            }
    }

private:
    Index end_;
};

}  // namespace bn
