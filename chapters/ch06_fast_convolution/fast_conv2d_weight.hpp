// Step 5: the weight gradient. Every weight is a sum over all pixels of all images, so here the weights are what
// stays in registers, and the pixels stream past.
#pragma once

#include <omp.h>

#include <algorithm>
#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/fast_conv2d.hpp"

namespace bn {

namespace detail {

/// How many pieces a batch is cut into. It depends on the batch alone, not on the threads, and the pieces' sums are
/// added in order: so any number of threads gives the same bits.
inline constexpr Index batch_pieces = 8;

/// Adds one image's share to weight_tile_channels × weight_tile_taps sums, each kept as a vector of partial sums. `tap`
/// points at where each tap begins in the padded image, `channel` at the channels of d_y:
///
///     d_weight[co][tap] = Σ over pieces of d_y[co][piece] · padded[offset of tap + piece.in]        Eq. (6.3)
///
/// `ragged`: the rows' last pieces are no whole vectors.
template <bool ragged, class T>
void weight_tile(const T* const (&tap)[weight_tile_taps], const T* const (&channel)[weight_tile_channels],
                 const std::vector<Piece>& pieces, T* sums) {
    Vec<T> s[weight_tile_channels][weight_tile_taps] = {};
    for (const Piece& piece : pieces) {
        Vec<T> x[weight_tile_taps];
#pragma GCC unroll 8
        for (int t = 0; t < weight_tile_taps; ++t) x[t] = load(tap[t] + piece.in);
        if (ragged && piece.width < lanes<T>)  // behind a row's end d_y is zero, but zero times infinity is not
            for (int t = 0; t < weight_tile_taps; ++t) x[t] = first_lanes<T>(x[t], piece.width);
#pragma GCC unroll 8
        for (int c = 0; c < weight_tile_channels; ++c) {
            const Vec<T> d = in_register<T>(load(channel[c] + piece.lane));
#pragma GCC unroll 8
            for (int t = 0; t < weight_tile_taps; ++t) s[c][t] += d * x[t];
        }
    }
#pragma GCC unroll 8
    for (int c = 0; c < weight_tile_channels; ++c)
#pragma GCC unroll 8
        for (int t = 0; t < weight_tile_taps; ++t, sums += lanes<T>) store<T>(sums, load(sums) + s[c][t]);
}

/// d_y's rows rounded up to whole vectors and filled with zeros; d_y itself if they are whole already.
template <class T>
Tensor<T> with_whole_rows(const Tensor<T>& d_y) {
    const Index W = d_y.size(3), pitch = round_up(W, lanes<T>);
    if (pitch == W) return d_y;
    Tensor<T> whole({d_y.size(0), d_y.size(1), d_y.size(2), pitch});
    for (Index row = 0; row < d_y.numel() / W; ++row) std::copy_n(d_y.data() + row * W, W, whole.data() + row * pitch);
    return whole;
}

}  // namespace detail

/// ∂loss/∂weight [Co, Ci, Kh, Kw] of a convolution. Strides other than 1 take chapter 5's loops.
template <std::floating_point T>
Tensor<T> fast_conv2d_d_weight(const Tensor<T>& d_y, const Tensor<T>& x, const Shape& weight_shape,
                               Conv2dGeometry geometry) {
    using namespace detail;
    if (geometry.stride != Size2(1)) return conv2d_d_weight(d_y, x, weight_shape, geometry);
    const Index N = x.size(0), Co = weight_shape[0], image = x.numel() / std::max<Index>(N, 1);
    const PaddedLayout layout(x.size(1), {x.size(2), x.size(3)}, {weight_shape[2], weight_shape[3]}, geometry.padding,
                              lanes<T>);
    const std::vector<Index>& taps = layout.taps;
    const Index tap_count = static_cast<Index>(taps.size());
    const Tensor<T> rows = with_whole_rows(d_y);
    Tensor<T> scratch = scratch_images<T>(layout);

    // Tiles of channels × taps, each tile's sums side by side
    const Index channel_tiles = round_up(Co, weight_tile_channels) / weight_tile_channels;
    const Index tap_tiles = round_up(tap_count, weight_tile_taps) / weight_tile_taps;
    constexpr Index tile_size = weight_tile_channels * weight_tile_taps * lanes<T>;
    const Index sums_size = channel_tiles * tap_tiles * tile_size;
    Tensor<T> sums({batch_pieces, sums_size});

    const auto add_tile = d_y.size(3) % lanes<T> == 0 ? weight_tile<false, T> : weight_tile<true, T>;

// Each piece of the batch has sums of its own.
#pragma omp parallel for schedule(static)
    for (Index piece = 0; piece < batch_pieces; ++piece) {
        T* padded = scratch.data() + omp_get_thread_num() * layout.size();
        for (Index n = N * piece / batch_pieces; n < N * (piece + 1) / batch_pieces; ++n) {
            layout.copy_in(x.data() + n * image, padded);
            const T* d_y_image = rows.data() + n * Co * layout.lane_plane;
            T* tile_sums = sums.data() + piece * sums_size;
            for (Index c = 0; c < channel_tiles; ++c)
                for (Index t = 0; t < tap_tiles; ++t, tile_sums += tile_size) {
                    // What goes over the edge repeats the last channel or tap, and is left out below
                    const T *channel[weight_tile_channels], *tap[weight_tile_taps];
                    for (Index i = 0; i < weight_tile_channels; ++i)
                        channel[i] = d_y_image + std::min(c * weight_tile_channels + i, Co - 1) * layout.lane_plane;
                    for (Index i = 0; i < weight_tile_taps; ++i)
                        tap[i] =
                            padded + taps[static_cast<std::size_t>(std::min(t * weight_tile_taps + i, tap_count - 1))];
                    add_tile(tap, channel, layout.pieces, tile_sums);
                }
        }
    }

    // Add the pieces in order, then the lanes
    Tensor<T> d_weight = Tensor<T>::empty(weight_shape);
    for (Index co = 0; co < Co; ++co)
        for (Index t = 0; t < tap_count; ++t) {
            const Index tile = co / weight_tile_channels * tap_tiles + t / weight_tile_taps;
            const Index within = co % weight_tile_channels * weight_tile_taps + t % weight_tile_taps;
            Vec<T> total = {};
            for (Index piece = 0; piece < batch_pieces; ++piece)
                total += load(sums.data() + piece * sums_size + tile * tile_size + within * lanes<T>);
            d_weight[co * tap_count + t] = sum<T>(total);
        }
    return d_weight;
}

/// ∂loss/∂bias [Co]: one double per image and channel, then added in the order of the images.
template <std::floating_point T>
Tensor<T> fast_conv2d_d_bias(const Tensor<T>& d_y) {
    const Index N = d_y.size(0), Co = d_y.size(1), plane = d_y.size(2) * d_y.size(3);
    std::vector<double> sums(static_cast<std::size_t>(N * Co));
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < N * Co; ++k) {
        double total = 0.0;
        const T* values = d_y.data() + k * plane;
#pragma omp simd reduction(+ : total)
        for (Index i = 0; i < plane; ++i) total += static_cast<double>(values[i]);
        sums[static_cast<std::size_t>(k)] = total;
    }
    Tensor<T> d_bias({Co});
    for (Index co = 0; co < Co; ++co) {
        double total = 0.0;
        for (Index n = 0; n < N; ++n) total += sums[static_cast<std::size_t>(n * Co + co)];
        d_bias[co] = static_cast<T>(total);
    }
    return d_bias;
}

/// conv2d_backward of chapter 5, faster.
template <std::floating_point T>
Conv2dGradients<T> fast_conv2d_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& weight,
                                        bool has_bias, Conv2dGeometry geometry = {}, bool needs_d_x = true) {
    check_gradient(d_y, conv2d_output_shape(x.shape(), weight.shape(), geometry));
    Conv2dGradients<T> g;
    if (has_bias) g.d_bias = fast_conv2d_d_bias(d_y);
    g.d_weight = fast_conv2d_d_weight(d_y, x, weight.shape(), geometry);
    if (needs_d_x) g.d_x = fast_conv2d_d_x(d_y, x.shape(), weight, geometry);
    return g;
}

}  // namespace bn
