// Steps 3 and 4: the register tile, and the data gradient as a convolution with flipped kernels. Of step 6 what is
// easy: each thread takes some images.
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
///
/// The pragmas have the small loops written out: a register has no address, so sums[c][v] can be one only where c and v
/// are known. (GCC's -O3 does it unasked. With -O2 and no pragma each multiply-add loads a sum and stores it again.)
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

/// A convolution with stride 1, ready to run: where things lie in a padded image, and the weights as the tile reads
/// them.
template <class T>
struct ReadyConv2d {
    PaddedLayout layout;
    Index Co;
    Tensor<T> packed;

    /// All outputs of one padded image: y [Co, Ho, Wo], planes `y_plane` elements apart.
    void image(const T* padded, T* y, Index y_plane) const {
        const Index piece_count = std::ssize(layout.pieces), block = packed.size(1) * packed.size(2);
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
};

/// The convolution of images [Ci, H, W] with weight [Co, Ci, Kh, Kw] and bias [Co], which may be undefined.
template <class T>
ReadyConv2d<T> ready_conv2d(Size2 image, const Tensor<T>& weight, const Tensor<T>& bias, Size2 padding) {
    PaddedLayout layout(weight.size(1), image, {weight.size(2), weight.size(3)}, padding, lanes<T>);
    const Index Co = weight.size(0), tap_count = std::ssize(layout.taps);
    Tensor<T> packed =
        pack_weights<T>(Co, tap_count, bias.data(), [&](Index co, Index t) { return weight[co * tap_count + t]; });
    return {std::move(layout), Co, std::move(packed)};
}

/// The one that makes ∂loss/∂x of ∂loss/∂y: kernels flipped in both directions, input and output channels exchanged,
/// and k − 1 − padding zeros around: Eq. (6.2). `image` is y's height and width.
template <class T>
ReadyConv2d<T> ready_conv2d_d_x(Size2 image, const Tensor<T>& weight, Size2 padding) {
    const Index Co = weight.size(0), Ci = weight.size(1), Kh = weight.size(2), Kw = weight.size(3), window = Kh * Kw;
    PaddedLayout layout(Co, image, {Kh, Kw}, {Kh - 1 - padding.h, Kw - 1 - padding.w}, lanes<T>);
    Tensor<T> packed = pack_weights<T>(Ci, Co * window, nullptr, [&](Index ci, Index t) {
        const Index co = t / window, position = t % window;
        return weight[(co * Ci + ci) * window + window - 1 - position];  // the last tap first: both directions flipped
    });
    return {std::move(layout), Ci, std::move(packed)};
}

/// Room for a padded image, or several, for each thread.
template <class T>
class ThreadImages {
public:
    explicit ThreadImages(const PaddedLayout& layout, Index images = 1)
        : size_(round_up(layout.size(), 64)), memory_(Tensor<T>::empty({omp_get_max_threads(), images * size_})) {}

    /// Elements from one image to the next.
    Index size() const { return size_; }

    /// The calling thread's, all zero.
    T* cleared() {
        T* mine = memory_.data() + omp_get_thread_num() * memory_.size(1);
        std::fill_n(mine, memory_.size(1), T(0));
        return mine;
    }

private:
    Index size_;
    Tensor<T> memory_;
};

/// Convolves each image of x [N, Ci, H, W]. `then(n, y)` is called when image n's outputs, [Co, Ho, Wo], are there,
/// and in the cache.
template <class T, class Then>
Tensor<T> conv2d_images(const Tensor<T>& x, const ReadyConv2d<T>& conv, Shape y_shape, const Then& then) {
    Tensor<T> y = Tensor<T>::empty(std::move(y_shape));
    ThreadImages<T> images(conv.layout);
    const Index N = x.size(0), x_image = x.numel() / std::max<Index>(N, 1), y_plane = y.size(2) * y.size(3);
// Images are independent, and each is computed by one thread in one order: the number of threads changes nothing.
#pragma omp parallel
    {
        T* padded = images.cleared();
#pragma omp for schedule(static)
        for (Index n = 0; n < N; ++n) {
            T* y_image = y.data() + n * conv.Co * y_plane;
            conv.layout.copy_in(x.data() + n * x_image, padded);
            conv.image(padded, y_image, y_plane);
            then(n, y_image);
        }
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
    const auto conv = detail::ready_conv2d(Size2(x.size(2), x.size(3)), weight, bias, geometry.padding);
    return detail::conv2d_images(x, conv, std::move(y_shape), [](Index, const T*) {});
}

/// ∂loss/∂x [N, Ci, H, W] of a stride-1 convolution: d_y convolved with each kernel flipped in both directions and
/// input and output channels exchanged; padding becomes kernel − 1 − padding: Eq. (6.2).
template <std::floating_point T>
Tensor<T> fast_conv2d_d_x(const Tensor<T>& d_y, const Shape& x_shape, const Tensor<T>& weight,
                          Conv2dGeometry geometry) {
    if (geometry.stride != Size2(1) || geometry.padding.h >= weight.size(2) || geometry.padding.w >= weight.size(3))
        return conv2d_d_x(d_y, x_shape, weight, geometry);
    const auto conv = detail::ready_conv2d_d_x(Size2(d_y.size(2), d_y.size(3)), weight, geometry.padding);
    return detail::conv2d_images<T>(d_y, conv, x_shape, [](Index, const T*) {});
}

}  // namespace bn
