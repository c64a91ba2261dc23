// ReLU and 2×2 max-pooling in loops that the compiler turns into vectors by itself: no sums, whose order would matter,
// and no jumps, since `condition ? a : b` on vectors computes both and takes one of them, lane by lane.
#pragma once

#include <omp.h>

#include "ch05_convolution/max_pool2d.hpp"
#include "ch05_convolution/relu.hpp"

namespace bn {

namespace detail {
inline constexpr Index elementwise_block = 4096;  // elements a thread takes at a time: they fit its first cache
}

/// relu_ of chapter 5, faster: in place, NaN stays NaN.
template <std::floating_point T>
Tensor<T> fast_relu_(Tensor<T> x) {
    T* values = x.data();
    const Index count = x.numel();
// Elements are independent.
#pragma omp parallel for schedule(static)
    for (Index first = 0; first < count; first += detail::elementwise_block) {
        const Index end = std::min(first + detail::elementwise_block, count);
#pragma omp simd
        for (Index i = first; i < end; ++i) values[i] = values[i] < T(0) ? T(0) : values[i];
    }
    return x;
}

/// relu_backward of chapter 5, faster.
template <std::floating_point T>
Tensor<T> fast_relu_backward(const Tensor<T>& d_y, const Tensor<T>& y) {
    check_gradient(d_y, y.shape());
    Tensor<T> d_x = Tensor<T>::empty(y.shape());
    const T *d = d_y.data(), *values = y.data();
    T* to = d_x.data();
    const Index count = y.numel();
// Elements are independent.
#pragma omp parallel for schedule(static)
    for (Index first = 0; first < count; first += detail::elementwise_block) {
        const Index end = std::min(first + detail::elementwise_block, count);
#pragma omp simd
        for (Index i = first; i < end; ++i) to[i] = values[i] <= T(0) ? T(0) : d[i];
    }
    return d_x;
}

/// a + b, element by element; shapes must agree.
template <std::floating_point T>
Tensor<T> fast_add(const Tensor<T>& a, const Tensor<T>& b) {
    if (a.shape() != b.shape()) throw ShapeError("cannot add " + to_string(a.shape()) + " and " + to_string(b.shape()));
    Tensor<T> sum = Tensor<T>::empty(a.shape());
    const T *from_a = a.data(), *from_b = b.data();
    T* to = sum.data();
// Elements are independent.
#pragma omp parallel for simd schedule(static)
    for (Index i = 0; i < sum.numel(); ++i) to[i] = from_a[i] + from_b[i];
    return sum;
}

/// max_pool2d of chapter 5, faster for windows of 2×2 side by side; other windows take chapter 5's loops.
template <std::floating_point T>
MaxPool2dForward<T> fast_max_pool2d(const Tensor<T>& x, Size2 kernel_size, Size2 stride) {
    if (kernel_size != Size2(2) || stride != Size2(2)) return max_pool2d(x, kernel_size, stride);
    MaxPool2dForward<T> result{Tensor<T>::empty(max_pool2d_output_shape(x.shape(), kernel_size, stride)), {}};
    result.argmax.resize(static_cast<std::size_t>(result.y.numel()));
    const Index planes = x.size(0) * x.size(1), H = x.size(2), W = x.size(3), Ho = result.y.size(2),
                Wo = result.y.size(3);
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < planes; ++k)
        for (Index i = 0; i < Ho; ++i) {
            const T *top = x.data() + (k * H + 2 * i) * W, *bottom = top + W;
            T* y = result.y.data() + (k * Ho + i) * Wo;
            std::int32_t* winner = result.argmax.data() + (k * Ho + i) * Wo;
            const std::int32_t place = static_cast<std::int32_t>(2 * i * W), row = static_cast<std::int32_t>(W);
#pragma omp simd
            for (std::int32_t j = 0; j < static_cast<std::int32_t>(Wo); ++j) {
                T largest = top[2 * j];
                std::int32_t at = place + 2 * j;
                const T others[] = {top[2 * j + 1], bottom[2 * j], bottom[2 * j + 1]};
                const std::int32_t places[] = {at + 1, at + row, at + row + 1};
                for (int o = 0; o < 3; ++o) {
                    // Larger, or not a number: as in chapter 5
                    const bool wins = (others[o] > largest) | (others[o] != others[o]);
                    largest = wins ? others[o] : largest;
                    at = wins ? places[o] : at;
                }
                y[j] = largest;
                winner[j] = at;
            }
        }
    return result;
}

/// max_pool2d_backward of chapter 5, faster.
template <std::floating_point T>
Tensor<T> fast_max_pool2d_backward(const Tensor<T>& d_y, const Argmax& argmax, const Shape& x_shape) {
    Tensor<T> d_x = Tensor<T>::empty(x_shape);
    const Index planes = d_y.size(0) * d_y.size(1), outputs = d_y.size(2) * d_y.size(3),
                plane = x_shape[2] * x_shape[3];
// Planes are independent.
#pragma omp parallel for schedule(static)
    for (Index k = 0; k < planes; ++k) {
        T* to = d_x.data() + k * plane;
        std::fill_n(to, plane, T(0));
        for (Index j = k * outputs; j < (k + 1) * outputs; ++j) to[argmax[static_cast<std::size_t>(j)]] += d_y[j];
    }
    return d_x;
}

}  // namespace bn
