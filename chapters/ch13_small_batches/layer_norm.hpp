// Layer norm: every row of D numbers gets its own mean and variance, and every *place* in a row its own weight and
// bias. For images the rows are whole images, D = C·H·W. README.md derives what differs from group norm.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <string>
#include <vector>

#include "common/tensor.hpp"

namespace bn {

/// Mean and 1/√(σ² + ε) of each row.
struct RowStatistics {
    std::vector<double> mean, inverse_std;  // [M]
};

template <std::floating_point T>
struct LayerNormForward {
    Tensor<T> y;  // the shape of x
    RowStatistics statistics;
};

/// ∂loss/∂· for the input, the weight γ and the bias β, in their shapes.
template <std::floating_point T>
struct LayerNormGradients {
    Tensor<T> d_x, d_weight, d_bias;
};

/// How many numbers there are in a row of `normalized_shape`. Throws ShapeError unless x's last sizes are those, and
/// on an input without values.
template <std::floating_point T>
Index row_length(const Tensor<T>& x, const Shape& normalized_shape) {
    const std::string own = to_string(normalized_shape);
    if (x.dim() < std::ssize(normalized_shape) ||
        !std::equal(normalized_shape.begin(), normalized_shape.end(), x.shape().end() - std::ssize(normalized_shape)))
        throw ShapeError("Given normalized_shape=" + own + ", expected input with shape [*, " + own.substr(1) +
                         ", but got input of size" + to_string(x.shape()));
    if (x.numel() == 0) throw ShapeError("there are no values in an input of size " + to_string(x.shape()));
    Index D = 1;
    for (Index size : normalized_shape) D *= size;
    return D;
}

/// y = γ·x̂ + β for each row of x [*, normalized_shape], with the row's own statistics, as (13.2)-(13.4); weight and
/// bias have the shape normalized_shape, or are undefined: Eq. (13.10). Throws ShapeError as row_length does.
template <std::floating_point T>
LayerNormForward<T> layer_norm(const Tensor<T>& x, const Shape& normalized_shape, const Tensor<T>& weight,
                               const Tensor<T>& bias, double eps = 1e-5) {
    const Index D = row_length(x, normalized_shape), M = x.numel() / D;
    LayerNormForward<T> result{Tensor<T>::empty(x.shape()), {}};
    for (Index m = 0; m < M; ++m) {
        const T* row = x.data() + m * D;
        double mean = 0.0, squares = 0.0;
        for (Index i = 0; i < D; ++i) mean += row[i] / static_cast<double>(D);
        for (Index i = 0; i < D; ++i) squares += (row[i] - mean) * (row[i] - mean);
        const double inverse_std = 1.0 / std::sqrt(squares / static_cast<double>(D) + eps);
        for (Index i = 0; i < D; ++i) {
            const double gamma = weight.defined() ? weight[i] : 1.0, beta = bias.defined() ? bias[i] : 0.0;
            result.y[m * D + i] = static_cast<T>(gamma * (row[i] - mean) * inverse_std + beta);  // Eq. (13.10)
        }
        result.statistics.mean.push_back(mean);
        result.statistics.inverse_std.push_back(inverse_std);
    }
    return result;
}

/// Gradients of layer norm from d_y, which has the shape of x: the place's own sums over rows, Eqs. (13.11), (13.12),
/// and (13.9) for d_x. Throws ShapeError where shapes differ.
template <std::floating_point T>
LayerNormGradients<T> layer_norm_backward(const Tensor<T>& d_y, const Tensor<T>& x, const Shape& normalized_shape,
                                          const RowStatistics& s, const Tensor<T>& weight) {
    const Index D = row_length(x, normalized_shape), M = x.numel() / D;
    if (d_y.shape() != x.shape())
        throw ShapeError("d_y has the shape " + to_string(d_y.shape()) + ", but x has " + to_string(x.shape()));
    LayerNormGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>(normalized_shape), Tensor<T>(normalized_shape)};
    std::vector<double> d_beta(static_cast<std::size_t>(D)), d_gamma(static_cast<std::size_t>(D));
    for (Index m = 0; m < M; ++m) {
        const std::size_t row = static_cast<std::size_t>(m);
        const auto x_hat = [&](Index i) { return (x[m * D + i] - s.mean[row]) * s.inverse_std[row]; };
        const auto p = [&](Index i) { return (weight.defined() ? weight[i] : 1.0) * d_y[m * D + i]; };  // Eq. (13.8)
        double mean_p = 0.0, mean_p_x_hat = 0.0;
        for (Index i = 0; i < D; ++i) {
            d_beta[static_cast<std::size_t>(i)] += d_y[m * D + i];              // Eq. (13.11)
            d_gamma[static_cast<std::size_t>(i)] += d_y[m * D + i] * x_hat(i);  // Eq. (13.12)
            mean_p += p(i) / static_cast<double>(D);
            mean_p_x_hat += p(i) * x_hat(i) / static_cast<double>(D);
        }
        for (Index i = 0; i < D; ++i)
            g.d_x[m * D + i] = static_cast<T>(s.inverse_std[row] * (p(i) - mean_p - x_hat(i) * mean_p_x_hat));
    }
    for (Index i = 0; i < D; ++i) {
        g.d_bias[i] = static_cast<T>(d_beta[static_cast<std::size_t>(i)]);
        g.d_weight[i] = static_cast<T>(d_gamma[static_cast<std::size_t>(i)]);
    }
    return g;
}

}  // namespace bn
