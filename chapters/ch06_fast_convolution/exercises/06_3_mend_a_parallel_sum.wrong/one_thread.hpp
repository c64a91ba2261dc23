// Fails: still done in parallel
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

inline double sum_over_batch(bn::Index images, int threads, const std::function<double(bn::Index)>& of_image) {
    using bn::Index;
    double total = 0;
    for (Index n = 0; n < images; ++n) total += of_image(n);
    return total;
}

}  // namespace mine
