// Write it: the backward pass in closed form.
//
// Equations (1.7), (1.8) and (1.15) of chapters/ch01_scalar_batch_norm/README.md. The forward pass has left x_hat (m
// numbers) and std = sqrt(variance + eps); d_y (m numbers) is the gradient of the loss with respect to
// y = gamma * x_hat + beta.
#pragma once

#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

struct Gradients {
    std::vector<double> d_x;  // m numbers
    double d_gamma;
    double d_beta;
};

inline Gradients backward(std::span<const double> x_hat, double std, double gamma, std::span<const double> d_y) {
    throw bn::Todo("01_2");
}

}  // namespace mine
