// From bytes to batches: shuffled once an epoch, standardised colour by colour.
// README.md, "From bytes to inputs" and "Batches and epochs".
#pragma once

#include <omp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "common/dataset.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Mean and standard deviation of CIFAR-10's red, green and blue, of pixels from 0 to 1. Used for all data: Eq. (7.1).
inline constexpr std::array<double, 3> colour_mean = {0.4914, 0.4822, 0.4465};
inline constexpr std::array<double, 3> colour_std = {0.2470, 0.2435, 0.2616};

template <std::floating_point T>
struct Batch {
    Tensor<T> images;                  // [N, 3, 32, 32], (pixel/255 − mean)/std
    std::vector<std::uint8_t> labels;  // N
};

/// Cuts a set of images into batches. The last one is smaller if they do not come out even; with drop_last it is left
/// out.
template <std::floating_point T>
class DataLoader {
public:
    /// `images` must outlive the loader.
    DataLoader(const ImageSet& images, Index batch_size, bool drop_last = false)
        : images_(images),
          batch_size_(batch_size),
          drop_last_(drop_last),
          order_(static_cast<std::size_t>(images.size())) {
        std::iota(order_.begin(), order_.end(), Index{0});
    }

    /// A new order, every one equally likely.
    void shuffle(Random& random) { random.shuffle<Index>(order_); }

    /// Batches in an epoch, rounded up, or down with drop_last: Eq. (7.2).
    Index batch_count() const { return (images_.size() + (drop_last_ ? 0 : batch_size_ - 1)) / batch_size_; }

    /// Batch b of batch_count(), in the present order.
    Batch<T> batch(Index b) const {
        const Index first = b * batch_size_, count = std::min(batch_size_, images_.size() - first);
        Batch<T> result{Tensor<T>::empty({count, image_channels, image_side, image_side}), {}};
        for (Index n = 0; n < count; ++n)
            result.labels.push_back(
                images_.labels[static_cast<std::size_t>(order_[static_cast<std::size_t>(first + n)])]);
// Images are independent.
#pragma omp parallel for schedule(static)
        for (Index n = 0; n < count; ++n) {
            const std::uint8_t* from =
                images_.pixels.data() + order_[static_cast<std::size_t>(first + n)] * image_bytes;
            T* to = result.images.data() + n * image_bytes;
            constexpr Index plane = image_side * image_side;
            // Each colour has its own mean and deviation, Eq. (7.1): (pixel/255 − mean)/std = pixel·scale − shift
            for (Index c = 0; c < image_channels; ++c) {
                const T scale = static_cast<T>(1.0 / (255.0 * colour_std[static_cast<std::size_t>(c)]));
                const T shift =
                    static_cast<T>(colour_mean[static_cast<std::size_t>(c)] / colour_std[static_cast<std::size_t>(c)]);
                for (Index i = c * plane; i < (c + 1) * plane; ++i) to[i] = static_cast<T>(from[i]) * scale - shift;
            }
        }
        return result;
    }

private:
    const ImageSet& images_;
    Index batch_size_;
    bool drop_last_;
    std::vector<Index> order_;
};

}  // namespace bn
