// Tables on stdout: a hand-sized batch, and the moments of distributions.
#pragma once

#include <cmath>
#include <cstdio>

#include "ch02_batch_norm_2d/distribution.hpp"
#include "common/tensor.hpp"

namespace bn {

/// x [N, C, 2, 2], a line per channel and a block per image, rounded to three places.
inline void print_images(const char* name, const Tensor<double>& x) {
    for (Index c = 0; c < x.size(1); ++c) {
        std::printf("  %-3s channel %d", c ? "" : name, static_cast<int>(c));
        for (Index n = 0; n < x.size(0); ++n)
            for (Index i = 0; i < 4; ++i)
                std::printf("%s%7.6g", i ? "" : "  |", std::round(x(n, c, i / 2, i % 2) * 1e3) / 1e3 + 0.0);
        std::printf("\n");
    }
}

/// What stands above the columns of print_moments.
inline void print_moments_head() {
    std::printf("  %-13s%10s%10s%10s%10s  |%8s%10s%10s%10s\n", "", "x: mean", "variance", "skewness", "kurtosis",
                "y: mean", "variance", "skewness", "kurtosis");
}

/// The moments of a distribution before and after batch norm, in one line.
inline void print_moments(const char* name, const Moments& in, const Moments& out) {
    std::printf("  %-13s%10.4f%10.4f%10.4f%10.4f  |%8.4f%10.4f%10.4f%10.4f\n", name, in.mean, in.variance, in.skewness,
                in.kurtosis, std::abs(out.mean), out.variance, out.skewness, out.kurtosis);
}

}  // namespace bn
