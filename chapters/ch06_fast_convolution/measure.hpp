// How fast something runs, and how fast this machine could.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>

#include "ch06_fast_convolution/simd.hpp"
#include "common/progress.hpp"

namespace bn {

/// Seconds of the fastest of several runs, after one that warms the caches up: what disturbs a run only makes it
/// slower.
template <class Action>
double fastest(int runs, const Action& action) {
    action();
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const double start = now();
        action();
        best = std::min(best, now() - start);
    }
    return best;
}

/// GFLOP/s of `threads` threads that do multiply-adds on registers and nothing else: what this machine can do at most.
inline double multiply_add_peak(int threads) {
    constexpr int chains = 12;  // sums that do not wait for each other: eight would do
    constexpr Index rounds = 2'000'000;
    double result = 0;
    const double seconds = fastest(5, [&] {
        double total = 0;
#pragma omp parallel num_threads(threads) reduction(+ : total)
        {
            const Vec<float> factor = in_register<float>(broadcast(0.999999f)),
                             addend = in_register<float>(broadcast(1e-3f));
            Vec<float> sums[chains];
            for (int c = 0; c < chains; ++c) sums[c] = in_register<float>(broadcast(static_cast<float>(c)));
            for (Index round = 0; round < rounds; ++round)
#pragma GCC unroll 12
                for (int c = 0; c < chains; ++c) sums[c] = sums[c] * factor + addend;
            for (const Vec<float>& s : sums) total += static_cast<double>(sum<float>(s));
        }
        result = total;
    });
    if (std::isnan(result)) return 0;  // the result is looked at, so that the work has to be done
    return 2.0 * threads * static_cast<double>(rounds * chains * lanes<float>) / seconds / 1e9;
}

/// GB/s of a = b + 0.5·c with all threads, on three arrays of `count` floats: small ones stay in the caches.
inline double memory_bandwidth(Index count) {
    const Tensor<float> b({count}, 1.0f), c({count}, 2.0f);
    Tensor<float> a({count});
    const int repeats = static_cast<int>(std::max<Index>(1, (Index{1} << 22) / count));
    const float *from_b = b.data(), *from_c = c.data();
    float* to = a.data();
    const double seconds = fastest(5, [&] {
        for (int r = 0; r < repeats; ++r) {
#pragma omp parallel for simd schedule(static)
            for (Index i = 0; i < count; ++i) to[i] = from_b[i] + 0.5f * from_c[i];
        }
    });
    return 3.0 * sizeof(float) * static_cast<double>(count * repeats) / seconds / 1e9;
}

}  // namespace bn
