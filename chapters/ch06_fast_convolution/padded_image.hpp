// Step 1: padding. With zeros around the image, every output is the same sum; no pixel is a special case.
#pragma once

#include <algorithm>
#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/row_pairs.hpp"

namespace bn {

/// A vector's worth of neighbouring outputs in a row, or what is left of one at the row's end.
struct Piece {
    Index in;   // where its first output's window begins in the padded image: p in Eq. (6.1)
    Index out;  // where it is stored in a plane of the output, [Ho, Wo]
    Index row, column;
    Index width;  // how many outputs there are: fewer than a vector at a row's end
};

/// Whether a convolution makes its rows of outputs one by one, Eq. (6.1), or, if the kernel has three rows, two at a
/// time, Eq. (6.6).
enum class Rows { one_by_one, in_pairs };

/// How one image [C, H, W] lies in memory with its padding, and where a stride-1 convolution finds things in it.
///
///     y[co][piece] = Σ over taps of weight[co][tap] · padded[piece.in + offset of tap]        Eq. (6.1)
///
/// A tap is one (ci, kh, kw); seen from the flat memory of the padded image it is one number, its offset. Rows of the
/// image begin at whole vectors, so that no vector that is stored lies across two lines of the cache; the zeros to the
/// left of a row are also those to the right of the row above.
///
/// In pairs (step 8; kernels of height 3) there are four such images, one for each combination of rows, with a row for
/// each pair of output rows; a tap is one (ci, kw), and a piece's row is the first of its pair.
struct PaddedLayout {
    Index C, H, W;  // the image
    Size2 kernel;
    Index Ho, Wo;               // the output
    Index parts;                // 1, or in pairs detail::combinations
    Index pitch;                // elements from one padded row to the next
    Index plane;                // and from one padded channel to the next
    Index part;                 // and from one combination of rows to the next
    Index origin;               // where the image's first pixel lies; in pairs the first row's first pixel
    std::vector<Index> taps;    // the offset of each weight of one output channel, in the weight's own order
    std::vector<Piece> pieces;  // all outputs of one channel; in pairs those of even rows

    PaddedLayout(Index channels, Size2 image, Size2 kernel_size, Size2 padding, Index lane_count, Rows rows)
        : C(channels),
          H(image.h),
          W(image.w),
          kernel(kernel_size),
          Ho(H + 2 * padding.h - kernel.h + 1),
          Wo(W + 2 * padding.w - kernel.w + 1),
          parts(rows == Rows::in_pairs && kernel.h == 3 ? detail::combinations : 1),
          pad_h_(padding.h) {
        const bool pairs = parts > 1;
        const Index margin = round_up(padding.w, lane_count);  // zeros to the left of a row
        // The next row's margin pads this row on the right. And a vector that begins in the row must not reach the next
        // row's pixels, but zeros only: step 5 sums over whole vectors of d_y
        pitch = round_up(W + margin, lane_count);
        plane = (pairs ? (Ho + 1) / 2 : H + 2 * padding.h) * pitch;
        part = C * plane;
        origin = (pairs ? 0 : padding.h * pitch) + margin;
        for (Index ci = 0; ci < C; ++ci)
            for (Index kh = 0; kh < (pairs ? 1 : kernel.h); ++kh)
                for (Index kw = 0; kw < kernel.w; ++kw) taps.push_back(ci * plane + kh * pitch + kw);
        const Index first = margin - padding.w, step = pairs ? 2 : 1;
        for (Index i = 0; i < Ho; i += step)
            for (Index j = 0; j < Wo; j += lane_count)
                pieces.push_back({first + i / step * pitch + j, i * Wo + j, i, j, std::min(lane_count, Wo - j)});
        // The last vector of the last row, at the last tap, reads past the image
        end_ = parts * part + margin + round_up(std::max(W, Wo), lane_count) + kernel.w;
    }

    /// How many elements a padded image has.
    Index size() const { return end_; }

    /// Copies an image into `padded`, whose border is zero already; in pairs its rows' combinations.
    template <class T>
    void copy_in(const T* image, T* padded) const {
        parts > 1 ? copy_pairs(image, padded) : copy_rows(image, padded);
    }

private:
    template <class T>
    void copy_rows(const T* image, T* padded) const {
        for (Index c = 0; c < C; ++c)
            for (Index h = 0; h < H; ++h) {
                T* to = padded + origin + c * plane + h * pitch;
                const T* from = image + (c * H + h) * W;
                for_each_vector<T>(W, [&](auto at) { at.put(to, at(from)); });
            }
    }

    // Down the rows, a vector's width at a time: what was a pair's lower two rows are the next one's upper two.
    template <class T>
    void copy_pairs(const T* image, T* padded) const {
        for (Index c = 0; c < C; ++c)
            for_each_vector<T>(W, [&](auto at) {
                const auto row = [&](Index h) { return h >= 0 && h < H ? at(image + (c * H + h) * W) : Vec<T>{}; };
                T* to = padded + origin + c * plane;
                Vec<T> x0 = row(-pad_h_), x1 = row(1 - pad_h_);
                for (Index h = -pad_h_; h < Ho - pad_h_; h += 2, to += pitch) {
                    const Vec<T> x2 = row(h + 2), x3 = row(h + 3);
                    const auto combined = detail::combine_rows<Vec<T>>(x0, x1, x2, x3);
#pragma GCC unroll 4
                    for (int k = 0; k < detail::combinations; ++k)
                        at.put(to + k * part, combined[static_cast<std::size_t>(k)]);
                    x0 = x2;
                    x1 = x3;
                }
            });
    }

    Index pad_h_, end_;
};

}  // namespace bn
