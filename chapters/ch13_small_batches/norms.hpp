// GroupNorm, InstanceNorm2d and LayerNorm as modules, with PyTorch's names, options, defaults, errors and printed form.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch13_small_batches/fast_group_norm.hpp"
#include "ch13_small_batches/layer_norm.hpp"

namespace bn {

namespace detail {
inline std::string eps_text(double eps) {
    char text[40];
    std::snprintf(text, sizeof text, ", eps=%.12g", eps);
    return text;
}
inline const char* python_bool(bool value) {
    return value ? "True" : "False";
}
}  // namespace detail

struct GroupNormOptions {
    double eps = 1e-5;   // unit of x², inside the root
    bool affine = true;  // have weight γ and bias β, one for each channel
};

/// Standardises each group of channels of each image of [N, C, H, W], then scales by weight and shifts by bias: Eqs.
/// (13.4), (13.5). The same in train and in eval mode; there are no buffers.
template <std::floating_point T>
class GroupNorm : public Module<T> {
public:
    /// Throws ShapeError unless num_channels can be divided by num_groups.
    GroupNorm(Index num_groups, Index num_channels, GroupNormOptions options = {})
        : num_groups_(num_groups), num_channels_(num_channels), options_(options) {
        if (num_groups < 1 || num_channels < 1)
            throw ShapeError("GroupNorm needs at least 1 group and 1 channel, got " + std::to_string(num_groups) +
                             " and " + std::to_string(num_channels));
        if (num_channels % num_groups != 0) throw ShapeError("num_channels must be divisible by num_groups");
        if (!options.affine) return;
        weight = Parameter<T>(Tensor<T>({num_channels}, T(1)));
        bias = Parameter<T>(Tensor<T>({num_channels}, T(0)));
        this->register_parameter("weight", weight);
        this->register_parameter("bias", bias);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        check(x);
        GroupNormForward<T> result = fast_group_norm(x, num_groups_, weight.value, bias.value, options_.eps);
        saved_.push({x, std::move(result.statistics)});
        return result.y;
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Saved saved = saved_.pop();
        const BatchNorm2dGradients<T> d =
            fast_group_norm_backward(d_y, saved.x, num_groups_, saved.statistics, weight.value, options_.eps);
        if (options_.affine) {
            weight.accumulate(d.d_weight);
            bias.accumulate(d.d_bias);
        }
        return d.d_x;
    }

    std::string type_name() const override { return "GroupNorm"; }
    std::string extra_repr() const override {
        return std::to_string(num_groups_) + ", " + std::to_string(num_channels_) + detail::eps_text(options_.eps) +
               ", affine=" + detail::python_bool(options_.affine);
    }
    const GroupNormOptions& options() const { return options_; }

    Parameter<T> weight;  // γ, [C], starts at 1; undefined without affine
    Parameter<T> bias;    // β, [C], starts at 0; undefined without affine

protected:
    // PyTorch's complaints, in its order.
    virtual void check(const Tensor<T>& x) const {
        check_groups(x, num_groups_);
        const Shape seen = {x.size(0) * x.size(1) / num_groups_, num_groups_, x.size(2), x.size(3)};
        if (seen[0] * seen[2] * seen[3] == 1)
            throw ShapeError("Expected more than 1 value per channel when training, got input size " + to_string(seen));
        if (x.size(1) == num_channels_) return;
        if (!options_.affine)
            throw ShapeError("expected " + std::to_string(num_channels_) + " channels, but got " +
                             std::to_string(x.size(1)));
        throw ShapeError(
            "Expected weight to be a vector of size equal to the number of channels in input, but got weight of "
            "shape [" +
            std::to_string(num_channels_) + "] and input of shape " + to_string(x.shape()));
    }

    Index num_groups_, num_channels_;
    GroupNormOptions options_;

private:
    struct Saved {
        Tensor<T> x;
        GroupStatistics statistics;
    };
    SavedForBackward<Saved> saved_;
};

struct InstanceNorm2dOptions {
    double eps = 1e-5;
    bool affine = false;  // as in PyTorch, and unlike the other norms
};

/// Group norm with a group for each channel: each plane of each image is standardised on its own. PyTorch's
/// track_running_stats=True is left out: it is False by default, and then there is nothing to remember.
template <std::floating_point T>
class InstanceNorm2d : public GroupNorm<T> {
public:
    explicit InstanceNorm2d(Index num_features, InstanceNorm2dOptions options = {})
        : GroupNorm<T>(num_features, num_features, {.eps = options.eps, .affine = options.affine}) {}

    std::string type_name() const override { return "InstanceNorm2d"; }
    std::string extra_repr() const override {
        return std::to_string(this->num_channels_) + detail::eps_text(this->options_.eps) +
               ", momentum=0.1, affine=" + detail::python_bool(this->options_.affine) + ", track_running_stats=False";
    }

protected:
    void check(const Tensor<T>& x) const override {
        check_images(x);
        const std::string given = std::to_string(x.size(1)), own = std::to_string(this->num_channels_);
        if (x.size(1) != this->num_channels_) throw ShapeError("expected " + own + " channels, but got " + given);
        if (x.size(2) * x.size(3) == 1)
            throw ShapeError("Expected more than 1 spatial element when training, got input size " +
                             to_string(x.shape()));
    }
};

struct LayerNormOptions {
    double eps = 1e-5;
    bool elementwise_affine = true;  // have weight γ and bias β, one for each *place*
};

/// Standardises each row of [*, normalized_shape]: Eq. (13.10). For images, normalized_shape is [C, H, W].
template <std::floating_point T>
class LayerNorm : public Module<T> {
public:
    explicit LayerNorm(Shape normalized_shape, LayerNormOptions options = {})
        : normalized_shape_(std::move(normalized_shape)), options_(options) {
        if (normalized_shape_.empty())
            throw ShapeError(
                "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but "
                "got normalized_shape = []");
        if (!options.elementwise_affine) return;
        weight = Parameter<T>(Tensor<T>(normalized_shape_, T(1)));
        bias = Parameter<T>(Tensor<T>(normalized_shape_, T(0)));
        this->register_parameter("weight", weight);
        this->register_parameter("bias", bias);
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        LayerNormForward<T> result = layer_norm(x, normalized_shape_, weight.value, bias.value, options_.eps);
        saved_.push({x, std::move(result.statistics)});
        return result.y;
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Saved saved = saved_.pop();
        const LayerNormGradients<T> d =
            layer_norm_backward(d_y, saved.x, normalized_shape_, saved.statistics, weight.value);
        if (options_.elementwise_affine) {
            weight.accumulate(d.d_weight);
            bias.accumulate(d.d_bias);
        }
        return d.d_x;
    }

    std::string type_name() const override { return "LayerNorm"; }
    std::string extra_repr() const override {
        std::string shape = "(";
        for (std::size_t d = 0; d < normalized_shape_.size(); ++d)
            shape += (d ? ", " : "") + std::to_string(normalized_shape_[d]);
        return shape + (normalized_shape_.size() == 1 ? ",)" : ")") + detail::eps_text(options_.eps) +
               ", elementwise_affine=" + detail::python_bool(options_.elementwise_affine);
    }

    Parameter<T> weight;  // γ, of normalized_shape, starts at 1; undefined without elementwise_affine
    Parameter<T> bias;    // β, of normalized_shape, starts at 0; undefined without elementwise_affine

private:
    struct Saved {
        Tensor<T> x;
        RowStatistics statistics;
    };
    Shape normalized_shape_;
    LayerNormOptions options_;
    SavedForBackward<Saved> saved_;
};

}  // namespace bn
