// Two networks compared on the same images: who is right where, and how sure an accuracy is.
// README.md, "How sure is an accuracy?".
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch07_training/data_loader.hpp"
#include "common/dataset.hpp"

namespace bn {

/// For each image whether the model's larger logit is at its label, in batches of `batch` images in the set's order.
/// It uses the mode that the model is in: in train mode the answers depend on the batches, and batch norm's buffers
/// move.
template <std::floating_point T>
std::vector<bool> right_answers(Module<T>& model, const ImageSet& images, Index batch = 100) {
    const NoGradGuard no_grad;
    const DataLoader<T> loader(images, batch);
    std::vector<bool> right;
    for (Index b = 0; b < loader.batch_count(); ++b) {
        const Batch<T> some = loader.batch(b);
        const Tensor<T> logits = model(some.images);
        for (Index n = 0; n < logits.size(0); ++n)
            right.push_back((logits(n, 1) > logits(n, 0)) == (some.labels[static_cast<std::size_t>(n)] == label_bird));
    }
    return right;
}

/// The share of true ones.
inline double accuracy(const std::vector<bool>& right) {
    return static_cast<double>(std::count(right.begin(), right.end(), true)) / static_cast<double>(right.size());
}

/// The same images with all airplanes before all birds.
inline ImageSet sorted_by_class(const ImageSet& images) {
    ImageSet sorted;
    for (std::uint8_t label : {label_airplane, label_bird})
        for (Index n = 0; n < images.size(); ++n) {
            if (images.labels[static_cast<std::size_t>(n)] != label) continue;
            const auto first = images.pixels.begin() + n * image_bytes;
            sorted.pixels.insert(sorted.pixels.end(), first, first + image_bytes);
            sorted.labels.push_back(label);
        }
    return sorted;
}

/// The standard error of an accuracy p (a fraction) that was measured on `count` images: √(p(1 − p)/n), Eq. (8.8).
inline double standard_error(double p, Index count) {
    return std::sqrt(p * (1.0 - p) / static_cast<double>(count));
}

struct PairedDifference {
    Index only_first, only_second;      // images that one network gets right and the other does not
    double difference, standard_error;  // of the accuracies, first minus second; fractions
};

/// What two networks' answers to the same images say about the difference of their accuracies: Eq. (8.9).
/// Throws std::invalid_argument if they answered different numbers of images, or none.
inline PairedDifference compare(const std::vector<bool>& first, const std::vector<bool>& second) {
    if (first.size() != second.size() || first.empty())
        throw std::invalid_argument("compare: both networks must have answered the same images");
    PairedDifference pair{};
    for (std::size_t i = 0; i < first.size(); ++i) {
        pair.only_first += first[i] && !second[i];
        pair.only_second += !first[i] && second[i];
    }
    const double n = static_cast<double>(first.size());
    const double a = static_cast<double>(pair.only_first) / n, b = static_cast<double>(pair.only_second) / n;
    pair.difference = a - b;
    pair.standard_error = std::sqrt((a + b - (a - b) * (a - b)) / n);
    return pair;
}

}  // namespace bn
