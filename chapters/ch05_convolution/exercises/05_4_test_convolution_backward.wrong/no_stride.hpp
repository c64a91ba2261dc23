// Fails: it rejects a forgotten stride
#pragma once

#include <functional>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch05_convolution/conv2d.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace mine {

using Backward =
    std::function<bn::Conv2dGradients<double>(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x,
                                              const bn::Tensor<double>& weight, bn::Conv2dGeometry geometry)>;

inline bool accepts(const Backward& backward) {
    bn::Random random(1);
    bn::Tensor<double> x({2, 2, 7, 6}), weight({3, 2, 3, 2}), bias({3});
    for (auto* t : {&x, &weight, &bias}) random.fill_normal(t->values());
    const bn::Conv2dGeometry geometry{1, 1};

    bn::Tensor<double> d_y(bn::conv2d(x, weight, bias, geometry).shape());
    random.fill_normal(d_y.values());
    const auto loss = [&] { return bn::inner_product(d_y.values(), bn::conv2d(x, weight, bias, geometry).values()); };
    const bn::Conv2dGradients<double> g = backward(d_y, x, weight, geometry);
    const auto right = [&](const bn::Tensor<double>& gradient, bn::Tensor<double>& values) {
        return gradient.shape() == values.shape() &&
               bn::relative_error(gradient.values(), bn::numerical_gradient(loss, values.values())) < 1e-6;
    };
    return right(g.d_x, x) && right(g.d_weight, weight) && right(g.d_bias, bias);
}

}  // namespace mine
