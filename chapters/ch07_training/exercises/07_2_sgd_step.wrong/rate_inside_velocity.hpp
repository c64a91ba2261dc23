// Fails: a new learning rate counts from this step on
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mine {

struct Sgd {
    double momentum, weight_decay;
    std::vector<double> v;  // one number for each weight, zeros before the first step

    void step(std::span<double> w, std::span<const double> grad, double lr) {
        for (std::size_t i = 0; i < w.size(); ++i) {
            const double g = grad[i] + weight_decay * w[i];  // Eq. (7.8)
            v[i] = momentum * v[i] + lr * g;
            w[i] -= v[i];
        }
    }
};

}  // namespace mine
