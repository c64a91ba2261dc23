// Fails: symptom 1
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

inline double sum_over_batch(bn::Index images, int threads, const std::function<double(bn::Index)>& of_image) {
    using bn::Index;
    constexpr Index pieces = 8;
    std::vector<double> sums(pieces, 0.0);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (Index piece = 0; piece < pieces; ++piece)
        for (Index n = images / pieces * piece; n < images / pieces * (piece + 1); ++n)
            sums[static_cast<std::size_t>(piece)] += of_image(n);

    double total = 0;
    for (double sum : sums) total += sum;
    return total;
}

}  // namespace mine
