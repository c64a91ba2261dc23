// Steps 1 and 2 as one would write them first, and the weight gradient before step 5. Later chapters do not run them:
// they are here to be read, tested and timed beside what comes after.
#pragma once

#include <vector>

#include "ch06_fast_convolution/fast_conv2d.hpp"

namespace bn {

namespace detail {

/// The images of x [N, C, H, W] one by one, with zeros around.
template <class T>
struct PaddedImages {
    const Tensor<T>& x;
    PaddedLayout layout;
    std::vector<T> memory;

    PaddedImages(const Tensor<T>& images, Size2 kernel, Size2 padding)
        : x(images),
          layout(images.size(1), {images.size(2), images.size(3)}, kernel, padding, lanes<T>, Rows::one_by_one),
          memory(static_cast<std::size_t>(layout.size()), T(0)) {}

    const T* image(Index n) {
        layout.copy_in(x.data() + n * x.size(1) * x.size(2) * x.size(3), memory.data());
        return memory.data();
    }
};

}  // namespace detail

/// Step 1, padding: conv2d of chapter 5 with stride 1 and no question in the innermost loop, Eq. (6.1). Shapes and
/// errors as there; sums are kept in T.
template <std::floating_point T>
Tensor<T> conv2d_by_taps(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias, Size2 padding) {
    Tensor<T> y = Tensor<T>::empty(conv2d_output_shape(x.shape(), weight.shape(), {1, padding}));
    check_bias(bias, weight);
    detail::PaddedImages<T> images(x, {weight.size(2), weight.size(3)}, padding);
    const std::vector<Index>& taps = images.layout.taps;
    const Index N = y.size(0), Co = y.size(1), plane = y.size(2) * y.size(3);
    for (Index n = 0; n < N; ++n) {
        const T* padded = images.image(n);
        for (Index co = 0; co < Co; ++co) {
            const T* w = weight.data() + co * std::ssize(taps);
            T* out = y.data() + (n * Co + co) * plane;
            for (const Piece& piece : images.layout.pieces)
                for (Index i = 0; i < piece.width; ++i) {
                    T sum = bias.defined() ? bias[co] : T(0);
                    for (std::size_t t = 0; t < taps.size(); ++t) sum += w[t] * padded[piece.in + i + taps[t]];
                    out[piece.out + i] = sum;
                }
        }
    }
    return y;
}

/// Step 2, the row as a vector: the same sum for as many neighbouring outputs as a register holds.
template <std::floating_point T>
Tensor<T> conv2d_by_vectors(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias, Size2 padding) {
    Tensor<T> y = Tensor<T>::empty(conv2d_output_shape(x.shape(), weight.shape(), {1, padding}));
    check_bias(bias, weight);
    detail::PaddedImages<T> images(x, {weight.size(2), weight.size(3)}, padding);
    const std::vector<Index>& taps = images.layout.taps;
    const Index N = y.size(0), Co = y.size(1), plane = y.size(2) * y.size(3);
    for (Index n = 0; n < N; ++n) {
        const T* padded = images.image(n);
        for (Index co = 0; co < Co; ++co) {
            const T* w = weight.data() + co * std::ssize(taps);
            T* out = y.data() + (n * Co + co) * plane;
            for (const Piece& piece : images.layout.pieces) {
                Vec<T> sums = broadcast(bias.defined() ? bias[co] : T(0));
                for (std::size_t t = 0; t < taps.size(); ++t) sums += w[t] * load(padded + piece.in + taps[t]);
                store_first(out + piece.out, sums, piece.width);
            }
        }
    }
    return y;
}

/// Before step 5: ∂loss/∂weight with rows as vectors, but one weight after the other, Eq. (6.3). For each of them a
/// channel of d_y and one of x are read again.
template <std::floating_point T>
Tensor<T> conv2d_d_weight_by_vectors(const Tensor<T>& d_y, const Tensor<T>& x, const Shape& weight_shape,
                                     Size2 padding) {
    check_gradient(d_y, conv2d_output_shape(x.shape(), weight_shape, {1, padding}));
    detail::PaddedImages<T> images(x, {weight_shape[2], weight_shape[3]}, padding);
    const std::vector<Index>& taps = images.layout.taps;
    const Index N = d_y.size(0), Co = d_y.size(1), plane = d_y.size(2) * d_y.size(3);
    Tensor<T> d_weight(weight_shape);
    for (Index n = 0; n < N; ++n) {
        const T* padded = images.image(n);
        for (Index co = 0; co < Co; ++co)
            for (std::size_t t = 0; t < taps.size(); ++t) {
                const T *d = d_y.data() + (n * Co + co) * plane, *shifted = padded + taps[t];
                Vec<T> sums = {};
                for (const Piece& piece : images.layout.pieces) {
                    const LastAt<T> at{0, piece.width};  // fewer than a vector at a row's end
                    sums += piece.width == lanes<T> ? load(d + piece.out) * load(shifted + piece.in)
                                                    : at(d + piece.out) * at(shifted + piece.in);
                }
                d_weight[co * std::ssize(taps) + static_cast<Index>(t)] += sum<T>(sums);
            }
    }
    return d_weight;
}

}  // namespace bn
