// A plain convolutional network for 32×32 images: no batch norm and no shortcut.
#pragma once

#include <string>

#include "ch06_fast_convolution/conv_bn_relu.hpp"

namespace bn {

/// Two convolutions, each with ReLU and 2×2 max-pooling, then two fully connected layers: [N, 3, 32, 32] → [N, 2].
template <std::floating_point T>
class PlainCNN : public Module<T> {
public:
    explicit PlainCNN(Random& random)
        : conv1(3, 8, {.kernel_size = 3, .padding = 1}, random),
          conv2(8, 16, {.kernel_size = 3, .padding = 1}, random),
          fc1(16 * 8 * 8, 64, true, random),
          fc2(64, 2, true, random),
          relu(true),
          pool(2),
          part1_(conv1, nullptr, &relu, &pool),
          part2_(conv2, nullptr, &relu, &pool) {
        this->register_module("conv1", conv1);
        this->register_module("conv2", conv2);
        this->register_module("fc1", fc1);
        this->register_module("fc2", fc2);
        this->register_module("relu", relu);
        this->register_module("pool", pool);
        conv1.needs_input_grad = false;
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> o = part1_(x);            // pool(relu(conv1(x))), [N, 8, 16, 16]
        o = part2_(o);                      // pool(relu(conv2(o))), [N, 16, 8, 8]
        return fc2(relu(fc1(flatten(o))));  // [N, 2]
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d = fc1.backprop(relu.backprop(fc2.backprop(d_y))).reshape({d_y.size(0), 16, 8, 8});
        return part1_.backprop(part2_.backprop(d).d_x).d_x;
    }

    std::string type_name() const override { return "PlainCNN"; }

    FastConv2d<T> conv1, conv2;
    FastLinear<T> fc1, fc2;
    FastReLU<T> relu;
    FastMaxPool2d<T> pool;

private:
    ConvBnReLU2d<T> part1_, part2_;  // how convolution, ReLU and pooling are run
};

}  // namespace bn
