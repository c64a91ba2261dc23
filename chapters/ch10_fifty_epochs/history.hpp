// What a batch norm layer remembers and learns, step by step.
#pragma once

#include <cmath>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"

namespace bn {

/// One channel's value after each step.
using Series = std::vector<double>;

/// Records a BatchNorm2d at every training step: the batch's own means by a forward hook, the rest when told that
/// the step is over.
class BatchNormHistory {
public:
    explicit BatchNormHistory(BatchNorm2d<float>& layer)
        : layer_(layer),
          handle_(
              layer.register_forward_hook([this](Module<float>& self, const Tensor<float>& x, const Tensor<float>&) {
                  if (!self.training()) return;
                  const ChannelStatistics batch = fast_channel_statistics(x);
                  append(batch_mean, batch.mean);
              })) {}

    /// After each step: the running statistics and the parameters as they are now.
    void record_step() {
        append(running_mean, layer_.running_mean().values());
        append(running_var, layer_.running_var().values());
        append(weight, layer_.weight.value.values());
        append(bias, layer_.bias.value.values());
    }

    std::vector<Series> batch_mean, running_mean, running_var, weight, bias;  // [C], each a value per step

private:
    template <class Values>
    static void append(std::vector<Series>& channels, const Values& values) {
        channels.resize(std::size(values));
        for (std::size_t c = 0; c < channels.size(); ++c) channels[c].push_back(static_cast<double>(values[c]));
    }

    BatchNorm2d<float>& layer_;
    HookHandle handle_;
};

/// The standard deviation of the `count` values from `first` on.
inline double spread(const Series& series, std::size_t first, std::size_t count) {
    double mean = 0.0, squares = 0.0;
    for (std::size_t i = first; i < first + count; ++i) mean += series.at(i) / static_cast<double>(count);
    for (std::size_t i = first; i < first + count; ++i) squares += (series[i] - mean) * (series[i] - mean);
    return std::sqrt(squares / static_cast<double>(count));
}

/// Within epoch `epoch` (from 0): how far batch means and running means spread, as averages over the channels, and the
/// average of the channels' ratios. NaN if an epoch has one step only.
struct Spreads {
    double batch_mean = 0, running_mean = 0, ratio = 0;
};
inline Spreads spreads_in_epoch(const BatchNormHistory& history, std::size_t epoch, std::size_t steps_per_epoch) {
    Spreads result;
    const double channels = static_cast<double>(history.batch_mean.size());
    for (std::size_t c = 0; c < history.batch_mean.size(); ++c) {
        const double raw = spread(history.batch_mean[c], epoch * steps_per_epoch, steps_per_epoch);
        const double smooth = spread(history.running_mean[c], epoch * steps_per_epoch, steps_per_epoch);
        result.batch_mean += raw / channels;
        result.running_mean += smooth / channels;
        result.ratio += smooth / raw / channels;
    }
    return result;
}

}  // namespace bn
