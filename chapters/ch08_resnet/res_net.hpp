// The article's network: ResBlock, and ResNet around one of them, with or without batch norm.
#pragma once

#include <string>

#include "ch06_fast_convolution/fast_layers.hpp"

namespace bn {

/// Batch norm where the network has it, nothing where it was built without.
template <std::floating_point T>
class OptionalBatchNorm2d {
public:
    OptionalBatchNorm2d(Index channels, bool present) : norm_(channels), present_(present) {}
    Tensor<T> operator()(const Tensor<T>& x) { return present_ ? norm_(x) : x; }
    Tensor<T> backprop(const Tensor<T>& d_y) { return present_ ? norm_.backprop(d_y) : d_y; }
    bool present() const { return present_; }
    FastBatchNorm2d<T>& module() { return norm_; }

private:
    FastBatchNorm2d<T> norm_;
    bool present_;
};

/// Three convolutions; the shortcut starts after the first, which changes the number of channels: Eqs. (8.1), (8.2).
/// [N, in, H, W] → [N, out, H, W]. Its one ReLU is called three times.
template <std::floating_point T>
class ResBlock : public Module<T> {
public:
    ResBlock(Index in_channels, Index out_channels, bool batch_norm, Random& random)
        : conv1(in_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv2(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv3(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          bn1(out_channels, batch_norm),
          bn2(out_channels, batch_norm),
          bn3(out_channels, batch_norm),
          relu(true) {
        const auto layer = [&](const std::string& number, FastConv2d<T>& conv, OptionalBatchNorm2d<T>& norm) {
            this->register_module("conv" + number, conv);
            if (norm.present()) this->register_module("bn" + number, norm.module());
        };
        layer("1", conv1, bn1);
        layer("2", conv2, bn2);
        layer("3", conv3, bn3);
        this->register_module("relu", relu);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        const Tensor<T> r = relu(bn1(conv1(x)));
        const Tensor<T> f = bn3(conv3(relu(bn2(conv2(r)))));
        return relu(add(f, r));
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        // The sum hands its gradient to both summands: r gets it twice, by the shortcut and through f
        const Tensor<T> d_sum = relu.backprop(d_y);
        const Tensor<T> d_f = conv2.backprop(bn2.backprop(relu.backprop(conv3.backprop(bn3.backprop(d_sum)))));
        return conv1.backprop(bn1.backprop(relu.backprop(add(d_f, d_sum))));
    }

    std::string type_name() const override { return "ResBlock"; }

    FastConv2d<T> conv1, conv2, conv3;
    OptionalBatchNorm2d<T> bn1, bn2, bn3;
    FastReLU<T> relu;

private:
    static Tensor<T> add(const Tensor<T>& a, const Tensor<T>& b) {
        Tensor<T> sum = Tensor<T>::empty(a.shape());
        const T *from_a = a.data(), *from_b = b.data();
        T* to = sum.data();
// Elements are independent.
#pragma omp parallel for simd schedule(static)
        for (Index i = 0; i < sum.numel(); ++i) to[i] = from_a[i] + from_b[i];
        return sum;
    }
};

/// The article's classifier, [N, 3, 32, 32] → [N, 2]: 71,874 parameters with batch norm. Pooling is a function call in
/// the article, so it is not in the printed tree.
template <std::floating_point T>
class ResNet : public Module<T> {
public:
    explicit ResNet(Random& random, bool batch_norm = true)
        : conv1(3, 8, {.kernel_size = 3, .padding = 1}, random),
          bn_initial(8, batch_norm),
          res_block1(8, 16, batch_norm, random),
          fc1(16 * 8 * 8, 64, true, random),
          fc2(64, 2, true, random),
          relu(true),
          pool_(2) {
        this->register_module("conv1", conv1);
        if (batch_norm) this->register_module("bn_initial", bn_initial.module());
        this->register_module("res_block1", res_block1);
        this->register_module("fc1", fc1);
        this->register_module("fc2", fc2);
        this->register_module("relu", relu);
        conv1.needs_input_grad = false;
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        Tensor<T> o = pool_(relu(bn_initial(conv1(x))));  // [N, 8, 16, 16]
        o = pool_(res_block1(o));                         // [N, 16, 8, 8]
        return fc2(relu(fc1(flatten(o))));                // [N, 2]
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d = fc1.backprop(relu.backprop(fc2.backprop(d_y))).reshape({d_y.size(0), 16, 8, 8});
        const Tensor<T> d_o = res_block1.backprop(pool_.backprop(d));
        return conv1.backprop(bn_initial.backprop(relu.backprop(pool_.backprop(d_o))));
    }

    std::string type_name() const override { return "ResNet"; }

    FastConv2d<T> conv1;
    OptionalBatchNorm2d<T> bn_initial;
    ResBlock<T> res_block1;
    FastLinear<T> fc1, fc2;
    FastReLU<T> relu;

private:
    FastMaxPool2d<T> pool_;  // not registered
};

}  // namespace bn
