// What a batch norm layer remembers and learns, step by step.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <variant>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"
#include "ch07_training/data_loader.hpp"
#include "common/checkpoint.hpp"

namespace bn {

/// One channel's value after each step.
using Series = std::vector<double>;

/// Series of equal length as a tensor [C, length], for a checkpoint, and back. Throws FileError on another shape.
inline Tensor<double> to_tensor(const std::vector<Series>& channels) {
    Tensor<double> rows({std::ssize(channels), channels.empty() ? 0 : std::ssize(channels[0])});
    for (std::size_t c = 0; c < channels.size(); ++c)
        std::copy(channels[c].begin(), channels[c].end(), rows.data() + static_cast<Index>(c) * rows.size(1));
    return rows;
}
inline std::vector<Series> from_tensor(const Tensor<double>& rows) {
    if (rows.dim() != 2) throw FileError("its series have shape " + to_string(rows.shape()));
    std::vector<Series> channels(static_cast<std::size_t>(rows.size(0)));
    for (std::size_t c = 0; c < channels.size(); ++c) {
        const double* row = rows.data() + static_cast<Index>(c) * rows.size(1);
        channels[c].assign(row, row + rows.size(1));
    }
    return channels;
}

/// Records a BatchNorm2d at every training step: a forward hook keeps the batch's own means, and when told that the
/// step is over it notes these and the layer's numbers as they are then. (Copies: the layer's tensors go on changing.)
class BatchNormHistory {
public:
    explicit BatchNormHistory(BatchNorm2d<float>& layer)
        : layer_(layer),
          handle_(
              layer.register_forward_hook([this](Module<float>& self, const Tensor<float>& x, const Tensor<float>&) {
                  if (self.training()) latest_mean_ = fast_channel_statistics(x).mean;
              })) {}

    /// After each step, that is, after the optimiser has moved the weights.
    void record_step() {
        append(batch_mean, latest_mean_);
        append(running_mean, layer_.running_mean().values());
        append(running_var, layer_.running_var().values());
        append(weight, layer_.weight.value.values());
        append(bias, layer_.bias.value.values());
    }

    std::vector<Series> batch_mean, running_mean, running_var, weight, bias;  // [C], each a value per step

    /// The series, for a run that goes on later. load() throws FileError if they do not fit.
    void save(NamedTensors& state) const {
        for (const auto& [name, series] : parts) state[name] = to_tensor(this->*series);
    }
    void load(const NamedTensors& state) {
        for (const auto& [name, series] : parts) this->*series = from_tensor(saved<Tensor<double>>(state, name));
    }

private:
    static constexpr std::pair<const char*, std::vector<Series> BatchNormHistory::*> parts[] = {
        {"batch_mean", &BatchNormHistory::batch_mean},
        {"running_mean", &BatchNormHistory::running_mean},
        {"running_var", &BatchNormHistory::running_var},
        {"weight", &BatchNormHistory::weight},
        {"bias", &BatchNormHistory::bias}};

    template <class Values>
    static void append(std::vector<Series>& channels, const Values& values) {
        channels.resize(std::size(values));
        for (std::size_t c = 0; c < channels.size(); ++c) channels[c].push_back(static_cast<double>(values[c]));
    }

    BatchNorm2d<float>& layer_;
    std::vector<double> latest_mean_;  // [C]
    HookHandle handle_;
};

/// The share that a moving average gives to the batch of `age` steps ago (0: the newest): Eq. (10.1).
inline double weight_of_batch(double momentum, double age) {
    return momentum * std::pow(1.0 - momentum, age);
}

/// The layer's batch means, [C] series of one value per batch, over all batches of `loader` while the weights stand
/// still: what the choice of the batches does, alone. Leaves the model's state as it was, and in training mode.
inline std::vector<Series> frozen_batch_means(Module<float>& model, BatchNorm2d<float>& layer,
                                              const DataLoader<float>& loader) {
    // A pass in training mode moves the running statistics, with NoGradGuard or without: they are put back at the end.
    StateDict<float> before = model.state_dict();
    for (auto& [name, entry] : before)
        if (auto* tensor = std::get_if<Tensor<float>>(&entry)) *tensor = tensor->clone();

    std::vector<Series> means(static_cast<std::size_t>(layer.running_mean().numel()));
    const HookHandle handle =
        layer.register_forward_hook([&](Module<float>&, const Tensor<float>& x, const Tensor<float>&) {
            const ChannelStatistics batch = fast_channel_statistics(x);
            for (std::size_t c = 0; c < means.size(); ++c) means[c].push_back(batch.mean[c]);
        });
    const NoGradGuard no_grad;
    model.train();
    for (Index b = 0; b < loader.batch_count(); ++b) model(loader.batch(b).images);
    load_state_dict(model, before);
    return means;
}

/// The standard deviation of the `count` values from `first` on. Throws std::out_of_range if there are not so many.
inline double spread(const Series& series, std::size_t first, std::size_t count) {
    double mean = 0.0, squares = 0.0;
    for (std::size_t i = first; i < first + count; ++i) mean += series.at(i) / static_cast<double>(count);
    for (std::size_t i = first; i < first + count; ++i) squares += (series[i] - mean) * (series[i] - mean);
    return std::sqrt(squares / static_cast<double>(count));
}

/// Within an epoch, averages over the channels: how far things spread, and what the law makes of it.
struct Spreads {
    double batch_mean = 0, running_mean = 0, ratio = 0;  // ratio: of the second to the first
    double frozen = 0, drift = 0, law = 0;  // batch means with frozen weights; share of drift; expected ratio
};

/// The share of drift in the variance of batch means that spread `total`, if `frozen` is what the choice of the batches
/// alone spreads them: Eq. (10.6). Not below 0, where the two estimates scatter.
inline double drift_share(double total, double frozen) {
    return std::max(0.0, 1.0 - frozen * frozen / (total * total));
}

/// spread(running means) / spread(batch means) if that share drifts and the rest is independent: Eq. (10.8).
inline double expected_ratio(double drift, double momentum) {
    return std::sqrt(drift + (1.0 - drift) * momentum / (2.0 - momentum));
}

/// For epoch `epoch` (from 0), at whose end `frozen` was measured. NaN if an epoch has one step only.
inline Spreads spreads_in_epoch(const BatchNormHistory& history, std::size_t epoch, std::size_t steps_per_epoch,
                                const std::vector<Series>& frozen, double momentum) {
    Spreads result;
    const double channels = static_cast<double>(history.batch_mean.size());
    for (std::size_t c = 0; c < history.batch_mean.size(); ++c) {
        const double raw = spread(history.batch_mean[c], epoch * steps_per_epoch, steps_per_epoch);
        const double smooth = spread(history.running_mean[c], epoch * steps_per_epoch, steps_per_epoch);
        const double alone = spread(frozen[c], 0, frozen[c].size()), drift = drift_share(raw, alone);
        result.batch_mean += raw / channels;
        result.running_mean += smooth / channels;
        result.ratio += smooth / raw / channels;
        result.frozen += alone / channels;
        result.drift += drift / channels;
        result.law += expected_ratio(drift, momentum) / channels;
    }
    return result;
}

/// The share of a channel that the ReLU behind the layer lets through, if x_hat were normal: Eq. (10.11).
inline double share_above_zero(double weight, double bias) {
    return 0.5 * std::erfc(-bias / std::abs(weight) / std::numbers::sqrt2);
}

}  // namespace bn
