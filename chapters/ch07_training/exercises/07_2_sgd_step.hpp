// Write it: SGD with momentum and weight decay, as torch.optim.SGD has it.
//
// The chapter's Eqs. (7.8), (7.9) and (7.10): README.md, "The step". The velocity v is remembered from step to step; it
// starts at zero. The learning rate may be another one at every step, and it is no part of v.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

struct Sgd {
    double momentum, weight_decay;
    std::vector<double> v;  // one number for each weight, zeros before the first step

    /// One step: changes w in place. grad is the loss's gradient at w; both have as many numbers as v.
    void step(std::span<double> w, std::span<const double> grad, double lr) {
        // For each weight w[i], with its grad[i] and its v[i]
        throw bn::Todo("07_2");
    }
};

}  // namespace mine
