// The batches that this chapter looks at.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Three images of 2 × 2 pixels, [3, 3, 2, 2]. Channel 0 can be done by hand (mean 5, σ 2); channel 1 has the same
/// numbers in another order, around 1000 and five times as wide; channel 2 is 3 everywhere.
inline Tensor<double> hand_sized_batch() {
    constexpr std::array<double, 12> easy = {2, 3, 4, 2, 5, 4, 6, 5, 7, 8, 6, 8};
    Tensor<double> x({3, 3, 2, 2});
    for (Index i = 0; i < 12; ++i) {
        const Index n = i / 4, h = i / 2 % 2, w = i % 2;
        x(n, 0, h, w) = easy[static_cast<std::size_t>(i)];
        x(n, 1, h, w) = 1000.0 + 5.0 * (easy[static_cast<std::size_t>(5 * i % 12)] - 5.0);
        x(n, 2, h, w) = 3.0;
    }
    return x;
}

/// Normal numbers of the given mean and standard deviation, independent of each other.
template <std::floating_point T = double>
Tensor<T> normal_tensor(Random& random, Shape shape, double mean = 0.0, double sigma = 1.0) {
    Tensor<T> x(std::move(shape));
    random.fill_normal(x.values(), mean, sigma);
    return x;
}

/// Three channels of three shapes, [N, 3, H, W]: a normal one, one with two humps (60 % around 1, 40 % around 5, each
/// with σ = 0.7), and an exponential one (mean 1).
inline Tensor<double> three_shapes(Random& random, Index N, Index H, Index W) {
    Tensor<double> x({N, 3, H, W});
    for (Index n = 0; n < N; ++n)
        for (Index h = 0; h < H; ++h)
            for (Index w = 0; w < W; ++w) {
                x(n, 0, h, w) = random.normal(-2.0, 3.0);
                const double hump = random.uniform() < 0.6 ? 1.0 : 5.0;
                x(n, 1, h, w) = random.normal(hump, 0.7);
                x(n, 2, h, w) = -std::log(1.0 - random.uniform());
            }
    return x;
}

/// One channel of a batch, [N, 1, H, W]: numbers of its own.
template <std::floating_point T>
Tensor<T> channel_of(const Tensor<T>& x, Index c) {
    Tensor<T> channel({x.size(0), 1, x.size(2), x.size(3)});
    for (Index n = 0; n < x.size(0); ++n)
        for (Index h = 0; h < x.size(2); ++h)
            for (Index w = 0; w < x.size(3); ++w) channel(n, 0, h, w) = x(n, c, h, w);
    return channel;
}

/// The same numbers as doubles.
inline Tensor<double> widened(const Tensor<float>& x) {
    return {x.shape(), std::vector<double>(x.values().begin(), x.values().end())};
}

/// max|a − b|.
inline double largest_difference(std::span<const double> a, std::span<const double> b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

/// `x` with the images from `first` on replaced by those of `other`.
template <std::floating_point T>
Tensor<T> with_other_mates(const Tensor<T>& x, const Tensor<T>& other, Index first) {
    Tensor<T> mixed = x.clone();
    const Index image = x.numel() / x.size(0);
    for (Index i = first * image; i < x.numel(); ++i) mixed[i] = other[i];
    return mixed;
}

}  // namespace bn
