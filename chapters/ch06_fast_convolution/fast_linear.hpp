// The same register tile for matrices: all three products of a fully connected layer. Which numbers lie side by side
// decides what a vector is: forward, it runs along the sum; backward, along a row of the result.
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

/// a [M, K] · b [K, N] = [M, N].
template <class T>
Tensor<T> matmul(MatrixView<T> a, const Tensor<T>& b, Index M) {
    const Index K = b.size(0), N = b.size(1);
    constexpr Index width = tile_vectors * lanes<T>;
    Tensor<T> product = Tensor<T>::empty({M, N});
    Tensor<T> panels({omp_get_max_threads(), K, width});
// Each tile of the product is computed by one thread, over k in order.
#pragma omp parallel for schedule(static)
    for (Index n = 0; n < N; n += width) {
        // The columns of b that this tile is wide, side by side: in b itself the rows of a wide matrix would all
        // fall on the same few places of the cache
        const Index columns = std::min(width, N - n);
        T* panel = panels.data() + omp_get_thread_num() * K * width;
        for (Index k = 0; k < K; ++k) std::copy_n(b.data() + k * N + n, columns, panel + k * width);

        for (Index m = 0; m < M; m += tile_channels) {
            // Over the edge, the last row is computed again and left out
            const T* rows[tile_channels];
            for (Index i = 0; i < tile_channels; ++i) rows[i] = a.data + std::min(m + i, M - 1) * a.row;
            Vec<T> sums[tile_channels][tile_vectors] = {};
            for (Index k = 0; k < K; ++k) {
                Vec<T> x[tile_vectors];
#pragma GCC unroll 8
                for (int v = 0; v < tile_vectors; ++v) x[v] = in_register<T>(load(panel + k * width + v * lanes<T>));
#pragma GCC unroll 8
                for (int i = 0; i < tile_channels; ++i) {
                    const Vec<T> factor = broadcast(rows[i][k * a.column]);
#pragma GCC unroll 8
                    for (int v = 0; v < tile_vectors; ++v) sums[i][v] += factor * x[v];
                }
            }
            for (Index i = 0; i < tile_channels && m + i < M; ++i)
                for (Index v = 0; v < tile_vectors && v * lanes<T> < columns; ++v)
                    store_first(product.data() + (m + i) * N + n + v * lanes<T>, sums[i][v], columns - v * lanes<T>);
        }
    }
    return product;
}

/// How many elements of a row are added up before they join the total, 16 vectors: a short sum loses less to rounding.
template <class T>
inline constexpr Index short_sum = 16 * lanes<T>;

/// Rows of a [M, K] times rows of b [N, K]: [M, N]. The vector runs along the rows, which are whole vectors.
template <class T>
Tensor<T> rows_times_rows(const Tensor<T>& a, const Tensor<T>& b) {
    const Index M = a.size(0), N = b.size(0), K = a.size(1);
    Tensor<T> product = Tensor<T>::empty({M, N});
// Each tile of the product is computed by one thread, over k in order.
#pragma omp parallel for schedule(static)
    for (Index m = 0; m < M; m += tile_channels)
        for (Index n = 0; n < N; n += tile_vectors) {
            // Over the edge, the last row is computed again and left out
            const T *a_row[tile_channels], *b_row[tile_vectors];
            for (Index i = 0; i < tile_channels; ++i) a_row[i] = a.data() + std::min(m + i, M - 1) * K;
            for (Index j = 0; j < tile_vectors; ++j) b_row[j] = b.data() + std::min(n + j, N - 1) * K;

            Vec<T> totals[tile_channels][tile_vectors] = {};
            for (Index first = 0; first < K; first += short_sum<T>) {
                Vec<T> sums[tile_channels][tile_vectors] = {};
                for (Index k = first; k < std::min(first + short_sum<T>, K); k += lanes<T>) {
                    Vec<T> y[tile_vectors];
#pragma GCC unroll 8
                    for (int j = 0; j < tile_vectors; ++j) y[j] = in_register<T>(load(b_row[j] + k));
#pragma GCC unroll 8
                    for (int i = 0; i < tile_channels; ++i) {
                        const Vec<T> x = in_register<T>(load(a_row[i] + k));
#pragma GCC unroll 8
                        for (int j = 0; j < tile_vectors; ++j) sums[i][j] += x * y[j];
                    }
                }
#pragma GCC unroll 8
                for (int i = 0; i < tile_channels; ++i)
#pragma GCC unroll 8
                    for (int j = 0; j < tile_vectors; ++j) totals[i][j] += sums[i][j];
            }
            for (Index i = 0; i < tile_channels && m + i < M; ++i)
                for (Index j = 0; j < tile_vectors && n + j < N; ++j) product(m + i, n + j) = sum<T>(totals[i][j]);
        }
    return product;
}

/// The rows of a matrix as whole vectors, with zeros at their ends.
template <class T>
Tensor<T> whole_rows(const Tensor<T>& matrix) {
    const Index columns = matrix.size(1);
    if (columns % lanes<T> == 0) return matrix;
    Tensor<T> whole({matrix.size(0), round_up(columns, lanes<T>)});
    for (Index r = 0; r < matrix.size(0); ++r)
        std::copy_n(matrix.data() + r * columns, columns, whole.data() + r * whole.size(1));
    return whole;
}

}  // namespace detail

/// linear of chapter 5, faster.
template <std::floating_point T>
Tensor<T> fast_linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias) {
    linear_output_shape(x.shape(), weight.shape());
    check_linear_bias(bias, weight);
    Tensor<T> y = detail::rows_times_rows(detail::whole_rows(x), detail::whole_rows(weight));
    if (bias.defined())
        for (Index n = 0; n < y.size(0); ++n)
            for (Index o = 0; o < y.size(1); ++o) y(n, o) += bias[o];
    return y;
}

/// linear_backward of chapter 5, faster: d_x = d_y·weight and d_weight = d_yᵀ·x.
template <std::floating_point T>
LinearGradients<T> fast_linear_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& weight,
                                        bool has_bias) {
    check_gradient(d_y, linear_output_shape(x.shape(), weight.shape()));
    const Index N = x.size(0), out = weight.size(0);
    LinearGradients<T> g;
    g.d_x = detail::matmul<T>({d_y.data(), out, 1}, weight, N);
    g.d_weight = detail::matmul<T>({d_y.data(), 1, out}, x, out);
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
