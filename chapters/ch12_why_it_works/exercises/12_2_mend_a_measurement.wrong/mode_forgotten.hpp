// Fails: symptom 2: the mode stays as it was
#pragma once

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/load_state_dict.hpp"

namespace mine {

/// Puts a layer's numbers and mode back at its end, whether by a return or by an exception.
class Kept {
public:
    explicit Kept(bn::BatchNorm2d<double>& layer)
        : layer_(layer), training_(layer.training()), state_(layer.state_dict()) {
        for (auto& [name, entry] : state_)
            if (auto* tensor = std::get_if<bn::Tensor<double>>(&entry)) entry = tensor->clone();
    }
    ~Kept() { bn::load_state_dict(layer_, state_); }

private:
    bn::BatchNorm2d<double>& layer_;
    bool training_;
    bn::StateDict<double> state_;
};

/// The mean of y² of layer(x) in train mode. Leaves the layer as it was.
inline double spread_in_training(bn::BatchNorm2d<double>& layer, const bn::Tensor<double>& x) {
    const Kept kept(layer);
    const bn::NoGradGuard no_grad;
    layer.train();
    const bn::Tensor<double> y = layer(x);

    double sum = 0;
    for (const double value : y.values()) sum += value * value;
    return sum / static_cast<double>(y.numel());
}

}  // namespace mine
