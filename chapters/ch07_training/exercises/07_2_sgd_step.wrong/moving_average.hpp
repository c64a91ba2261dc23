// Fails: momentum keeps a share
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mine {

class Sgd {
public:
    Sgd(std::size_t weights, double momentum, double weight_decay)
        : momentum_(momentum), weight_decay_(weight_decay), v_(weights, 0.0) {}

    void step(std::span<double> w, std::span<const double> grad, double lr) {
        for (std::size_t i = 0; i < w.size(); ++i) {
            const double g = grad[i] + weight_decay_ * w[i];  // Eq. (7.8)
            v_[i] = momentum_ * v_[i] + (1 - momentum_) * g;
            w[i] -= lr * v_[i];  // Eq. (7.10)
        }
    }

private:
    double momentum_, weight_decay_;
    std::vector<double> v_;
};

}  // namespace mine
