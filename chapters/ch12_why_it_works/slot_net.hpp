// Chapter 8's network with slots: what follows a convolution, and which activation, can be exchanged. With batch norm
// and ReLU it computes what chapter 8's computes, to the bit; with anything else the same layers surround it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ch06_fast_convolution/fast_layers.hpp"

namespace bn {

/// What fills the slots.
template <std::floating_point T>
struct Slots {
    using Made = std::unique_ptr<Module<T>>;
    std::function<Made(Index channels)> norm = {};  // follows each convolution; none: nothing does
    std::function<Made()> activation = [] { return std::make_unique<FastReLU<T>>(true); };
};

namespace detail {

template <std::floating_point T>
std::unique_ptr<Module<T>> made_norm(const Slots<T>& slots, Index channels) {
    return slots.norm ? slots.norm(channels) : nullptr;
}
template <std::floating_point T>
Tensor<T> forward_through(const std::unique_ptr<Module<T>>& norm, const Tensor<T>& x) {
    return norm ? (*norm)(x) : x;
}
template <std::floating_point T>
Tensor<T> backward_through(const std::unique_ptr<Module<T>>& norm, const Tensor<T>& d_y) {
    return norm ? norm->backprop(d_y) : d_y;
}

}  // namespace detail

/// Chapter 8's ResBlock, [N, in, H, W] → [N, out, H, W]. Its one activation is called three times.
template <std::floating_point T>
class SlotBlock : public Module<T> {
public:
    SlotBlock(Index in_channels, Index out_channels, const Slots<T>& slots, Random& random)
        : conv1(in_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv2(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          conv3(out_channels, out_channels, {.kernel_size = 3, .padding = 1}, random),
          norm1(detail::made_norm(slots, out_channels)),
          norm2(detail::made_norm(slots, out_channels)),
          norm3(detail::made_norm(slots, out_channels)),
          activation(slots.activation()) {
        const auto layer = [&](const std::string& number, FastConv2d<T>& conv, const auto& norm) {
            this->register_module("conv" + number, conv);
            if (norm) this->register_module("norm" + number, *norm);
        };
        layer("1", conv1, norm1);
        layer("2", conv2, norm2);
        layer("3", conv3, norm3);
        this->register_module("activation", *activation);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        const Tensor<T> r = (*activation)(detail::forward_through(norm1, conv1(x)));
        const Tensor<T> h = (*activation)(detail::forward_through(norm2, conv2(r)));
        return (*activation)(fast_add(detail::forward_through(norm3, conv3(h)), r));
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d_sum = activation->backprop(d_y);
        const Tensor<T> d_h = activation->backprop(conv3.backprop(detail::backward_through(norm3, d_sum)));
        const Tensor<T> d_r = fast_add(conv2.backprop(detail::backward_through(norm2, d_h)), d_sum);
        return conv1.backprop(detail::backward_through(norm1, activation->backprop(d_r)));
    }

    std::string type_name() const override { return "SlotBlock"; }

    FastConv2d<T> conv1, conv2, conv3;
    std::unique_ptr<Module<T>> norm1, norm2, norm3;  // null if nothing follows
    std::unique_ptr<Module<T>> activation;
};

/// Chapter 8's classifier, [N, 3, 32, 32] → [N, 2].
template <std::floating_point T>
class SlotNet : public Module<T> {
public:
    SlotNet(const Slots<T>& slots, Random& random)
        : conv1(3, 8, {.kernel_size = 3, .padding = 1}, random),
          norm_initial(detail::made_norm(slots, 8)),
          res_block1(8, 16, slots, random),
          fc1(16 * 8 * 8, 64, true, random),
          fc2(64, 2, true, random),
          activation(slots.activation()),
          pool_(2) {
        this->register_module("conv1", conv1);
        if (norm_initial) this->register_module("norm_initial", *norm_initial);
        this->register_module("res_block1", res_block1);
        this->register_module("fc1", fc1);
        this->register_module("fc2", fc2);
        this->register_module("activation", *activation);
        conv1.needs_input_grad = false;
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        const Tensor<T> first = pool_((*activation)(detail::forward_through(norm_initial, conv1(x))));
        const Tensor<T> o = pool_(res_block1(first));                        // [N, 16, 8, 8]
        return fc2((*activation)(fc1(o.reshape({x.size(0), 16 * 8 * 8}))));  // [N, 2]
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Tensor<T> d = fc1.backprop(activation->backprop(fc2.backprop(d_y))).reshape({d_y.size(0), 16, 8, 8});
        const Tensor<T> d_first = pool_.backprop(res_block1.backprop(pool_.backprop(d)));
        return conv1.backprop(detail::backward_through(norm_initial, activation->backprop(d_first)));
    }

    std::string type_name() const override { return "SlotNet"; }

    FastConv2d<T> conv1;
    std::unique_ptr<Module<T>> norm_initial;  // null if nothing follows conv1
    SlotBlock<T> res_block1;
    FastLinear<T> fc1, fc2;
    std::unique_ptr<Module<T>> activation;

private:
    FastMaxPool2d<T> pool_;  // not registered, as in chapter 8
};

}  // namespace bn
