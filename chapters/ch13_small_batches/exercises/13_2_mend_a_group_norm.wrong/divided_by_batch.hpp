// Fails: symptom 1: an image does not know its batch-mates
#pragma once

#include <cmath>
#include <vector>

#include "common/tensor.hpp"

namespace mine {

/// x_hat of x [N, C, H, W], C a multiple of `groups`.
inline bn::Tensor<double> standardise(const bn::Tensor<double>& x, bn::Index groups, double eps) {
    using bn::Index;
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3), channels = C / groups;
    const auto group_of = [&](Index n, Index c) { return static_cast<std::size_t>(n * groups + c / channels); };
    const double count = static_cast<double>(N * channels * plane);
    std::vector<double> mean(static_cast<std::size_t>(N * groups)), variance(static_cast<std::size_t>(N * groups));
    bn::Tensor<double> x_hat(x.shape());
    for (Index i = 0; i < x.numel(); ++i) mean[group_of(i / plane / C, i / plane % C)] += x[i] / count;
    for (Index i = 0; i < x.numel(); ++i) {
        const std::size_t g = group_of(i / plane / C, i / plane % C);
        variance[g] += (x[i] - mean[g]) * (x[i] - mean[g]) / count;
    }
    for (Index i = 0; i < x.numel(); ++i) {
        const std::size_t g = group_of(i / plane / C, i / plane % C);
        x_hat[i] = (x[i] - mean[g]) / std::sqrt(variance[g] + eps);
    }
    return x_hat;
}

}  // namespace mine
