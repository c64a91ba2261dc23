// Chapter 8's network with a choice of norm. With batch norm it computes what chapter 8's computes, to the bit; with
// another norm the same layers surround it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch13_small_batches/norms.hpp"

namespace bn {

enum class Norm { batch, group, layer, instance };
inline constexpr Norm all_norms[] = {Norm::batch, Norm::group, Norm::layer, Norm::instance};

inline const char* name_of(Norm norm) {
    constexpr const char* names[] = {"batch norm", "group norm", "layer norm", "instance norm"};
    return names[static_cast<int>(norm)];
}

/// A norm for C channels, each with a weight and a bias per channel, so that the networks have equally many
/// parameters. Group norm has 4 groups; layer norm is group norm with one group (PyTorch's LayerNorm would have a
/// weight for every place); instance norm has affine=True.
template <std::floating_point T>
std::unique_ptr<Module<T>> make_norm(Norm norm, Index C) {
    if (norm == Norm::batch) return std::make_unique<FastBatchNorm2d<T>>(C);
    if (norm == Norm::group) return std::make_unique<GroupNorm<T>>(4, C);
    if (norm == Norm::layer) return std::make_unique<GroupNorm<T>>(1, C);
    return std::make_unique<InstanceNorm2d<T>>(C, InstanceNorm2dOptions{.affine = true});
}

/// Makes a norm for C channels: for norms that are none of the four.
template <std::floating_point T>
using NormMaker = std::function<std::unique_ptr<Module<T>>(Index C)>;

/// Chapter 8's ResBlock, [N, in, H, W] → [N, out, H, W].
template <std::floating_point T>
class NormBlock : public Module<T> {
public:
    NormBlock(Index in_channels, Index out_channels, const NormMaker<T>& make, Random& random)
        : conv1(in_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv2(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv3(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          norm1(make(out_channels)),
          norm2(make(out_channels)),
          norm3(make(out_channels)),
          relu(true) {
        this->register_module("conv1", conv1);
        this->register_module("norm1", *norm1);
        this->register_module("conv2", conv2);
        this->register_module("norm2", *norm2);
        this->register_module("conv3", conv3);
        this->register_module("norm3", *norm3);
        this->register_module("relu", relu);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        const Tensor<T> r = relu((*norm1)(conv1(x)));
        const Tensor<T> f = (*norm3)(conv3(relu((*norm2)(conv2(r)))));
        return relu(fast_add(f, r));
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d_sum = relu.backprop(d_y);
        const Tensor<T> d_h = relu.backprop(conv3.backprop(norm3->backprop(d_sum)));
        const Tensor<T> d_r = fast_add(conv2.backprop(norm2->backprop(d_h)), d_sum);
        return conv1.backprop(norm1->backprop(relu.backprop(d_r)));
    }

    std::string type_name() const override { return "NormBlock"; }

    FastConv2d<T> conv1, conv2, conv3;
    std::unique_ptr<Module<T>> norm1, norm2, norm3;
    FastReLU<T> relu;
};

/// Chapter 8's classifier, [N, 3, 32, 32] → [N, 2]: 71,874 parameters, whichever the norm.
template <std::floating_point T>
class NormNet : public Module<T> {
public:
    NormNet(Norm norm, Random& random) : NormNet([norm](Index C) { return make_norm<T>(norm, C); }, random) {}
    NormNet(const NormMaker<T>& make, Random& random)
        : conv1(3, 8, {.kernel_size = 3, .padding = 1}, random),
          norm_initial(make(8)),
          res_block1(8, 16, make, random),
          fc1(16 * 8 * 8, 64, true, random),
          fc2(64, 2, true, random),
          relu(true),
          pool_(2) {
        this->register_module("conv1", conv1);
        this->register_module("norm_initial", *norm_initial);
        this->register_module("res_block1", res_block1);
        this->register_module("fc1", fc1);
        this->register_module("fc2", fc2);
        this->register_module("relu", relu);
        conv1.needs_input_grad = false;
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        const Tensor<T> o = pool_(res_block1(pool_(relu((*norm_initial)(conv1(x))))));  // [N, 16, 8, 8]
        return fc2(relu(fc1(o.reshape({x.size(0), 16 * 8 * 8}))));                      // [N, 2]
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d = fc1.backprop(relu.backprop(fc2.backprop(d_y))).reshape({d_y.size(0), 16, 8, 8});
        return conv1.backprop(
            norm_initial->backprop(relu.backprop(pool_.backprop(res_block1.backprop(pool_.backprop(d))))));
    }

    std::string type_name() const override { return "NormNet"; }

    FastConv2d<T> conv1;
    std::unique_ptr<Module<T>> norm_initial;
    NormBlock<T> res_block1;
    FastLinear<T> fc1, fc2;
    FastReLU<T> relu;

private:
    FastMaxPool2d<T> pool_;  // not registered, as in chapter 8
};

}  // namespace bn
