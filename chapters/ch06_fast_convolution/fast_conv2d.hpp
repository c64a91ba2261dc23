// Steps 2 to 4: the row as a vector, the register tile, and the data gradient as a convolution with flipped kernels.
#pragma once

#include <omp.h>

#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/padded_image.hpp"
#include "ch06_fast_convolution/simd.hpp"

namespace bn {

namespace detail {

/// One register tile: tile_channels × tile_vectors results, all taps. Every vector loaded from the image serves
/// tile_channels multiply-adds, every weight tile_vectors. `packed` holds the channels' biases, then their weights
/// tap by tap. Results of channels beyond `channels`, which fill the tile up, are not stored.
template <class T>
inline void conv2d_tile(const T* padded, const std::vector<Index>& taps, const T* packed,
                        const Piece* const (&piece)[tile_vectors], Index channels, T* y, Index y_plane) {
    Vec<T> sums[tile_channels][tile_vectors];
#pragma GCC unroll 8
    for (int c = 0; c < tile_channels; ++c)
#pragma GCC unroll 8
        for (int v = 0; v < tile_vectors; ++v) sums[c][v] = broadcast(packed[c]);

    const T* from[tile_vectors];
#pragma GCC unroll 8
    for (int v = 0; v < tile_vectors; ++v) from[v] = padded + piece[v]->in;
    for (const Index tap : taps) {
        packed += tile_channels;
        Vec<T> x[tile_vectors];
#pragma GCC unroll 8
        for (int v = 0; v < tile_vectors; ++v) x[v] = load(from[v] + tap);
#pragma GCC unroll 8
        for (int c = 0; c < tile_channels; ++c) {
            const Vec<T> w = broadcast(packed[c]);
#pragma GCC unroll 8
            for (int v = 0; v < tile_vectors; ++v) sums[c][v] += w * x[v];
        }
    }
#pragma GCC unroll 8
    for (int c = 0; c < tile_channels; ++c)
#pragma GCC unroll 8
        for (int v = 0; v < tile_vectors; ++v)
            if (c < channels) store_first(y + c * y_plane + piece[v]->out, sums[c][v], piece[v]->width);
}

/// Biases and weights in the order in which the tile reads them: for each block of tile_channels output channels a
/// row of biases and a row for each tap, tile_channels wide; zeros fill the last block. `weight_of(co, tap)` says which
/// weight, `bias` may be null.
template <class T, class WeightOf>
Tensor<T> pack_weights(Index Co, Index tap_count, const T* bias, const WeightOf& weight_of) {
    Tensor<T> packed({round_up(Co, tile_channels) / tile_channels, 1 + tap_count, tile_channels});
    for (Index co = 0; co < Co; ++co) {
        T* rows = packed.data() + co / tile_channels * (1 + tap_count) * tile_channels + co % tile_channels;
        rows[0] = bias ? bias[co] : T(0);
        for (Index t = 0; t < tap_count; ++t) rows[(1 + t) * tile_channels] = weight_of(co, t);
    }
    return packed;
}

/// One zeroed padded image for each thread.
template <class T>
Tensor<T> scratch_images(const PaddedLayout& layout) {
    return Tensor<T>({omp_get_max_threads(), layout.size()});
}

/// All outputs of one image: y [Co, Ho, Wo].
template <class T>
void conv2d_image(const T* padded, const PaddedLayout& layout, const Tensor<T>& packed, Index Co, T* y, Index y_plane) {
    const Index piece_count = static_cast<Index>(layout.pieces.size()), block = packed.size(1) * packed.size(2);
    for (Index first = 0; first < Co; first += tile_channels)
        for (Index p = 0; p < piece_count; p += tile_vectors) {
            // At the end of the plane the last piece is computed more than once rather than none
            const Piece* piece[tile_vectors];
            for (int v = 0; v < tile_vectors; ++v)
                piece[v] = &layout.pieces[static_cast<std::size_t>(std::min(p + v, piece_count - 1))];
            conv2d_tile(padded, layout.taps, packed.data() + first / tile_channels * block, piece, Co - first,
                        y + first * y_plane, y_plane);
        }
}

/// Convolves each image of x [N, Ci, H, W], stride 1, with packed weights of Co output channels.
template <class T>
Tensor<T> conv2d_images(const Tensor<T>& x, const PaddedLayout& layout, const Tensor<T>& packed, Shape y_shape) {
    Tensor<T> y = Tensor<T>::empty(std::move(y_shape));
    Tensor<T> scratch = scratch_images<T>(layout);
    const Index N = x.size(0), image = x.numel() / std::max<Index>(N, 1), y_plane = y.size(2) * y.size(3);
// Images are independent, and each is computed by one thread in one order: the number of threads changes nothing.
#pragma omp parallel for schedule(static)
    for (Index n = 0; n < N; ++n) {
        T* padded = scratch.data() + omp_get_thread_num() * layout.size();
        layout.copy_in(x.data() + n * image, padded);
        conv2d_image(padded, layout, packed, y.size(1), y.data() + n * y.size(1) * y_plane, y_plane);
    }
    return y;
}

}  // namespace detail

/// conv2d of chapter 5, faster: the same shapes, errors and, up to rounding, results; Eq. (6.1). Strides other than 1
/// take chapter 5's loops.
template <std::floating_point T>
Tensor<T> fast_conv2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                      Conv2dGeometry geometry = {}) {
    Shape y_shape = conv2d_output_shape(x.shape(), weight.shape(), geometry);
    check_bias(bias, weight);
    if (geometry.stride != Size2(1)) return conv2d(x, weight, bias, geometry);
    const PaddedLayout layout(x.size(1), {x.size(2), x.size(3)}, {weight.size(2), weight.size(3)}, geometry.padding,
                              lanes<T>);
    const Index Co = weight.size(0), tap_count = static_cast<Index>(layout.taps.size());
    const Tensor<T> packed = detail::pack_weights<T>(Co, tap_count, bias.data(),
                                                     [&](Index co, Index t) { return weight[co * tap_count + t]; });
    return detail::conv2d_images(x, layout, packed, std::move(y_shape));
}

/// ∂loss/∂x [N, Ci, H, W] of a stride-1 convolution: d_y convolved with each kernel flipped in both directions and
/// input and output channels exchanged; padding becomes kernel − 1 − padding: Eq. (6.2).
template <std::floating_point T>
Tensor<T> fast_conv2d_d_x(const Tensor<T>& d_y, const Shape& x_shape, const Tensor<T>& weight,
                          Conv2dGeometry geometry) {
    const Index Co = weight.size(0), Ci = weight.size(1), Kh = weight.size(2), Kw = weight.size(3);
    const Size2 padding(Kh - 1 - geometry.padding.h, Kw - 1 - geometry.padding.w);
    if (geometry.stride != Size2(1) || padding.h < 0 || padding.w < 0)
        return conv2d_d_x(d_y, x_shape, weight, geometry);
    const PaddedLayout layout(Co, {d_y.size(2), d_y.size(3)}, {Kh, Kw}, padding, lanes<T>);
    const Index window = Kh * Kw;
    const Tensor<T> packed = detail::pack_weights<T>(Ci, Co * window, nullptr, [&](Index ci, Index t) {
        const Index co = t / window, position = t % window;
        return weight[(co * Ci + ci) * window + window - 1 - position];  // the last tap first: both directions flipped
    });
    return detail::conv2d_images<T>(d_y, layout, packed, x_shape);
}

}  // namespace bn
