// What flows through a batch norm layer, channel by channel, gathered by a hook in one pass: no activation is kept.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "common/chapter.hpp"

namespace bn {

/// Count, mean, variance, share within [−0.5, 0.5] and a histogram of the values of one channel.
class ChannelDistribution {
public:
    static constexpr double bin_width = 0.05,
                            limit = 50.0;  // what lies outside ±limit is counted in the outermost bins
    static constexpr int bins = 2000;

    /// Adds a plane of values: its own mean and squared deviations, merged with those so far: Eqs. (9.1), (9.2).
    template <class T>
    void add(const T* values, Index count) {
        if (count == 0) return;
        double sum = 0.0, squares = 0.0;
        for (Index i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
        const double plane_mean = sum / static_cast<double>(count);
        for (Index i = 0; i < count; ++i) {
            const double value = static_cast<double>(values[i]);
            squares += (value - plane_mean) * (value - plane_mean);
            inside_ += std::abs(value) <= 0.5;
            ++histogram_[static_cast<std::size_t>(
                std::clamp(static_cast<int>((value + limit) / bin_width), 0, bins - 1))];
        }
        const double before = static_cast<double>(count_), added = static_cast<double>(count),
                     difference = plane_mean - mean_;
        mean_ += difference * added / (before + added);
        squares_ += squares + difference * difference * before * added / (before + added);
        count_ += count;
    }

    Index count() const { return count_; }
    double mean() const { return mean_; }
    double sigma() const { return count_ ? std::sqrt(squares_ / static_cast<double>(count_)) : 0.0; }  // biased
    double share_inside() const { return count_ ? static_cast<double>(inside_) / static_cast<double>(count_) : 0.0; }

    /// How many values lie in [low, high), both multiples of bin_width.
    Index values_in(double low, double high) const {
        const auto bin = [](double value) {
            return std::clamp(static_cast<int>(std::lround((value + limit) / bin_width)), 0, bins);
        };
        Index total = 0;
        for (int b = bin(low); b < bin(high); ++b) total += histogram_[static_cast<std::size_t>(b)];
        return total;
    }

private:
    Index count_ = 0, inside_ = 0;
    double mean_ = 0.0, squares_ = 0.0;  // squared deviations from the mean, summed
    std::vector<Index> histogram_ = std::vector<Index>(bins);
};

/// A forward hook on a layer that adds every input and output of a training step, while it lives. (Evaluation runs in
/// eval mode, with other statistics.) It reduces inside the hook: the ReLU behind the layer may work in place.
class DistributionRecorder {
public:
    explicit DistributionRecorder(Module<float>& layer)
        : handle_(
              layer.register_forward_hook([this](Module<float>& self, const Tensor<float>& x, const Tensor<float>& y) {
                  if (!self.training()) return;
                  add(inputs, x);
                  add(outputs, y);
              })) {}

    std::vector<ChannelDistribution> inputs, outputs;  // one for each channel

private:
    static void add(std::vector<ChannelDistribution>& channels, const Tensor<float>& x) {
        const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
        channels.resize(static_cast<std::size_t>(C));
// Channels are independent, and each adds its planes in order.
#pragma omp parallel for schedule(static)
        for (Index c = 0; c < C; ++c)
            for (Index n = 0; n < N; ++n)
                channels[static_cast<std::size_t>(c)].add(x.data() + (n * C + c) * plane, plane);
    }

    HookHandle handle_;
};

/// The BatchNorm2d called `name` in the model. Throws UsageError that lists those there are.
inline BatchNorm2d<float>& find_batch_norm(Module<float>& model, const std::string& name) {
    std::string known;
    for (const auto& [module_name, module] : model.named_modules())
        if (auto* layer = dynamic_cast<BatchNorm2d<float>*>(module)) {
            if (module_name == name) return *layer;
            known += (known.empty() ? "" : ", ") + module_name;
        }
    throw UsageError("--layer: there is no batch norm layer '" + name + "'; there are " + known);
}

}  // namespace bn
