// Write it: the backward pass of batch norm for images.
//
// Equations (2.9)-(2.11) of chapters/ch02_batch_norm_2d/README.md. d_y and x are [N, C, H, W]; mean,
// variance (biased) and weight hold C numbers each, those of x. x_hat was not kept: compute it again, Eq. (2.4).
#pragma once

#include <cmath>
#include <vector>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct Gradients {
    bn::Tensor<double> d_x;        // [N, C, H, W]
    std::vector<double> d_weight;  // C numbers
    std::vector<double> d_bias;    // C numbers
};

inline Gradients backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x, const std::vector<double>& mean,
                          const std::vector<double>& variance, const std::vector<double>& weight, double eps) {
    throw bn::Todo("02_4");
}

}  // namespace mine
