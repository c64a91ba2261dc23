// BatchNorm2d as a module: chapter 2's forward and backward, chapter 3's running statistics, PyTorch's options,
// errors and printed form.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "ch04_modules_and_hooks/module.hpp"

namespace bn {

struct BatchNorm2dOptions {
    double eps = 1e-5;                     // unit of x², inside the root
    std::optional<double> momentum = 0.1;  // share of the newest batch; nullopt: the plain average of all batches
    bool affine = true;                    // have weight γ and bias β
    bool track_running_stats = true;       // have running_mean, running_var and num_batches_tracked
};

/// Standardises each channel of [N, C, H, W], then scales by weight and shifts by bias: Eq. (4.9).
///
/// In training, and always without running statistics, with the batch's own mean and biased variance; training
/// also moves the running statistics, the variance unbiased. In eval with the running ones. Both have a backward.
template <std::floating_point T>
class BatchNorm2d : public Module<T> {
public:
    explicit BatchNorm2d(Index num_features, BatchNorm2dOptions options = {})
        : num_features_(num_features), options_(options), running_(num_features) {
        if (num_features < 1)
            throw ShapeError("BatchNorm2d needs at least 1 channel, got " + std::to_string(num_features));
        if (options.affine) {
            weight = Parameter<T>(Tensor<T>({num_features}, T(1)));
            bias = Parameter<T>(Tensor<T>({num_features}, T(0)));
            this->register_parameter("weight", weight);
            this->register_parameter("bias", bias);
        }
        if (options.track_running_stats) {
            this->register_buffer("running_mean", running_.running_mean);
            this->register_buffer("running_var", running_.running_var);
            this->register_buffer("num_batches_tracked", running_.num_batches_tracked);
        }
    }

    Tensor<T> forward(const Tensor<T>& x) override {
        check(x);
        if (!uses_batch_statistics()) {
            saved_.push({x, {}, running_.running_mean.clone(), running_.running_var.clone()});
            return normalize_by_running(x);
        }
        BatchNorm2dForward<T> result = normalize_by_batch(x);  // refuses a batch before anything is counted
        track(result.statistics);
        saved_.push({x, std::move(result.statistics), {}, {}});
        return result.y;
    }

    Tensor<T> backward(const Tensor<T>& d_y) override {
        const Saved saved = saved_.pop();
        BatchNorm2dGradients<T> d = saved.running_mean.defined()
                                        ? backward_by_running(d_y, saved.x, saved.running_mean, saved.running_var)
                                        : backward_by_batch(d_y, saved.x, saved.statistics);
        if (options_.affine) {
            weight.accumulate(d.d_weight);
            bias.accumulate(d.d_bias);
        }
        return d.d_x;
    }

    std::string type_name() const override { return "BatchNorm2d"; }
    std::string extra_repr() const override {
        char eps[32], momentum[32] = "None";
        std::snprintf(eps, sizeof eps, "%.12g", options_.eps);
        if (options_.momentum) std::snprintf(momentum, sizeof momentum, "%.12g", *options_.momentum);
        const auto boolean = [](bool value) { return value ? "True" : "False"; };
        return std::to_string(num_features_) + ", eps=" + eps + ", momentum=" + momentum +
               ", affine=" + boolean(options_.affine) +
               ", track_running_stats=" + boolean(options_.track_running_stats);
    }

    Index num_features() const { return num_features_; }
    const BatchNorm2dOptions& options() const { return options_; }
    const Tensor<T>& running_mean() const { return running_.running_mean; }
    const Tensor<T>& running_var() const { return running_.running_var; }
    std::int64_t num_batches_tracked() const { return running_.num_batches_tracked; }

    /// Running statistics as they were at the start: 0, 1 and no batch seen.
    void reset_running_stats() { running_.reset(); }

    Parameter<T> weight;  // γ, [C], starts at 1; undefined without affine
    Parameter<T> bias;    // β, [C], starts at 0; undefined without affine

protected:
    bool uses_batch_statistics() const { return this->training() || !options_.track_running_stats; }

    // Moves the running statistics, if there are any, towards a batch's.
    void track(const ChannelStatistics& batch) {
        if (options_.track_running_stats) running_.update(batch, options_.momentum);
    }

    // Where chapter 6 puts its faster loops.
    virtual BatchNorm2dForward<T> normalize_by_batch(const Tensor<T>& x) const {
        return batch_norm_2d(x, weight.value, bias.value, options_.eps);
    }
    virtual BatchNorm2dGradients<T> backward_by_batch(const Tensor<T>& d_y, const Tensor<T>& x,
                                                      const ChannelStatistics& statistics) const {
        return batch_norm_2d_backward(d_y, x, statistics, weight.value, options_.eps);
    }
    virtual Tensor<T> normalize_by_running(const Tensor<T>& x) const {
        return batch_norm_2d_eval(x, running_.running_mean, running_.running_var, weight.value, bias.value,
                                  options_.eps);
    }
    virtual BatchNorm2dGradients<T> backward_by_running(const Tensor<T>& d_y, const Tensor<T>& x, const Tensor<T>& mean,
                                                        const Tensor<T>& var) const {
        return batch_norm_2d_eval_backward(d_y, x, mean, var, weight.value, options_.eps);
    }

private:
    struct Saved {
        Tensor<T> x;
        ChannelStatistics statistics;         // of the batch, or:
        Tensor<T> running_mean, running_var;  // as they were at the forward pass
    };

    void check(const Tensor<T>& x) const {
        if (x.dim() != 4) throw ShapeError("expected 4D input (got " + std::to_string(x.dim()) + "D input)");
        const std::string given = std::to_string(x.size(1)), own = std::to_string(num_features_);
        if (x.size(1) == num_features_) return;
        if (options_.track_running_stats)
            throw ShapeError("running_mean should contain " + given + " elements not " + own);
        if (options_.affine) throw ShapeError("weight should contain " + given + " elements not " + own);
        throw ShapeError("expected " + own + " channels, but got " + given);
    }

    Index num_features_;
    BatchNorm2dOptions options_;
    RunningStatistics<T> running_;
    SavedForBackward<Saved> saved_;
};

}  // namespace bn
