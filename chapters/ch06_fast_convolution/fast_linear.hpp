// The same register tile for matrices: all three products of a fully connected layer.
#pragma once

#include <omp.h>

#include <algorithm>

#include "ch05_convolution/linear.hpp"
#include "ch06_fast_convolution/simd.hpp"

namespace bn {

namespace detail {

/// A matrix in memory: element (r, c) is at r·row + c·column.
template <class T>
struct MatrixView {
    const T* data;
    Index row, column;
};

/// [R, C] as [R, C'] with C' whole vectors, zeros at the end; `from` may be a transposed view.
template <class T>
Tensor<T> with_whole_vectors(MatrixView<T> from, Index rows, Index columns) {
    Tensor<T> whole({rows, round_up(columns, lanes<T>)});
    // Eight columns at a time: transposed, more of them would fall on the same places of the cache
    for (Index first = 0; first < columns; first += 8)
        for (Index r = 0; r < rows; ++r)
            for (Index c = first; c < std::min(first + 8, columns); ++c)
                whole(r, c) = from.data[r * from.row + c * from.column];
    return whole;
}

/// a [M, K] · b [K, N'] = [M, N], where N' is N rounded up to whole vectors.
template <class T>
Tensor<T> matmul(MatrixView<T> a, const Tensor<T>& b, Index M, Index N) {
    const Index K = b.size(0), pitch = b.size(1);
    Tensor<T> product = Tensor<T>::empty({M, N});
// Each tile of the product is computed by one thread, over k in order.
#pragma omp parallel for schedule(static)
    for (Index m = 0; m < M; m += tile_channels)
        for (Index n = 0; n < N; n += tile_vectors * lanes<T>) {
            // Over the edge, the last row or vector is computed again and left out
            const T* rows[tile_channels];
            for (Index i = 0; i < tile_channels; ++i) rows[i] = a.data + std::min(m + i, M - 1) * a.row;
            Index start[tile_vectors];
            for (Index v = 0; v < tile_vectors; ++v) start[v] = std::min(n + v * lanes<T>, pitch - lanes<T>);

            Vec<T> sums[tile_channels][tile_vectors] = {};
            for (Index k = 0; k < K; ++k) {
                Vec<T> x[tile_vectors];
#pragma GCC unroll 8
                for (int v = 0; v < tile_vectors; ++v) x[v] = in_register<T>(load(b.data() + k * pitch + start[v]));
#pragma GCC unroll 8
                for (int i = 0; i < tile_channels; ++i) {
                    const Vec<T> factor = broadcast(rows[i][k * a.column]);
#pragma GCC unroll 8
                    for (int v = 0; v < tile_vectors; ++v) sums[i][v] += factor * x[v];
                }
            }
            for (Index i = 0; i < tile_channels && m + i < M; ++i)
                for (int v = 0; v < tile_vectors; ++v)
                    if (start[v] < N) store_first(product.data() + (m + i) * N + start[v], sums[i][v], N - start[v]);
        }
    return product;
}

}  // namespace detail

/// linear of chapter 5, faster.
template <std::floating_point T>
Tensor<T> fast_linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias) {
    linear_output_shape(x.shape(), weight.shape());
    const Index N = x.size(0), in = x.size(1), out = weight.size(0);
    const Tensor<T> transposed = detail::with_whole_vectors<T>({weight.data(), 1, in}, in, out);
    Tensor<T> y = detail::matmul<T>({x.data(), in, 1}, transposed, N, out);
    if (bias.defined())
        for (Index n = 0; n < N; ++n)
            for (Index o = 0; o < out; ++o) y(n, o) += bias[o];
    return y;
}

/// linear_backward of chapter 5, faster: d_x = d_y·weight and d_weight = d_yᵀ·x.
template <std::floating_point T>
LinearGradients<T> fast_linear_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& weight,
                                        bool has_bias) {
    check_gradient(d_y, linear_output_shape(x.shape(), weight.shape()));
    const Index N = x.size(0), in = x.size(1), out = weight.size(0);
    const auto whole = [in](const Tensor<T>& t) {
        return in % lanes<T> == 0 ? t : detail::with_whole_vectors<T>({t.data(), in, 1}, t.size(0), in);
    };
    LinearGradients<T> g;
    g.d_x = detail::matmul<T>({d_y.data(), out, 1}, whole(weight), N, in);
    g.d_weight = detail::matmul<T>({d_y.data(), 1, out}, whole(x), out, in);
    if (!has_bias) return g;
    g.d_bias = Tensor<T>({out});
    for (Index o = 0; o < out; ++o) {
        double sum = 0.0;
        for (Index n = 0; n < N; ++n) sum += static_cast<double>(d_y(n, o));
        g.d_bias[o] = static_cast<T>(sum);
    }
    return g;
}

}  // namespace bn
