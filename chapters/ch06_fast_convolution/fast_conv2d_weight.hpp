// Step 5: the weight gradient. Every weight is a sum over all pixels of all images, so here the weights are what
// stays in registers, and the pixels stream past. And step 6: the batch is summed in fixed pieces.
#pragma once

#include <omp.h>

#include <algorithm>
#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/fast_conv2d.hpp"

namespace bn {

namespace detail {

/// Step 6: how many pieces a batch is cut into. It depends on the batch alone, not on the threads, and the pieces' sums
/// are added in order: so any number of threads gives the same bits. (A piece of the batch is some images; a Piece of
/// padded_image.hpp is some outputs of a row.)
inline constexpr Index batch_pieces = 8;

/// A vector of a row of d_y, and what meets it in x.
struct GradientPiece {
    Index d_y, x;  // where it lies in d_y, and where the first tap lies in the padded x
    Index width;   // fewer than a vector at a row's end
};

/// How many images are added up before a tile's sums go back to memory: with one, the way there and back would cost
/// five percent more; with many, the padded images would not stay in the cache.
inline constexpr Index images_together = 2;

/// Adds the share of `images` images to weight_tile_channels × weight_tile_taps sums, each kept as a vector of partial
/// sums. `tap` points at where each tap begins in the padded x, `channel` at the channels of d_y; the next
/// image lies x_image and d_y_image elements further on. A step loads taps + channels vectors and does taps · channels
/// multiply-adds; nothing is stored until all pixels have passed.
///
///     d_weight[co][tap] = Σ over pieces of d_y[co][piece] · padded[offset of tap + piece.x]        Eq. (6.3)
///
/// `ragged`: the rows' last pieces are no whole vectors. A template, so that whole ones are not asked about it.
template <bool ragged, class T>
void weight_tile(const T* const (&tap)[weight_tile_taps], Index x_image,
                 const T* const (&channel)[weight_tile_channels], Index d_y_image, Index images,
                 const std::vector<GradientPiece>& pieces, T* sums) {
    Vec<T> s[weight_tile_channels][weight_tile_taps] = {};
    for (Index image = 0; image < images; ++image)
        for (const GradientPiece& piece : pieces) {
            const Index in_x = image * x_image + piece.x, in_d_y = image * d_y_image + piece.d_y;
            Vec<T> x[weight_tile_taps];
#pragma GCC unroll 8
            for (int t = 0; t < weight_tile_taps; ++t) x[t] = load(tap[t] + in_x);
            if (ragged && piece.width < lanes<T>)  // behind a row's end d_y is zero, but zero times infinity is not
                for (int t = 0; t < weight_tile_taps; ++t) x[t] = first_lanes<T>(x[t], piece.width);
#pragma GCC unroll 8
            for (int c = 0; c < weight_tile_channels; ++c) {
                const Vec<T> d = in_register<T>(load(channel[c] + in_d_y));
#pragma GCC unroll 8
                for (int t = 0; t < weight_tile_taps; ++t) s[c][t] += d * x[t];
            }
        }
#pragma GCC unroll 8
    for (int c = 0; c < weight_tile_channels; ++c)
#pragma GCC unroll 8
        for (int t = 0; t < weight_tile_taps; ++t, sums += lanes<T>) store<T>(sums, load(sums) + s[c][t]);
}

/// The sums over a batch that become ∂loss/∂weight and ∂loss/∂bias, for each piece of the batch apart.
template <class T>
class WeightSums {
public:
    /// Of a convolution with `Co` output channels whose input lies in memory as `x` says, which must outlive this.
    WeightSums(const PaddedLayout& x, Index Co)
        : x_(x),
          Co_(Co),
          pitch_(round_up(x.Wo, lanes<T>)),
          plane_((x.parts > 1 ? (x.Ho + 1) / 2 : x.Ho) * pitch_),
          channel_tiles_(round_up(Co, weight_tile_channels) / weight_tile_channels),
          tap_tiles_(round_up(tap_count(), weight_tile_taps) / weight_tile_taps),
          tile_sums_(Tensor<T>::empty({omp_get_max_threads(), x.parts * channel_tiles_ * tap_tiles_ * tile_size})),
          d_weight_(Tensor<T>::empty({batch_pieces, x.parts, Co, tap_count()})),
          d_bias_({batch_pieces, Co}) {
        for (const Piece& p : x.pieces) {
            pieces_.push_back({p.row / (x.parts > 1 ? 2 : 1) * pitch_ + p.column, p.in, p.width});
            ragged_ = ragged_ || p.width < lanes<T>;
        }
    }

    /// How many elements d_y has as copy_in leaves it.
    Index d_y_size() const { return x_.parts * Co_ * plane_; }

    /// Copies an image of d_y [Co, Ho, Wo] to where its rows begin with whole vectors, in memory that is zero already;
    /// in pairs its rows' combinations.
    void copy_in(const T* d_y, T* to) const {
        const Index part = Co_ * plane_, Wo = x_.Wo;
        for (Index co = 0; co < Co_; ++co) {
            T* row = to + co * plane_;
            for (Index i = 0; i < x_.Ho; row += pitch_) {
                const T *top = d_y + (co * x_.Ho + i) * Wo, *bottom = i + 1 < x_.Ho ? top + Wo : nullptr;
                if (x_.parts > 1)
                    combine_gradients<T>(top, bottom, Wo, {row, row + part, row + 2 * part, row + 3 * part});
                else
                    for_each_vector<T>(Wo, [&](auto at) { at.put(row, at(top)); });
                i += x_.parts > 1 ? 2 : 1;
            }
        }
    }

    /// Begins a piece of the batch on this thread; then add all its images; then end it, on the same thread.
    void begin_piece() { std::fill_n(my_tile_sums(), tile_sums_.size(1), T(0)); }

    /// Adds the share of `images` images, which lie x_image and d_y_image elements apart.
    void add_images(const T* x, Index x_image, const T* d_y, Index d_y_image, Index images) {
        T* sums = my_tile_sums();
        for (Index part = 0; part < x_.parts; ++part)
            for (Index c = 0; c < channel_tiles_; ++c) {
                // What goes over the edge repeats the last channel or tap, and is left out in the end
                const T* channel[weight_tile_channels];
                for (Index i = 0; i < weight_tile_channels; ++i)
                    channel[i] = d_y + (part * Co_ + std::min(c * weight_tile_channels + i, Co_ - 1)) * plane_;
                for (Index t = 0; t < tap_tiles_; ++t, sums += tile_size) {
                    const T* tap[weight_tile_taps];
                    for (Index i = 0; i < weight_tile_taps; ++i)
                        tap[i] = x + part * x_.part +
                                 x_.taps[static_cast<std::size_t>(std::min(t * weight_tile_taps + i, tap_count() - 1))];
                    ragged_ ? weight_tile<true>(tap, x_image, channel, d_y_image, images, pieces_, sums)
                            : weight_tile<false>(tap, x_image, channel, d_y_image, images, pieces_, sums);
                }
            }
    }

    /// Adds ∂loss/∂bias of an image of d_y [Co, Ho, Wo].
    void add_bias(Index batch_piece, const T* d_y) {
        const Index plane = x_.Ho * x_.Wo;
        for (Index co = 0; co < Co_; ++co)
            d_bias_(batch_piece, co) +=
                sums_over<T, 1>(plane, [&](auto at) { return std::array{at(d_y + co * plane)}; })[0];
    }

    /// Adds up the lanes.
    void end_piece(Index batch_piece) {
        const T* sums = my_tile_sums();
        T* d_weight = d_weight_.data() + batch_piece * x_.parts * Co_ * tap_count();
        for (Index part = 0; part < x_.parts; ++part)
            for (Index co = 0; co < Co_; ++co)
                for (Index t = 0; t < tap_count(); ++t) {
                    const Index tile =
                        (part * channel_tiles_ + co / weight_tile_channels) * tap_tiles_ + t / weight_tile_taps;
                    const Index within = co % weight_tile_channels * weight_tile_taps + t % weight_tile_taps;
                    *d_weight++ = sum<T>(load(sums + tile * tile_size + within * lanes<T>));
                }
    }

    /// ∂loss/∂weight [Co, Ci, Kh, Kw] and ∂loss/∂bias [Co]: the pieces of the batch, added in order.
    Tensor<T> d_weight(const Shape& shape) const {
        const Tensor<T> d = sum_of_pieces<T>(d_weight_, {x_.parts, Co_ * tap_count()});
        if (x_.parts == 1) return d.reshape(shape);
        Tensor<T> result = Tensor<T>::empty(shape);
        const Index Kw = shape[3], columns = shape[0] * shape[1] * Kw;
        for (Index i = 0; i < columns; ++i) {
            const auto rows = gradient_of_rows<T>({d(0, i), d(1, i), d(2, i), d(3, i)});
            for (Index kh = 0; kh < 3; ++kh)
                result[(i / Kw * 3 + kh) * Kw + i % Kw] = rows[static_cast<std::size_t>(kh)];
        }
        return result;
    }
    Tensor<T> d_bias() const { return sum_of_pieces<double>(d_bias_, {Co_}); }

private:
    static constexpr Index tile_size = weight_tile_channels * weight_tile_taps * lanes<T>;
    Index tap_count() const { return std::ssize(x_.taps); }
    T* my_tile_sums() { return tile_sums_.data() + omp_get_thread_num() * tile_sums_.size(1); }

    template <class S>
    static Tensor<T> sum_of_pieces(const Tensor<S>& pieces, const Shape& shape) {
        Tensor<T> result = Tensor<T>::empty(shape);
        const Index count = result.numel();
        for (Index i = 0; i < count; ++i) {
            S total = S(0);
            for (Index piece = 0; piece < batch_pieces; ++piece) total += pieces[piece * count + i];
            result[i] = static_cast<T>(total);
        }
        return result;
    }

    const PaddedLayout& x_;
    const Index Co_, pitch_, plane_;
    const Index channel_tiles_, tap_tiles_;
    std::vector<GradientPiece> pieces_;
    bool ragged_ = false;
    Tensor<T> tile_sums_;    // for each thread: each tile's sums side by side
    Tensor<T> d_weight_;     // [batch_pieces, parts, Co, taps]
    Tensor<double> d_bias_;  // [batch_pieces, Co]
};

/// All gradients of a stride-1 convolution, image by image. `d_y_image(n, room)` returns where image n of d_y
/// [Co, Ho, Wo] is; it may write it into `room`.
template <class T, class Image>
Conv2dGradients<T> conv2d_backward_images(const Tensor<T>& x, Size2 y_image, const Tensor<T>& weight, bool has_bias,
                                          Size2 padding, bool needs_d_x, const Image& d_y_image,
                                          Rows rows = Rows::in_pairs) {
    const Size2 x_image{x.size(2), x.size(3)}, kernel{weight.size(2), weight.size(3)};
    const PaddedLayout x_layout(x.size(1), x_image, kernel, padding, lanes<T>, rows);
    const ReadyConv2d<T> d_x_conv = ready_conv2d_d_x(y_image, weight, padding, rows);
    WeightSums<T> sums(x_layout, weight.size(0));
    ThreadImages<T> x_images(x_layout.size(), images_together), d_y_images(sums.d_y_size(), images_together),
        padded_images(d_x_conv.layout.size()), rooms(weight.size(0) * y_image.h * y_image.w);
    Conv2dGradients<T> g;
    if (needs_d_x) g.d_x = Tensor<T>::empty(x.shape());
    const Index N = x.size(0), plane = x.size(2) * x.size(3), image = x.size(1) * plane;

// Each piece of the batch has sums of its own, and images of d_x are independent.
#pragma omp parallel
    {
        T *padded_x = x_images.cleared(), *aligned_d_y = d_y_images.cleared(), *padded_d_y = padded_images.cleared(),
          *room = rooms.cleared();
#pragma omp for schedule(static)
        for (Index piece = 0; piece < batch_pieces; ++piece) {
            const Index end = N * (piece + 1) / batch_pieces;
            sums.begin_piece();
            for (Index first = N * piece / batch_pieces; first < end; first += images_together) {
                const Index count = std::min(images_together, end - first);
                for (Index i = 0; i < count; ++i) {
                    const T* d_y = d_y_image(first + i, room);
                    sums.copy_in(d_y, aligned_d_y + i * d_y_images.size());
                    sums.add_bias(piece, d_y);
                    if (needs_d_x) {
                        d_x_conv.layout.copy_in(d_y, padded_d_y);
                        d_x_conv.image(padded_d_y, g.d_x.data() + (first + i) * image, plane);
                    }
                    x_layout.copy_in(x.data() + (first + i) * image, padded_x + i * x_images.size());
                }
                sums.add_images(padded_x, x_images.size(), aligned_d_y, d_y_images.size(), count);
            }
            sums.end_piece(piece);
        }
    }

    g.d_weight = sums.d_weight(weight.shape());
    if (has_bias) g.d_bias = sums.d_bias();
    return g;
}

}  // namespace detail

/// conv2d_backward of chapter 5, faster. Strides other than 1, and padding as wide as the kernel, take chapter 5's
/// loops.
template <std::floating_point T>
Conv2dGradients<T> fast_conv2d_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& weight,
                                        bool has_bias, Conv2dGeometry geometry = {}, bool needs_d_x = true,
                                        Rows rows = Rows::in_pairs) {
    check_gradient(d_y, conv2d_output_shape(x.shape(), weight.shape(), geometry));
    if (geometry.stride != Size2(1) || geometry.padding.h >= weight.size(2) || geometry.padding.w >= weight.size(3))
        return conv2d_backward(d_y, x, weight, has_bias, geometry, needs_d_x);
    const Index image = d_y.numel() / std::max<Index>(d_y.size(0), 1);
    return detail::conv2d_backward_images(
        x, {d_y.size(2), d_y.size(3)}, weight, has_bias, geometry.padding, needs_d_x,
        [&](Index n, T*) { return d_y.data() + n * image; }, rows);
}

}  // namespace bn
