// Stochastic gradient descent with momentum and weight decay, as torch.optim.SGD has it, and the schedule of its rate.
// README.md, "The step" and "The learning rate's schedule".
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch04_modules_and_hooks/module.hpp"
#include "common/chapter.hpp"

namespace bn {

/// g = grad + weight_decay·value, v ← momentum·v + g, value ← value − lr·v, for every parameter it is given:
/// Eqs. (7.8)–(7.10). v starts at 0, so the first step's v is g. The learning rate is no part of v.
template <std::floating_point T>
class SGD {
public:
    SGD(std::vector<std::pair<std::string, Parameter<T>*>> parameters, double momentum, double weight_decay = 0.0)
        : parameters_(std::move(parameters)), momentum_(momentum), weight_decay_(weight_decay) {
        for (const auto& [name, parameter] : parameters_) velocity_.emplace_back(parameter->value.shape());
    }

    /// One step along what the gradients hold; they stay as they are: zero_grad() is the caller's.
    void step(double lr) {
        for (std::size_t p = 0; p < parameters_.size(); ++p) {
            Parameter<T>& parameter = *parameters_[p].second;
            Tensor<T>& v = velocity_[p];
            for (Index i = 0; i < v.numel(); ++i) {
                const T g = parameter.grad[i] + static_cast<T>(weight_decay_) * parameter.value[i];  // Eq. (7.8)
                v[i] = static_cast<T>(momentum_) * v[i] + g;                                         // Eq. (7.9)
                parameter.value[i] -= static_cast<T>(lr) * v[i];                                     // Eq. (7.10)
            }
        }
    }

    /// The velocities under their parameters' names: what a run that is to go on later has to keep beside the weights.
    /// Tensors share the optimiser's numbers.
    StateDict<T> state_dict() const {
        StateDict<T> all;
        for (std::size_t p = 0; p < parameters_.size(); ++p) all.emplace_back(parameters_[p].first, velocity_[p]);
        return all;
    }

    /// Writes over the velocities. Throws StateDictError if one is missing or has another shape.
    void load_state_dict(const StateDict<T>& source) {
        for (std::size_t p = 0; p < parameters_.size(); ++p) {
            const StateEntry<T>* entry = detail::find_entry(source, parameters_[p].first);
            const auto* v = entry ? std::get_if<Tensor<T>>(entry) : nullptr;
            if (!v || v->shape() != velocity_[p].shape())
                throw StateDictError("SGD: there is no velocity of shape " + to_string(velocity_[p].shape()) + " for " +
                                     parameters_[p].first);
            velocity_[p].copy_(*v);
        }
    }

private:
    std::vector<std::pair<std::string, Parameter<T>*>> parameters_;
    std::vector<Tensor<T>> velocity_;  // v, one for each parameter, starts at 0
    double momentum_, weight_decay_;
};

/// The learning rate at step t of T: constant, or half a cosine from `lr` at t = 0 to 0 at t = T: Eq. (7.13).
inline double learning_rate(Schedule schedule, double lr, Index t, Index T) {
    if (schedule == Schedule::constant) return lr;
    return 0.5 * lr * (1.0 + std::cos(std::numbers::pi * static_cast<double>(t) / static_cast<double>(T)));
}

}  // namespace bn
