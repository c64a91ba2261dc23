// What happens when one module is used more than once: in a pass, at two depths of a network, for two half batches.
#pragma once

#include <cmath>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/scale.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

struct TwoCalls {
    double y, d_factor, d_x, numeric_d_factor, numeric_d_x;
};

/// scale(scale(x)) for one number x, with loss = y: y = a²·x, so d_factor = 2·a·x and d_x = a². Eq. (4.8)
inline TwoCalls call_twice(double factor, double input) {
    Scale<double> scale(factor);
    Tensor<double> x({1}, input);
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return scale(scale(x))[0];
    };
    const double y = scale(scale(x))[0];
    const Tensor<double> d_x = scale.backprop(scale.backprop(Tensor<double>({1}, 1.0)));
    return {y, scale.factor.grad[0], d_x[0], numerical_gradient(loss, scale.factor.value.values())[0],
            numerical_gradient(loss, x.values())[0]};
}

struct TwoDepths {
    double running_mean, running_var;
    double train_mean_a, train_mean_b;  // mean of the output in the last training step
    double eval_mean_a, eval_mean_b;    // and of the same inputs in eval mode
};

/// One BatchNorm2d of one channel, called in each of `steps` training steps on a batch of mean `a`, then on one of mean
/// `b`, both with σ = 1: as if it stood at two depths of a network. Eq. (4.10) says where its running mean goes.
inline TwoDepths use_at_two_depths(Random& random, int steps, double a, double b) {
    const NoGradGuard no_grad;
    BatchNorm2d<double> layer(1);
    Tensor<double> x_a, x_b, y_a, y_b;
    for (int step = 0; step < steps; ++step) {
        x_a = normal_tensor(random, {64, 1, 8, 8}, a);
        x_b = normal_tensor(random, {64, 1, 8, 8}, b);
        y_a = layer(x_a);
        y_b = layer(x_b);
    }
    const auto mean = [](const Tensor<double>& x) { return channel_statistics(x).mean[0]; };
    layer.eval();
    return {layer.running_mean()[0], layer.running_var()[0], mean(y_a), mean(y_b), mean(layer(x_a)), mean(layer(x_b))};
}

/// d_weight of a BatchNorm2d for a batch in one piece, and added up over its two halves; each [C].
struct WholeAndHalves {
    std::vector<double> whole, halves;
};

/// Halves add up to the whole in eval mode, where each image is on its own; in training each half has a mean and a
/// variance of its own, so they do not.
inline WholeAndHalves accumulate_halves(const Tensor<double>& x, const Tensor<double>& d_y, bool training) {
    BatchNorm2d<double> layer(x.size(1));
    layer.train(training);
    const auto numbers = [](const Tensor<double>& t) {
        return std::vector<double>(t.values().begin(), t.values().end());
    };
    layer(x);
    layer.backprop(d_y);
    WholeAndHalves result{numbers(layer.weight.grad), {}};

    layer.zero_grad();
    const auto half = [](const Tensor<double>& t, Index which) {
        const std::vector<double> all(t.values().begin(), t.values().end());
        const Index count = t.numel() / 2;
        Shape shape = t.shape();
        shape[0] /= 2;
        return Tensor<double>(shape, {all.begin() + which * count, all.begin() + (which + 1) * count});
    };
    for (Index which : {0, 1}) {
        layer(half(x, which));
        layer.backprop(half(d_y, which));  // adds to weight.grad
    }
    result.halves = numbers(layer.weight.grad);
    return result;
}

}  // namespace bn
