// Steps 3, 4 and 8 on whole images: the register tile all over an image, and the data gradient as a convolution with
// flipped kernels. Of step 6 what is easy: each thread takes some images.
#pragma once

#include <omp.h>

#include <vector>

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/register_tile.hpp"

namespace bn {

namespace detail {

/// A convolution with stride 1, ready to run: where things lie in a padded image, and the weights as the tile reads
/// them.
template <class T>
struct ReadyConv2d {
    PaddedLayout layout;
    Index Co;
    Tensor<T> packed;  // for each block of tile_channels output channels a row of biases, then a row for each tap

    /// `weight_of(co, ci, kh, kw)` says which weight, `bias` [Co] may be null.
    template <class WeightOf>
    ReadyConv2d(PaddedLayout l, Index channels, const T* bias, const WeightOf& weight_of)
        : layout(std::move(l)), Co(channels) {
        const Index rows = layout.parts > 1 ? layout.parts : layout.kernel.h, Kw = layout.kernel.w;
        const Index run = Kw == 3 ? 3 : 1;  // how many columns of the kernel stand together
        packed = Tensor<T>({round_up(Co, tile_channels) / tile_channels, 1 + rows * layout.C * Kw, tile_channels});
        for (Index co = 0; co < Co; ++co) {
            T* to = packed.data() + co / tile_channels * packed.size(1) * tile_channels + co % tile_channels;
            *to = bias ? bias[co] : T(0);
            for (Index row = 0; row < rows; ++row)
                for (Index first = 0; first < Kw; first += run)
                    for (Index ci = 0; ci < layout.C; ++ci)
                        for (Index kw = first; kw < first + run; ++kw) {
                            const auto weight = [&](Index kh) { return weight_of(co, ci, kh, kw); };
                            to += tile_channels;
                            *to =
                                layout.parts == 1 ? weight(row) : combined_weight(row, weight(0), weight(1), weight(2));
                        }
        }
    }

    /// All outputs of one padded image: y [Co, Ho, Wo], planes `y_plane` elements apart.
    void image(const T* padded, T* y, Index y_plane) const {
        const Index piece_count = std::ssize(layout.pieces), block = packed.size(1) * packed.size(2);
        const auto tile = layout.parts == 1 ? conv2d_tile<T> : conv2d_tile_pair<T>;
        for (Index first = 0; first < Co; first += tile_channels)
            for (Index p = 0; p < piece_count; p += tile_vectors) {
                // At the end of the plane the last piece is computed more than once rather than none
                const Piece* piece[tile_vectors];
                for (int v = 0; v < tile_vectors; ++v)
                    piece[v] = &layout.pieces[static_cast<std::size_t>(std::min(p + v, piece_count - 1))];
                tile(layout, padded, packed.data() + first / tile_channels * block, piece, Co - first,
                     y + first * y_plane, y_plane);
            }
    }
};

/// The convolution of images [Ci, H, W] with weight [Co, Ci, Kh, Kw] and bias [Co], which may be undefined.
template <class T>
ReadyConv2d<T> ready_conv2d(Size2 image, const Tensor<T>& weight, const Tensor<T>& bias, Size2 padding,
                            Rows rows = Rows::in_pairs) {
    const Index Ci = weight.size(1), Kh = weight.size(2), Kw = weight.size(3);
    return {PaddedLayout(Ci, image, {Kh, Kw}, padding, lanes<T>, rows), weight.size(0), bias.data(),
            [&](Index co, Index ci, Index kh, Index kw) { return weight[((co * Ci + ci) * Kh + kh) * Kw + kw]; }};
}

/// The one that makes ∂loss/∂x of ∂loss/∂y: kernels flipped in both directions, input and output channels exchanged,
/// and k − 1 − padding zeros around: Eq. (6.2). `image` is y's height and width.
template <class T>
ReadyConv2d<T> ready_conv2d_d_x(Size2 image, const Tensor<T>& weight, Size2 padding, Rows rows = Rows::in_pairs) {
    const Index Ci = weight.size(1), Kh = weight.size(2), Kw = weight.size(3);
    const Size2 d_y_padding{Kh - 1 - padding.h, Kw - 1 - padding.w};
    return {PaddedLayout(weight.size(0), image, {Kh, Kw}, d_y_padding, lanes<T>, rows), Ci, nullptr,
            [&](Index ci, Index co, Index kh, Index kw) {
                return weight[((co * Ci + ci) * Kh + Kh - 1 - kh) * Kw + Kw - 1 - kw];
            }};
}

/// Room for a padded image, or several, for each thread.
template <class T>
class ThreadImages {
public:
    explicit ThreadImages(Index elements, Index images = 1)
        : size_(round_up(elements, 64)), memory_(Tensor<T>::empty({omp_get_max_threads(), images * size_})) {}

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
    ThreadImages<T> images(conv.layout.size());
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
Tensor<T> fast_conv2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias, Conv2dGeometry geometry = {},
                      Rows rows = Rows::in_pairs) {
    Shape y_shape = conv2d_output_shape(x.shape(), weight.shape(), geometry);
    check_bias(bias, weight);
    if (geometry.stride != Size2(1)) return conv2d(x, weight, bias, geometry);
    const auto conv = detail::ready_conv2d(Size2(x.size(2), x.size(3)), weight, bias, geometry.padding, rows);
    return detail::conv2d_images(x, conv, std::move(y_shape), [](Index, const T*) {});
}

/// ∂loss/∂x [N, Ci, H, W] of a stride-1 convolution: d_y convolved with each kernel flipped in both directions and
/// input and output channels exchanged; padding becomes kernel − 1 − padding: Eq. (6.2).
template <std::floating_point T>
Tensor<T> fast_conv2d_d_x(const Tensor<T>& d_y, const Shape& x_shape, const Tensor<T>& weight, Conv2dGeometry geometry,
                          Rows rows = Rows::in_pairs) {
    if (geometry.stride != Size2(1) || geometry.padding.h >= weight.size(2) || geometry.padding.w >= weight.size(3))
        return conv2d_d_x(d_y, x_shape, weight, geometry);
    const auto conv = detail::ready_conv2d_d_x(Size2(d_y.size(2), d_y.size(3)), weight, geometry.padding, rows);
    return detail::conv2d_images<T>(d_y, conv, x_shape, [](Index, const T*) {});
}

}  // namespace bn
