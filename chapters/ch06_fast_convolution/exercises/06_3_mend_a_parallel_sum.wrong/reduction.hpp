// Fails: symptom 2
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

inline double sum_over_batch(bn::Index images, int threads, const std::function<double(bn::Index)>& of_image) {
    using bn::Index;
    constexpr Index pieces = 8;
    double total = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : total)
    for (Index piece = 0; piece < pieces; ++piece) {
        double sum = 0;
        for (Index n = images * piece / pieces; n < images * (piece + 1) / pieces; ++n) sum += of_image(n);
        total += sum;
    }
    return total;
}

}  // namespace mine
