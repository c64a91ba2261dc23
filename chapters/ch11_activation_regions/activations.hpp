// ReLU, sigmoid and tanh, their derivatives, and the regions in which the derivatives are large.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace bn {

/// max(x, 0), Eq. (11.1). NaN passes through; std::max(0.0, x) would turn it into 0.
inline double relu(double x) {
    return x <= 0.0 ? 0.0 : x;
}

/// 1 for x > 0, else 0: at the kink PyTorch's choice. Eq. (11.2). NaN gives 1: the gradient passes, as in PyTorch.
inline double relu_derivative(double x) {
    return x <= 0.0 ? 0.0 : 1.0;
}

/// 1 / (1 + e^-x), Eq. (11.3). The exponential is taken of -|x| only, so it never overflows.
inline double sigmoid(double x) {
    const double e = std::exp(-std::abs(x));
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

/// σ(x)·σ(−x), Eq. (11.4). From the output it is σ·(1 − σ), Eq. (11.7), but from x = 37 on 1 − σ(x) rounds to 0.
inline double sigmoid_derivative(double x) {
    return sigmoid(x) * sigmoid(-x);
}

/// 2·σ(2x) − 1, Eq. (11.5): the sigmoid, stretched and moved. The library's function keeps its digits near 0.
inline double tanh_activation(double x) {
    return std::tanh(x);
}

/// 4·σ′(2x), Eq. (11.6). Unlike 1 − tanh², Eq. (11.7), it does not round to 0 from x = 20 on.
inline double tanh_derivative(double x) {
    return 4.0 * sigmoid_derivative(2.0 * x);
}

struct Region {
    double low, high;
};

/// An activation function with what this chapter asks about it.
struct Activation {
    const char* name;
    double (*value)(double);
    double (*derivative)(double);
    double steepest;  // the derivative's largest value
    double width;     // derivative(x) = steepest / cosh²(x / width), Eq. (11.8); 0 for ReLU's step
    Region article;   // the article's "activation region"
};

inline constexpr std::array<Activation, 3> activations = {{
    {"relu", relu, relu_derivative, 1.0, 0.0, {0.0, 1.0}},
    {"sigmoid", sigmoid, sigmoid_derivative, 0.25, 2.0, {-1.0, 1.0}},
    {"tanh", tanh_activation, tanh_derivative, 1.0, 1.0, {-1.0, 1.0}},
}};

/// Where the derivative is at least `share` of its largest value, Eq. (11.9); for ReLU all x > 0, whatever the share.
/// Throws std::invalid_argument unless 0 < share <= 1.
inline Region steep_region(const Activation& activation, double share) {
    if (!(share > 0.0 && share <= 1.0)) throw std::invalid_argument("steep_region: the share must be in (0, 1]");
    if (activation.width == 0.0) return {0.0, std::numeric_limits<double>::infinity()};
    const double edge = activation.width * std::acosh(1.0 / std::sqrt(share));
    return {-edge, edge};
}

}  // namespace bn
