// Inference without batch norm: in eval mode it is an affine map of each channel, which the convolution before it can
// do on the side. README.md derives it, and why the convolution after it mostly cannot.
#pragma once

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "ch08_resnet/res_net.hpp"

namespace bn {

/// A convolution's numbers: weight [Co, Ci, Kh, Kw] and bias [Co].
template <std::floating_point T>
struct ConvWeights {
    Tensor<T> weight, bias;
};

/// What eval mode makes of channel c: y = scale[c]·z + shift[c], Eqs. (14.2), (14.3). In double.
struct ChannelMaps {
    std::vector<double> scale, shift;  // [C]
};

/// From running statistics [C], weight γ and bias β [C] or undefined (1 and 0), and ε, which has the unit of
/// running_var. Throws ShapeError where C differs.
template <std::floating_point T>
ChannelMaps channel_maps(const Tensor<T>& running_mean, const Tensor<T>& running_var, double eps,
                         const Tensor<T>& weight, const Tensor<T>& bias) {
    const Index C = running_mean.numel();
    check_channels("running_var", running_var, C);
    check_channels("weight", weight, C);
    check_channels("bias", bias, C);
    ChannelMaps maps;
    for (Index c = 0; c < C; ++c) {
        const double gamma = weight.defined() ? weight[c] : 1.0, beta = bias.defined() ? bias[c] : 0.0;
        const double scale = gamma / std::sqrt(running_var[c] + eps);  // Eq. (14.2)
        maps.scale.push_back(scale);
        maps.shift.push_back(beta - scale * running_mean[c]);  // Eq. (14.3)
    }
    return maps;
}

/// Convolution, then batch norm, as one convolution: Eqs. (14.4), (14.5). `conv_weight` is [C, Ci, Kh, Kw], `conv_bias`
/// [C] or undefined; the others are as above. Computed in double, rounded once. Changes nothing that it is given.
template <std::floating_point T>
ConvWeights<T> fuse_conv_bn_weights(const Tensor<T>& conv_weight, const Tensor<T>& conv_bias,
                                    const Tensor<T>& running_mean, const Tensor<T>& running_var, double eps,
                                    const Tensor<T>& weight, const Tensor<T>& bias) {
    const Index C = conv_weight.size(0), taps = conv_weight.numel() / C;
    check_channels("running_mean", running_mean, C);
    check_channels("the convolution's bias", conv_bias, C);
    const ChannelMaps maps = channel_maps(running_mean, running_var, eps, weight, bias);
    ConvWeights<T> fused{Tensor<T>::empty(conv_weight.shape()), Tensor<T>::empty({C})};
    for (Index c = 0; c < C; ++c) {
        const double scale = maps.scale[static_cast<std::size_t>(c)], shift = maps.shift[static_cast<std::size_t>(c)];
        for (Index t = c * taps; t < (c + 1) * taps; ++t)
            fused.weight[t] = static_cast<T>(scale * conv_weight[t]);  // Eq. (14.4)
        const double conv_b = conv_bias.defined() ? conv_bias[c] : 0.0;
        fused.bias[c] = static_cast<T>(scale * conv_b + shift);  // Eq. (14.5)
    }
    return fused;
}

/// Batch norm, then convolution, as one convolution: Eqs. (14.6), (14.7). `conv_weight` is [Co, C, Kh, Kw], `conv_bias`
/// [Co] or undefined. Right where the kernel lies inside the image; where it reaches into zero padding, off by
/// Eq. (14.8).
template <std::floating_point T>
ConvWeights<T> fuse_bn_conv_weights(const Tensor<T>& running_mean, const Tensor<T>& running_var, double eps,
                                    const Tensor<T>& weight, const Tensor<T>& bias, const Tensor<T>& conv_weight,
                                    const Tensor<T>& conv_bias) {
    const Index Co = conv_weight.size(0), C = conv_weight.size(1), taps = conv_weight.size(2) * conv_weight.size(3);
    check_channels("running_mean", running_mean, C);
    check_channels("the convolution's bias", conv_bias, Co);
    const ChannelMaps maps = channel_maps(running_mean, running_var, eps, weight, bias);
    ConvWeights<T> fused{Tensor<T>::empty(conv_weight.shape()), Tensor<T>::empty({Co})};
    for (Index co = 0; co < Co; ++co) {
        double sum = conv_bias.defined() ? conv_bias[co] : 0.0;
        for (Index c = 0; c < C; ++c)
            for (Index t = (co * C + c) * taps; t < (co * C + c + 1) * taps; ++t) {
                fused.weight[t] = static_cast<T>(conv_weight[t] * maps.scale[static_cast<std::size_t>(c)]);  // (14.6)
                sum += conv_weight[t] * maps.shift[static_cast<std::size_t>(c)];
            }
        fused.bias[co] = static_cast<T>(sum);  // Eq. (14.7)
    }
    return fused;
}

/// What a channel would have to be padded with, instead of zeros, for the folding of fuse_bn_conv_weights to be right
/// everywhere: the value that the map sends to 0, Eq. (14.9). [C]
inline std::vector<double> neutral_padding(const ChannelMaps& maps) {
    std::vector<double> values;
    for (std::size_t c = 0; c < maps.scale.size(); ++c) values.push_back(-maps.shift[c] / maps.scale[c]);
    return values;
}

namespace detail {

// A module's tensors by the names that fuse_conv_bn_weights gives them.
template <class T>
ConvWeights<T> fused_weights(const Conv2d<T>& conv, const BatchNorm2d<T>& norm) {
    if (conv.training() || norm.training()) throw std::logic_error("Fusion only for eval!");  // PyTorch's words
    if (!norm.options().track_running_stats)
        throw std::logic_error("a batch norm without running statistics depends on the batch: it cannot be folded");
    return fuse_conv_bn_weights(conv.weight.value, conv.bias.value, norm.running_mean(), norm.running_var(),
                                norm.options().eps, norm.weight.value, norm.bias.value);
}

}  // namespace detail

/// A new convolution, in eval mode, that does what `conv` and then `norm` do in eval mode. It always has a bias. Throws
/// std::logic_error if one of them is in train mode, or `norm` has no running statistics; ShapeError where C differs.
template <std::floating_point T>
std::unique_ptr<FastConv2d<T>> fuse_conv_bn_eval(const FastConv2d<T>& conv, const BatchNorm2d<T>& norm) {
    const ConvWeights<T> fused = detail::fused_weights(conv, norm);
    const Shape& shape = fused.weight.shape();
    const auto [stride, padding] = conv.geometry();
    Random overwritten(0);
    auto result = std::make_unique<FastConv2d<T>>(
        shape[1], shape[0], Conv2dOptions{.kernel_size = {shape[2], shape[3]}, .stride = stride, .padding = padding},
        overwritten);
    result->weight.value.copy_(fused.weight);
    result->bias.value.copy_(fused.bias);
    result->eval();
    return result;
}

/// Chapter 8's network, folded: the same network built without batch norm, in eval mode, its four convolutions fused.
/// `model` stays as it is. Throws std::logic_error if it is in train mode, or has no batch norm.
template <std::floating_point T>
std::unique_ptr<ResNet<T>> fuse_res_net(ResNet<T>& model) {
    if (model.bn_initial.full_name().empty()) throw std::logic_error("there is no batch norm to fold");
    Random overwritten(0);
    auto folded = std::make_unique<ResNet<T>>(overwritten, false);
    const auto fold = [](FastConv2d<T>& to, const FastConv2d<T>& conv, const FastBatchNorm2d<T>& norm) {
        const ConvWeights<T> fused = detail::fused_weights(conv, norm);
        to.weight.value.copy_(fused.weight);
        to.bias.value.copy_(fused.bias);
    };
    ResBlock<T>&to = folded->res_block1, &block = model.res_block1;
    fold(folded->conv1, model.conv1, model.bn_initial);
    fold(to.conv1, block.conv1, block.bn1);
    fold(to.conv2, block.conv2, block.bn2);
    fold(to.conv3, block.conv3, block.bn3);
    for (const auto& [plain, own] : {std::pair(&folded->fc1, &model.fc1), std::pair(&folded->fc2, &model.fc2)}) {
        plain->weight.value.copy_(own->weight.value);
        plain->bias.value.copy_(own->bias.value);
    }
    folded->eval();
    return folded;
}

}  // namespace bn
