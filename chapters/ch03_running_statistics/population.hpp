// Synthetic images of two classes, drawn from a population whose mean and variance are known exactly: what a batch
// estimates can be compared with the truth.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Images of one channel and 4 × 4 pixels: level − 1 for class 0 and + 1 for class 1, each with a brightness of its
/// own, and noise in every pixel. As in photographs, the pixels of one image resemble each other.
struct Population {
    double level = 3.0, image_sigma = 0.5, pixel_sigma = 0.5;

    double mean() const { return level; }
    double variance() const { return 1.0 + image_sigma * image_sigma + pixel_sigma * pixel_sigma; }

    /// The variance of the mean of N images with mixed labels: their classes, brightnesses and pixels are independent.
    double variance_of_mean(double N) const {
        return (1.0 + image_sigma * image_sigma) / N + pixel_sigma * pixel_sigma / (16.0 * N);
    }

    /// What a batch of N images has as its unbiased variance on average: Eq. (3.4), corrected as if the 16·N values
    /// were independent, Eq. (3.2).
    double expected_unbiased_variance(double N) const {
        return (variance() - variance_of_mean(N)) * 16.0 * N / (16.0 * N - 1.0);
    }

    /// One image for each label (0 or 1): [N, 1, 4, 4].
    Tensor<double> images(Random& random, const std::vector<int>& labels) const {
        Tensor<double> x({static_cast<Index>(labels.size()), 1, 4, 4});
        for (Index n = 0; n < x.size(0); ++n) {
            const double class_level = labels[static_cast<std::size_t>(n)] ? level + 1.0 : level - 1.0;
            const double brightness = random.normal(class_level, image_sigma);
            for (Index i = 0; i < 16; ++i) x[16 * n + i] = random.normal(brightness, pixel_sigma);
        }
        return x;
    }

    /// The output that training aims at: normalised by the population's own mean and variance.
    Tensor<double> normalized(const Tensor<double>& x) const {
        return normalize(x, {{mean()}, {variance()}, x.numel()}, Tensor<double>(), Tensor<double>(), 1e-5);
    }
};

/// N labels, each 0 or 1 with the same chance: a shuffled batch.
inline std::vector<int> mixed_labels(Random& random, std::size_t N) {
    std::vector<int> labels(N);
    for (int& label : labels) label = random.uniform() < 0.5 ? 0 : 1;
    return labels;
}

/// Share of images put into the right class by the sign of their mean output: below 0 is class 0. A mean of zero up
/// to rounding decides nothing and counts half.
inline double accuracy(const Tensor<double>& y, std::span<const int> labels) {
    double right = 0.0;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        double mean = 0.0;
        for (double value : y.values().subspan(16 * n, 16)) mean += value / 16.0;
        right += std::abs(mean) < 1e-9 ? 0.5 : (mean > 0.0) == (labels[n] == 1) ? 1.0 : 0.0;
    }
    return right / static_cast<double>(labels.size());
}

/// √mean((a − b)²).
inline double rms_difference(const Tensor<double>& a, const Tensor<double>& b) {
    double squares = 0.0;
    for (Index i = 0; i < a.numel(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(squares / static_cast<double>(a.numel()));
}

}  // namespace bn
