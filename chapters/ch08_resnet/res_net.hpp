// The article's network: ResBlock, and ResNet around one of them, with or without batch norm.
#pragma once

#include <string>

#include "ch06_fast_convolution/conv_bn_relu.hpp"

namespace bn {

/// Three convolutions; the shortcut starts after the first, which changes the number of channels: Eqs. (8.1), (8.2).
/// [N, in, H, W] → [N, out, H, W]. Its one ReLU is called three times.
template <std::floating_point T>
class ResBlock : public Module<T> {
public:
    ResBlock(Index in_channels, Index out_channels, bool batch_norm, Random& random)
        : conv1(in_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv2(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv3(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          bn1(out_channels),
          bn2(out_channels),
          bn3(out_channels),
          relu(true),
          part1_(conv1, batch_norm ? &bn1 : nullptr, &relu),
          part2_(conv2, batch_norm ? &bn2 : nullptr, &relu),
          part3_(conv3, batch_norm ? &bn3 : nullptr, &relu) {
        const auto layer = [&](const std::string& number, FastConv2d<T>& conv, FastBatchNorm2d<T>& norm) {
            this->register_module("conv" + number, conv);
            if (batch_norm) this->register_module("bn" + number, norm);
        };
        layer("1", conv1, bn1);
        layer("2", conv2, bn2);
        layer("3", conv3, bn3);
        this->register_module("relu", relu);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        const Tensor<T> r = part1_(x);  // relu(bn1(conv1(x)))
        return part3_(part2_(r), r);    // relu(bn3(conv3(relu(bn2(conv2(r))))) + r): Eq. (8.1)
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        // The sum hands its gradient to both summands: r gets it twice, through the convolutions and by the shortcut:
        // Eq. (8.2)
        const auto [d_part2, d_shortcut] = part3_.backprop(d_y);
        const Tensor<T> d_f = part2_.backprop(d_part2).d_x;
        return part1_.backprop(d_f, d_shortcut).d_x;
    }

    std::string type_name() const override { return "ResBlock"; }

    FastConv2d<T> conv1, conv2, conv3;
    FastBatchNorm2d<T> bn1, bn2, bn3;
    FastReLU<T> relu;

protected:
    ConvBnReLU2d<T> part1_, part2_, part3_;  // how they are run
};

/// The article's classifier, [N, 3, 32, 32] → [N, 2]: 71,874 parameters with batch norm, Eqs. (8.3)–(8.5). Pooling is a
/// function call in the article, so it is not in the printed tree.
template <std::floating_point T>
class ResNet : public Module<T> {
public:
    explicit ResNet(Random& random, bool batch_norm = true)
        : conv1(3, 8, {.kernel_size = 3, .padding = 1}, random),
          bn_initial(8),
          res_block1(8, 16, batch_norm, random),
          fc1(16 * 8 * 8, 64, true, random),
          fc2(64, 2, true, random),
          relu(true),
          pool_(2),
          initial_(conv1, batch_norm ? &bn_initial : nullptr, &relu, &pool_) {
        this->register_module("conv1", conv1);
        if (batch_norm) this->register_module("bn_initial", bn_initial);
        this->register_module("res_block1", res_block1);
        this->register_module("fc1", fc1);
        this->register_module("fc2", fc2);
        this->register_module("relu", relu);
        conv1.needs_input_grad = false;
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> o = initial_(x);          // pool(relu(bn_initial(conv1(x)))), [N, 8, 16, 16]
        o = pool_(res_block1(o));           // [N, 16, 8, 8]
        return fc2(relu(fc1(flatten(o))));  // [N, 2]
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d = fc1.backprop(relu.backprop(fc2.backprop(d_y))).reshape({d_y.size(0), 16, 8, 8});
        return initial_.backprop(res_block1.backprop(pool_.backprop(d))).d_x;
    }

    std::string type_name() const override { return "ResNet"; }

    FastConv2d<T> conv1;
    FastBatchNorm2d<T> bn_initial;
    ResBlock<T> res_block1;
    FastLinear<T> fc1, fc2;
    FastReLU<T> relu;

private:
    FastMaxPool2d<T> pool_;    // not registered
    ConvBnReLU2d<T> initial_;  // how the first four are run
};

}  // namespace bn
