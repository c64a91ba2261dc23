// Step 1: padding. With zeros around the image, every output is the same sum; no pixel is a special case.
#pragma once

#include <algorithm>
#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/simd.hpp"

namespace bn {

/// A vector's worth of neighbouring outputs in a row.
struct Piece {
    Index in;     // where its window starts in the padded image
    Index out;    // where it is stored in a plane of the output, [Ho, Wo]
    Index lane;   // where it is stored in a plane whose rows are rounded up to whole vectors
    Index width;  // how many outputs there are: fewer than a vector at a row's end
};

/// How one image [C, H, W] lies in memory with its padding, and where a stride-1 convolution finds things in it.
///
///     y[co][piece] = Σ over taps of weight[co][tap] · padded[piece.in + offset of tap]        Eq. (6.1)
///
/// A tap is one (ci, kh, kw); seen from the flat memory of the padded image it is one number, its offset.
struct PaddedLayout {
    Index C, H, W;  // the image
    Size2 padding;
    Index pitch;                // elements from one padded row to the next
    Index plane;                // and from one padded channel to the next
    std::vector<Index> taps;    // the offset of each weight of one output channel, in the weight's own order
    std::vector<Piece> pieces;  // all outputs of one channel
    Index lane_plane;           // elements of an output plane whose rows are rounded up to whole vectors

    PaddedLayout(Index channels, Size2 image, Size2 kernel, Size2 pad, Index lane_count)
        : C(channels), H(image.h), W(image.w), padding(pad) {
        const Index Ho = H + 2 * pad.h - kernel.h + 1, Wo = W + 2 * pad.w - kernel.w + 1;
        const Index lane_pitch = round_up(Wo, lane_count);
        pitch = lane_pitch + kernel.w - 1;  // the last vector of a row may read past the image: zeros, too
        plane = (H + 2 * pad.h) * pitch;
        lane_plane = Ho * lane_pitch;
        for (Index ci = 0; ci < C; ++ci)
            for (Index kh = 0; kh < kernel.h; ++kh)
                for (Index kw = 0; kw < kernel.w; ++kw) taps.push_back(ci * plane + kh * pitch + kw);
        for (Index i = 0; i < Ho; ++i)
            for (Index j = 0; j < Wo; j += lane_count)
                pieces.push_back({i * pitch + j, i * Wo + j, i * lane_pitch + j, std::min(lane_count, Wo - j)});
    }

    Index size() const { return C * plane; }

    /// Copies an image into `padded`, whose border is zero already.
    template <class T>
    void copy_in(const T* image, T* padded) const {
        for (Index c = 0; c < C; ++c)
            for (Index h = 0; h < H; ++h)
                std::copy_n(image + (c * H + h) * W, W, padded + c * plane + (h + padding.h) * pitch + padding.w);
    }
};

}  // namespace bn
