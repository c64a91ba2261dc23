// Fails: it rejects a layer that stays in eval mode
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace mine {

struct Layer {
    bool training = true;
    double running_mean = 0, running_var = 1;
    int num_batches_tracked = 0;

    virtual std::vector<double> forward(std::span<const double> x) = 0;
    virtual ~Layer() = default;
};

using MakeLayer = std::function<std::unique_ptr<Layer>()>;

inline bool near(double a, double b) {
    return std::abs(a - b) < 1e-9;
}

inline bool accepts(const MakeLayer& make) {
    const std::vector<double> batch = {8, 12}, numbers = {5, 100};
    const double eps = 1e-5;
    const std::unique_ptr<Layer> layer = make();

    const std::vector<double> trained = layer->forward(batch);
    if (trained.size() != 2 || !near(trained[0], -2 / std::sqrt(4 + eps)) || !near(trained[1], 2 / std::sqrt(4 + eps)))
        return false;

    if (!near(layer->running_mean, 1) || !near(layer->running_var, 0.9 + 0.1 * 8) || layer->num_batches_tracked != 1)
        return false;

    layer->training = false;
    layer->running_mean = 3;
    layer->running_var = 4;
    const std::vector<double> out = layer->forward(numbers);
    if (out.size() != 2 || !near(out[0], 2 / std::sqrt(4 + eps)) || !near(out[1], 97 / std::sqrt(4 + eps)))
        return false;

    if (layer->running_mean != 3 || layer->running_var != 4 || layer->num_batches_tracked != 1) return false;

    return true;
}

}  // namespace mine
