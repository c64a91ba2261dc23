// Write it: how long a filter gets before a batch norm, and how far a step then turns it.
#pragma once

#include <vector>

#include "common/tensor.hpp"

namespace mine {

inline double squared_length_after(const std::vector<double>& w, const std::vector<std::vector<double>>& gradients,
                                   double lr) {
    double sum = 0;
    for (const double value : w) sum += value * value;
    for (const std::vector<double>& gradient : gradients)
        for (const double g : gradient) sum += lr * lr * g * g;
    return sum;
}

inline std::vector<double> effective_rates(const bn::Tensor<double>& weight, double lr) {
    const bn::Index filters = weight.size(0), length = weight.numel() / filters;
    std::vector<double> rates;
    for (bn::Index f = 0; f < filters; ++f) {
        double squared = 0;
        for (bn::Index i = f * length; i < (f + 1) * length; ++i) squared += weight[i] * weight[i];
        rates.push_back(lr / squared);
    }
    return rates;
}

}  // namespace mine
