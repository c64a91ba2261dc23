// Fails: the folded convolution does what both did
#pragma once

#include <cmath>

#include "common/tensor.hpp"

namespace mine {

/// What batch norm has in eval mode; all tensors are [C].
struct Norm {
    bn::Tensor<double> weight, bias, running_mean, running_var;
    double eps;
};

struct Conv {
    bn::Tensor<double> weight;  // [C, Ci, Kh, Kw]
    bn::Tensor<double> bias;    // [C], or undefined
};

/// One convolution that does what `conv` and then `norm` do. It has a bias; `conv` and `norm` stay as they are. (A
/// Tensor's copy shares its numbers: take clone(), or a new Tensor.)
inline Conv fold(const Conv& conv, const Norm& norm) {
    using bn::Index;
    const Index C = conv.weight.size(0), taps = conv.weight.numel() / C;
    Conv folded{conv.weight.clone(), bn::Tensor<double>({C})};
    for (Index c = 0; c < C; ++c) {
        const double scale = norm.weight[c] / std::sqrt(norm.running_var[c] + norm.eps);
        for (Index t = c * taps; t < (c + 1) * taps; ++t) folded.weight[t] *= scale;
        const double bias = conv.bias.defined() ? conv.bias[c] : 0.0;
        folded.bias[c] = bias - scale * norm.running_mean[c] + norm.bias[c];
    }
    return folded;
}

}  // namespace mine
