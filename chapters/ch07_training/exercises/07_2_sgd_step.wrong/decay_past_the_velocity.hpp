// Fails: weight decay goes through the velocity
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
            v[i] = momentum * v[i] + grad[i];
            w[i] -= lr * (v[i] + weight_decay * w[i]);
        }
    }
};

}  // namespace mine
