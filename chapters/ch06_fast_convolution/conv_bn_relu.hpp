// Step 7: stay in the cache. A convolution and what follows it up to the next one, image by image.
#pragma once

#include <omp.h>

#include <utility>
#include <vector>

#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch06_fast_convolution/plane_passes.hpp"

namespace bn {

/// Runs modules that follow each other, z = pool(relu(bn(conv(x)) + shortcut)), of which all but conv may be missing,
/// in as few sweeps over the batch as batch norm allows: to the statistics, and from there. Between two of them an
/// image never leaves the cache, and no tensor is written that nobody asks for.
///
/// If anybody listens at one of the modules, or they have options that this code does not know, they are called one
/// after the other instead, with every tensor and every hook. The bits of all results are the same.
template <std::floating_point T>
class ConvBnReLU2d {
public:
    struct Gradients {
        Tensor<T> d_x, d_shortcut;  // undefined if there is no such gradient
    };

    /// The modules must outlive this object; null means that there is none.
    ConvBnReLU2d(FastConv2d<T>& conv, FastBatchNorm2d<T>* bn, FastReLU<T>* relu, FastMaxPool2d<T>* pool = nullptr)
        : conv_(conv), bn_(bn), relu_(relu), pool_(pool) {}

    /// x [N, Ci, H, W]; shortcut, if defined, of the shape of conv's output. Throws ShapeError as the modules do.
    Tensor<T> operator()(const Tensor<T>& x, const Tensor<T>& shortcut = {}) {
        if (!together(x, shortcut)) return apart(x, shortcut);
        Saved saved{.together = true, .shortcut = shortcut.defined(), .x = x};
        Tensor<T> z = bn_ && bn_->uses_batch_statistics() ? by_batch(saved, shortcut) : at_once(saved, shortcut);
        saved_.push(std::move(saved));
        return z;
    }

    /// From ∂loss/∂z; `more`, of the same shape, is added to it.
    Gradients backprop(const Tensor<T>& d_z, const Tensor<T>& more = {}) {
        const Saved saved = saved_.pop();
        return saved.together ? backward_together(saved, d_z, more)
                              : backward_apart(saved, more.defined() ? fast_add(d_z, more) : d_z);
    }

private:
    struct Saved {
        bool together = false, shortcut = false;
        Tensor<T> x, y{}, z{}, place{};
        ChannelStatistics statistics{};
    };

    // Whether nobody listens, and all shapes and options are those that the sweeps below know. What is wrong altogether
    // goes to the modules, which say why.
    bool together(const Tensor<T>& x, const Tensor<T>& shortcut) const {
        const auto listens = [](const auto* module) { return module && module->has_hooks(); };
        if (listens(&conv_) || listens(bn_) || listens(relu_) || listens(pool_)) return false;
        const Shape& weight = conv_.weight.value.shape();
        const auto [stride, padding] = conv_.geometry();
        if (x.dim() != 4 || x.numel() == 0 || x.size(1) != weight[1] || stride != Size2(1) || padding.h >= weight[2] ||
            padding.w >= weight[3])
            return false;
        const Index Ho = x.size(2) + 2 * padding.h - weight[2] + 1, Wo = x.size(3) + 2 * padding.w - weight[3] + 1;
        if (Ho < 1 || Wo < 1) return false;
        if (shortcut.defined() && (pool_ || shortcut.shape() != Shape{x.size(0), weight[0], Ho, Wo})) return false;
        if (pool_ && (!pool_->halves() || Ho % 2 != 0 || Wo % 2 != 0)) return false;
        if (!bn_) return true;
        if (bn_->num_features() != weight[0]) return false;
        return bn_->uses_batch_statistics() ? x.size(0) * Ho * Wo > 1 : !grad_enabled();
    }

    Tensor<T> apart(const Tensor<T>& x, const Tensor<T>& shortcut) {
        Tensor<T> z = conv_(x);
        if (bn_) z = (*bn_)(z);
        if (shortcut.defined()) z = fast_add(z, shortcut);
        if (relu_) z = (*relu_)(z);
        if (pool_) z = (*pool_)(z);
        saved_.push({.shortcut = shortcut.defined(), .x = {}});
        return z;
    }

    Gradients backward_apart(const Saved& saved, Tensor<T> d) {
        if (pool_) d = pool_->backprop(d);
        if (relu_) d = relu_->backprop(d);
        const Tensor<T> d_shortcut = saved.shortcut ? d : Tensor<T>();
        if (bn_) d = bn_->backprop(d);
        return {conv_.backprop(d), d_shortcut};
    }

    Shape y_shape(const Tensor<T>& x) const {
        return conv2d_output_shape(x.shape(), conv_.weight.value.shape(), conv_.geometry());
    }
    detail::ReadyConv2d<T> ready(const Tensor<T>& x) const {
        return detail::ready_conv2d<T>({x.size(2), x.size(3)}, conv_.weight.value, conv_.bias.value,
                                       conv_.geometry().padding);
    }

    // Room for z, and for the places of the winners.
    void make_room(Saved& saved, const Shape& y) const {
        saved.z = Tensor<T>::empty(pool_ ? Shape{y[0], y[1], y[2] / 2, y[3] / 2} : y);
        if (pool_) saved.place = Tensor<T>::empty(saved.z.shape());
    }

    // All that comes after the convolution, for image n, whose outputs are y.
    template <class Normalize>
    void finish_image(Saved& saved, Index n, const T* y, const Shape& shape, const Tensor<T>& shortcut,
                      const Normalize& normalize_channel) const {
        const Index C = shape[1], plane = shape[2] * shape[3], z_plane = saved.z.size(2) * saved.z.size(3);
        for (Index c = 0; c < C; ++c) {
            const Index k = n * C + c;
            T* z = saved.z.data() + k * z_plane;
            const auto normalize = normalize_channel(c);
            if (pool_)
                detail::finish_and_pool_plane(y + c * plane, relu_ != nullptr, shape[2], shape[3], normalize, z,
                                              saved.place.data() + k * z_plane);
            else
                detail::finish_plane(y + c * plane, shortcut.defined() ? shortcut.data() + k * plane : nullptr,
                                     relu_ != nullptr, plane, normalize, z);
        }
    }

    // With the batch's statistics: one sweep to them, one from them.
    Tensor<T> by_batch(Saved& saved, const Tensor<T>& shortcut) const {
        const Shape shape = y_shape(saved.x);
        const Index N = shape[0], C = shape[1], plane = shape[2] * shape[3];
        std::vector<detail::Moments> moments(static_cast<std::size_t>(N * C));
        saved.y = detail::conv2d_images(saved.x, ready(saved.x), shape, [&](Index n, const T* y) {
            for (Index c = 0; c < C; ++c)
                moments[static_cast<std::size_t>(n * C + c)] = detail::plane_moments(y + c * plane, plane);
        });
        saved.statistics = detail::merged(moments, N, C, plane);
        bn_->track(saved.statistics);

        make_room(saved, shape);
        const auto channels =
            detail::normalize_channels(saved.statistics, bn_->weight.value, bn_->bias.value, bn_->options().eps);
// Images are independent.
#pragma omp parallel for schedule(static)
        for (Index n = 0; n < N; ++n)
            finish_image(saved, n, saved.y.data() + n * C * plane, shape, shortcut,
                         [&](Index c) { return channels[static_cast<std::size_t>(c)]; });
        return saved.z;
    }

    // Without batch norm, or with its running statistics: one sweep.
    Tensor<T> at_once(Saved& saved, const Tensor<T>& shortcut) const {
        const Shape shape = y_shape(saved.x);
        make_room(saved, shape);
        const auto conv = ready(saved.x);
        std::vector<detail::NormalizeChannel<T>> channels;
        if (bn_)
            channels = detail::normalize_channels(
                frozen_statistics(Tensor<T>(Shape{1, shape[1], 1, 1}), bn_->running_mean(), bn_->running_var()),
                bn_->weight.value, bn_->bias.value, bn_->options().eps);
        const Index N = shape[0], y_image = shape[1] * shape[2] * shape[3], x_image = saved.x.numel() / N;
        Tensor<T> all_y = Tensor<T>::empty({omp_get_max_threads(), y_image});
        detail::ThreadImages<T> images(conv.layout.size());
// Images are independent.
#pragma omp parallel
        {
            T *padded = images.cleared(), *y = all_y.data() + omp_get_thread_num() * y_image;
#pragma omp for schedule(static)
            for (Index n = 0; n < N; ++n) {
                conv.layout.copy_in(saved.x.data() + n * x_image, padded);
                conv.image(padded, y, shape[2] * shape[3]);
                if (bn_)
                    finish_image(saved, n, y, shape, shortcut,
                                 [&](Index c) { return channels[static_cast<std::size_t>(c)]; });
                else
                    finish_image(saved, n, y, shape, shortcut,
                                 [](Index) { return [](Vec<T> value) { return value; }; });
            }
        }
        return saved.z;
    }

    // Two sweeps: to the sums that batch norm needs, and from them through batch norm and convolution.
    Gradients backward_together(const Saved& saved, const Tensor<T>& d_z, const Tensor<T>& more) const {
        const Shape shape = y_shape(saved.x);
        check_gradient(d_z, saved.z.shape());
        if (more.defined()) check_gradient(more, saved.z.shape());
        const Index N = shape[0], C = shape[1], H = shape[2], W = shape[3], plane = H * W,
                    z_plane = saved.z.size(2) * saved.z.size(3);
        Tensor<T> d_n = Tensor<T>::empty(shape);  // ∂loss/∂ what batch norm, and the shortcut, put out
        std::vector<detail::GradientSums> sums(static_cast<std::size_t>(N * C));
// Planes are independent.
#pragma omp parallel for schedule(static)
        for (Index k = 0; k < N * C; ++k) {
            T* d = d_n.data() + k * plane;
            const T *from = d_z.data() + k * z_plane, *z = saved.z.data() + k * z_plane,
                    *also = more.defined() ? more.data() + k * z_plane : nullptr;
            if (pool_)
                detail::unpool_and_unfinish_plane(from, also, z, saved.place.data() + k * z_plane, relu_ != nullptr, H,
                                                  W, d);
            else
                detail::unfinish_plane(from, also, z, relu_ != nullptr, plane, d);
            if (bn_)
                sums[static_cast<std::size_t>(k)] = detail::gradient_sums(
                    d, saved.y.data() + k * plane, saved.statistics.mean[static_cast<std::size_t>(k % C)], plane);
        }

        detail::GradientChannels<T> g;
        if (bn_) {
            g = detail::gradient_channels(sums, saved.statistics, bn_->weight.value, bn_->options().eps, true);
            if (bn_->options().affine) {
                bn_->weight.accumulate(g.d_weight);
                bn_->bias.accumulate(g.d_bias);
            }
        }
        // ∂loss/∂y of image n
        const auto d_y_image = [&](Index n, T* room) -> const T* {
            const T* d_image = d_n.data() + n * C * plane;
            if (!bn_) return d_image;
            for (Index c = 0; c < C; ++c) {
                const detail::GradientChannel<T> gradient = g.channels[static_cast<std::size_t>(c)];
                const T *d = d_image + c * plane, *y = saved.y.data() + (n * C + c) * plane;
                for_each_vector<T>(plane, [&](auto at) { at.put(room + c * plane, gradient(at(d), at(y))); });
            }
            return room;
        };
        const Conv2dGradients<T> d =
            detail::conv2d_backward_images(saved.x, {H, W}, conv_.weight.value, conv_.bias.defined(),
                                           conv_.geometry().padding, conv_.needs_input_grad, d_y_image);
        conv_.weight.accumulate(d.d_weight);
        if (conv_.bias.defined()) conv_.bias.accumulate(d.d_bias);
        return {d.d_x, saved.shortcut ? d_n : Tensor<T>()};
    }

    FastConv2d<T>& conv_;
    FastBatchNorm2d<T>* bn_;
    FastReLU<T>* relu_;
    FastMaxPool2d<T>* pool_;
    SavedForBackward<Saved> saved_;
};

}  // namespace bn
