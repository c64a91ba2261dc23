// Fails: how many batches hold a share
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace mine {

inline double unrolled(double initial, std::span<const double> batch_means, double momentum) {
    const std::size_t k = batch_means.size();
    double sum = std::pow(1 - momentum, static_cast<double>(k)) * initial;
    for (std::size_t age = 0; age < k; ++age)
        sum += momentum * std::pow(1 - momentum, static_cast<double>(age)) * batch_means[k - 1 - age];
    return sum;
}

inline int batches_that_hold(double share, double momentum) {
    int count = 0;
    while (1 - std::pow(1 - momentum, count) < share) ++count;
    return count + 1;
}

}  // namespace mine
