// The experiments whose numbers main.cpp prints.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch02_batch_norm_2d/broken.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace bn {

/// A pass and its error against central differences: a right one, or a broken one.
struct CheckedPass {
    std::string name;
    double error;
};

/// Chapter 1's gradient check for images [4, 3, 5, 5] with ε = 0.1, which shows where a small one would not.
inline std::vector<CheckedPass> check_gradients(Random& random) {
    using Images = Tensor<double>;
    Images x = normal_tensor(random, {4, 3, 5, 5}, 2, 0.5);
    Images weight = normal_tensor(random, {3}), bias = normal_tensor(random, {3});
    const Images d_y = normal_tensor(random, x.shape()), none;
    const double eps = 0.1;
    const auto loss = [&] { return inner_product(d_y.values(), batch_norm_2d(x, weight, bias, eps).y.values()); };
    const ChannelStatistics s = channel_statistics(x);
    const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, s, weight, eps);
    const std::vector<double> numeric = numerical_gradient(loss, x.values());

    std::vector<CheckedPass> passes = {
        {"d_x", relative_error(g.d_x.values(), numeric)},
        {"d_weight", relative_error(g.d_weight.values(), numerical_gradient(loss, weight.values()))},
        {"d_bias", relative_error(g.d_bias.values(), numerical_gradient(loss, bias.values()))}};
    for (const BrokenBackward& broken : broken_backwards())
        passes.push_back({std::string("broken d_x: ") + broken.name,
                          relative_error(broken.d_x(d_y, x, s, weight, eps).values(), numeric)});

    // A broken forward pass has another loss, whose gradient is not the right one's.
    const Images plain = batch_norm_2d_backward(d_y, x, s, none, eps).d_x;
    for (const BrokenForward& broken : broken_forwards()) {
        const auto its_loss = [&] { return inner_product(d_y.values(), broken.x_hat(x, eps).values()); };
        passes.push_back({std::string("broken y:   ") + broken.name,
                          relative_error(plain.values(), numerical_gradient(its_loss, x.values()))});
    }
    return passes;
}

/// Largest differences between images of one pixel in one channel and chapter 1's numbers: of y and of d_x.
inline std::pair<double, double> differences_from_chapter_1(Random& random) {
    const Tensor<double> x = normal_tensor(random, {50, 1, 1, 1}, 3, 2), d_y = normal_tensor(random, x.shape());
    const Tensor<double> weight({1}, 1.7), bias({1}, -0.4);
    const BatchNorm2dForward<double> f = batch_norm_2d(x, weight, bias);
    const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, f.statistics, weight);
    const ScalarForward scalar = batch_norm(x.values(), 1.7, -0.4);
    return {largest_difference(f.y.values(), scalar.y),
            largest_difference(g.d_x.values(), batch_norm_backward(scalar, 1.7, d_y.values()).d_x)};
}

/// What floats at 10,000 ± 0.01 become, in four channels of 1024 values.
struct LargeMean {
    std::vector<double> two_passes;  // variances, Eq. (2.3)
    std::vector<float> one_pass;     // variances in float, Eq. (2.13)
    double error, error_of_rounded;  // largest error of y: mean in double, mean rounded to float
};

inline LargeMean large_mean(Random& random) {
    const Tensor<float> x = normal_tensor<float>(random, {4, 4, 16, 16}, 1e4, 1e-2), no_weight;
    const Tensor<double> none;
    const ChannelStatistics s = channel_statistics(x);
    ChannelStatistics rounded = s;
    for (double& mean : rounded.mean) mean = static_cast<float>(mean);

    // The same floats, done in double throughout, are the truth.
    const Tensor<double> truth = batch_norm_2d(widened(x), none, none).y;
    const auto error_with = [&](const ChannelStatistics& statistics) {
        return largest_difference(widened(normalize(x, statistics, no_weight, no_weight, 1e-5)).values(),
                                  truth.values());
    };
    return {s.variance, one_pass_variance(x), error_with(s), error_with(rounded)};
}

/// The messages of four inputs that batch norm refuses.
inline std::vector<std::string> refusals() {
    using Images = Tensor<double>;
    std::vector<std::string> messages;
    for (const auto& [x, weight] : {std::pair{Images({3, 8, 8}), Images()},
                                    {Images({0, 16, 8, 8}), Images()},
                                    {Images({1, 16, 1, 1}), Images()},
                                    {Images({2, 8, 4, 4}), Images({16})}})
        try {
            batch_norm_2d(x, weight, Images());
        } catch (const ShapeError& error) {
            messages.push_back(error.what());
        }
    return messages;
}

}  // namespace bn
