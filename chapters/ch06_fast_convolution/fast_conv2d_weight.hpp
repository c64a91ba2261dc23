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
    Index d_y, x;  // where it lies in the padded d_y, and where the first tap lies in the padded x
    Index width;   // fewer than a vector at a row's end
};

/// How many images are added up before a tile's sums go back to memory: with one, the way there and back would cost
/// five percent more; with many, the padded images would not stay in the cache.
inline constexpr Index images_together = 2;

/// Adds the share of `images` images to weight_tile_channels × weight_tile_taps sums, each kept as a vector of partial
/// sums. `tap` points at where each tap begins in the padded x, `channel` at the channels of the padded d_y; the next
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
    /// Of a convolution whose input and output lie in memory as the two layouts say. They must outlive this object.
    WeightSums(const PaddedLayout& x, const PaddedLayout& d_y)
        : x_(x),
          d_y_(d_y),
          channel_tiles_(round_up(d_y.C, weight_tile_channels) / weight_tile_channels),
          tap_tiles_(round_up(tap_count(), weight_tile_taps) / weight_tile_taps),
          tile_sums_(Tensor<T>::empty({omp_get_max_threads(), channel_tiles_ * tap_tiles_ * tile_size})),
          d_weight_(Tensor<T>::empty({batch_pieces, d_y.C, tap_count()})),
          d_bias_({batch_pieces, d_y.C}) {
        for (const Piece& p : x.pieces) {
            pieces_.push_back({d_y.row(0, p.row) + p.column, p.in, p.width});
            ragged_ = ragged_ || p.width < lanes<T>;
        }
    }

    /// Begins a piece of the batch on this thread; then add all its images; then end it, on the same thread.
    void begin_piece() { std::fill_n(my_tile_sums(), tile_sums_.size(1), T(0)); }

    /// Adds the share of `images` padded images, which lie x_image and d_y_image elements apart.
    void add_images(Index batch_piece, const T* x, Index x_image, const T* d_y, Index d_y_image, Index images) {
        T* sums = my_tile_sums();
        for (Index c = 0; c < channel_tiles_; ++c) {
            // What goes over the edge repeats the last channel or tap, and is left out in the end
            const T* channel[weight_tile_channels];
            for (Index i = 0; i < weight_tile_channels; ++i)
                channel[i] = d_y + std::min(c * weight_tile_channels + i, d_y_.C - 1) * d_y_.plane;
            for (Index t = 0; t < tap_tiles_; ++t, sums += tile_size) {
                const T* tap[weight_tile_taps];
                for (Index i = 0; i < weight_tile_taps; ++i)
                    tap[i] = x + x_.taps[static_cast<std::size_t>(std::min(t * weight_tile_taps + i, tap_count() - 1))];
                ragged_ ? weight_tile<true>(tap, x_image, channel, d_y_image, images, pieces_, sums)
                        : weight_tile<false>(tap, x_image, channel, d_y_image, images, pieces_, sums);
            }
        }
        for (Index image = 0; image < images; ++image)
            for (Index co = 0; co < d_y_.C; ++co)
                d_bias_(batch_piece, co) += plane_sum(d_y + image * d_y_image + co * d_y_.plane);
    }

    /// Adds up the lanes.
    void end_piece(Index batch_piece) {
        const T* sums = my_tile_sums();
        T* d_weight = d_weight_.data() + batch_piece * d_y_.C * tap_count();
        for (Index co = 0; co < d_y_.C; ++co)
            for (Index t = 0; t < tap_count(); ++t) {
                const Index tile = co / weight_tile_channels * tap_tiles_ + t / weight_tile_taps;
                const Index within = co % weight_tile_channels * weight_tile_taps + t % weight_tile_taps;
                d_weight[co * tap_count() + t] = sum<T>(load(sums + tile * tile_size + within * lanes<T>));
            }
    }

    /// ∂loss/∂weight and ∂loss/∂bias: the pieces of the batch, added in order.
    Tensor<T> d_weight(const Shape& shape) const { return sum_of_pieces<T>(d_weight_, shape); }
    Tensor<T> d_bias() const { return sum_of_pieces<double>(d_bias_, {d_y_.C}); }

private:
    static constexpr Index tile_size = weight_tile_channels * weight_tile_taps * lanes<T>;
    Index tap_count() const { return std::ssize(x_.taps); }
    T* my_tile_sums() { return tile_sums_.data() + omp_get_thread_num() * tile_sums_.size(1); }

    // Σ over one channel of a padded d_y. An addition takes several cycles: four of them are under way at once.
    double plane_sum(const T* plane) const {
        constexpr std::size_t chains = 4;
        Vec<T> total[chains] = {};
        std::size_t p = 0;
        for (; p + chains <= pieces_.size(); p += chains)
#pragma GCC unroll 4
            for (std::size_t c = 0; c < chains; ++c) total[c] += load(plane + pieces_[p + c].d_y);
        for (; p < pieces_.size(); ++p) total[0] += load(plane + pieces_[p].d_y);
        return static_cast<double>(sum<T>((total[0] + total[1]) + (total[2] + total[3])));
    }

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

    const PaddedLayout &x_, &d_y_;
    const Index channel_tiles_, tap_tiles_;
    std::vector<GradientPiece> pieces_;
    bool ragged_ = false;
    Tensor<T> tile_sums_;    // for each thread: each tile's sums side by side
    Tensor<T> d_weight_;     // [batch_pieces, Co, taps]
    Tensor<double> d_bias_;  // [batch_pieces, Co]
};

/// All gradients of a stride-1 convolution, image by image. `fill(n, padded)` writes image n of d_y into its place in a
/// padded image with the given layout, whose border is zero.
template <class T, class Fill>
Conv2dGradients<T> conv2d_backward_images(const Tensor<T>& x, Size2 y_image, const Tensor<T>& weight, bool has_bias,
                                          Size2 padding, bool needs_d_x, const Fill& fill) {
    const PaddedLayout x_layout(x.size(1), {x.size(2), x.size(3)}, {weight.size(2), weight.size(3)}, padding, lanes<T>);
    const ReadyConv2d<T> d_x_conv = ready_conv2d_d_x(y_image, weight, padding);
    const PaddedLayout& d_y_layout = d_x_conv.layout;
    WeightSums<T> sums(x_layout, d_y_layout);
    ThreadImages<T> x_images(x_layout, images_together), d_y_images(d_y_layout, images_together);
    Conv2dGradients<T> g;
    if (needs_d_x) g.d_x = Tensor<T>::empty(x.shape());
    const Index N = x.size(0), plane = x.size(2) * x.size(3), image = x.size(1) * plane;

// Each piece of the batch has sums of its own, and images of d_x are independent.
#pragma omp parallel
    {
        T *padded_x = x_images.cleared(), *padded_d_y = d_y_images.cleared();
#pragma omp for schedule(static)
        for (Index piece = 0; piece < batch_pieces; ++piece) {
            const Index end = N * (piece + 1) / batch_pieces;
            sums.begin_piece();
            for (Index first = N * piece / batch_pieces; first < end; first += images_together) {
                const Index count = std::min(images_together, end - first);
                for (Index i = 0; i < count; ++i) {
                    fill(first + i, padded_d_y + i * d_y_images.size(), d_y_layout);
                    x_layout.copy_in(x.data() + (first + i) * image, padded_x + i * x_images.size());
                }
                sums.add_images(piece, padded_x, x_images.size(), padded_d_y, d_y_images.size(), count);
                for (Index i = 0; needs_d_x && i < count; ++i)
                    d_x_conv.image(padded_d_y + i * d_y_images.size(), g.d_x.data() + (first + i) * image, plane);
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
                                        bool has_bias, Conv2dGeometry geometry = {}, bool needs_d_x = true) {
    check_gradient(d_y, conv2d_output_shape(x.shape(), weight.shape(), geometry));
    if (geometry.stride != Size2(1) || geometry.padding.h >= weight.size(2) || geometry.padding.w >= weight.size(3))
        return conv2d_backward(d_y, x, weight, has_bias, geometry, needs_d_x);
    const Index image = d_y.numel() / std::max<Index>(d_y.size(0), 1);
    return detail::conv2d_backward_images(
        x, {d_y.size(2), d_y.size(3)}, weight, has_bias, geometry.padding, needs_d_x,
        [&](Index n, T* padded, const PaddedLayout& layout) { layout.copy_in(d_y.data() + n * image, padded); });
}

}  // namespace bn
