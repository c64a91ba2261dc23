// Fails: it accepts
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace mine {

using MovingAverage =
    std::function<std::vector<double>(double initial, std::span<const double> batch_means, double momentum)>;

inline bool accepts(const MovingAverage& moving_average) {
    const double initial = 2;
    const std::vector<double> batch_means = {10, -4, 7};
    for (double momentum : {0.1, 0.3}) {
        const std::vector<double> after = moving_average(initial, batch_means, momentum);
        if (after.size() != batch_means.size()) return false;

        double running = initial;
        for (std::size_t k = 0; k < after.size(); ++k) {
            running += momentum * (batch_means[k] - running);
            if (after[k] != running) return false;
        }
    }
    return true;
}

}  // namespace mine
