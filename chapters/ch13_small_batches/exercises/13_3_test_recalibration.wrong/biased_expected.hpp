// Fails: it accepts a right recalibration
#pragma once

#include <cmath>
#include <functional>
#include <vector>

namespace mine {

/// A batch norm of one channel, as far as recalibration is concerned.
struct Layer {
    double running_mean = 0, running_var = 1;
    double weight = 1, bias = 0;
    bool training = true;
};

using Batches = std::vector<std::vector<double>>;  // the layer's inputs, batch by batch, two numbers or more in each
using Recalibrate = std::function<void(Layer&, const Batches&)>;

inline bool accepts(const Recalibrate& recalibrate) {
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-9; };
    // Means 8, 4, 6; unbiased variances 100/3, 8/3, 12
    const Batches batches = {{1, 7, 9, 15}, {2, 4, 4, 6}, {3, 3, 9, 9}};
    for (const bool training : {true, false})
        for (const double before : {0.0, 50.0}) {
            Layer layer{before, before + 1, 2, 3, training};
            recalibrate(layer, batches);
            if (!near(layer.running_mean, 6) || !near(layer.running_var, 12)) return false;
            if (layer.weight != 2 || layer.bias != 3 || layer.training != training) return false;
        }
    return true;
}

}  // namespace mine
