// Stochastic gradient descent with momentum, as torch.optim.SGD has it.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "common/chapter.hpp"

namespace bn {

/// v ← momentum·v + grad, value ← value − lr·v, for every parameter: Eqs. (7.4), (7.5). The first step's v is grad.
template <std::floating_point T>
class SGD {
public:
    SGD(std::vector<std::pair<std::string, Parameter<T>*>> parameters, double momentum)
        : parameters_(std::move(parameters)), momentum_(momentum) {
        for (const auto& [name, parameter] : parameters_) velocity_.emplace_back(parameter->value.shape());
    }

    void step(double lr) {
        for (std::size_t p = 0; p < parameters_.size(); ++p) {
            Parameter<T>& parameter = *parameters_[p].second;
            Tensor<T>& v = velocity_[p];
            for (Index i = 0; i < v.numel(); ++i) {
                v[i] = static_cast<T>(momentum_) * v[i] + parameter.grad[i];
                parameter.value[i] -= static_cast<T>(lr) * v[i];
            }
        }
    }

private:
    std::vector<std::pair<std::string, Parameter<T>*>> parameters_;
    std::vector<Tensor<T>> velocity_;  // v, one for each parameter, starts at 0
    double momentum_;
};

/// The learning rate at step t of T: constant, or half a cosine from `lr` at t = 0 to 0 at t = T: Eq. (7.6).
inline double learning_rate(Schedule schedule, double lr, Index t, Index T) {
    if (schedule == Schedule::constant) return lr;
    return 0.5 * lr * (1.0 + std::cos(std::numbers::pi * static_cast<double>(t) / static_cast<double>(T)));
}

}  // namespace bn
