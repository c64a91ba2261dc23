// What flows through a batch norm layer, channel by channel, gathered by a hook in one pass: no activation is kept.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "common/chapter.hpp"
#include "common/checkpoint.hpp"

namespace bn {

/// What is kept of some values: how many, their mean (unit of x), and the sums of the second, third and fourth powers
/// of their deviations from it (units of x², x³, x⁴). Two of these merge exactly, so no value has to be kept.
struct CentralSums {
    double count = 0.0, mean = 0.0, second = 0.0, third = 0.0, fourth = 0.0;

    double variance() const { return second / count; }  // biased
    double skewness() const { return third / count / std::pow(variance(), 1.5); }
    double kurtosis() const { return fourth / count / (variance() * variance()); }
};

/// The same values' sums of powers, of deviations from `centre` instead of their own mean: Eq. (9.6).
inline CentralSums moved_to(const CentralSums& s, double centre) {
    const double e = s.mean - centre, e2 = e * e;
    return {s.count, centre, s.second + s.count * e2, s.third + 3.0 * e * s.second + s.count * e * e2,
            s.fourth + 4.0 * e * s.third + 6.0 * e2 * s.second + s.count * e2 * e2};
}

/// The sums of two sets of values together. Eqs. (9.5), (9.6). Either may be empty.
inline CentralSums merged(const CentralSums& a, const CentralSums& b) {
    if (b.count == 0.0) return a;
    const double mean = a.mean + (b.mean - a.mean) * b.count / (a.count + b.count);
    const CentralSums from_a = moved_to(a, mean), from_b = moved_to(b, mean);
    return {a.count + b.count, mean, from_a.second + from_b.second, from_a.third + from_b.third,
            from_a.fourth + from_b.fourth};
}

/// What is known of the values of one channel: the moments, the share within [−0.5, 0.5], and a histogram.
class ChannelDistribution {
public:
    static constexpr double bin_width = 0.05,
                            limit = 50.0;  // what lies outside ±limit is counted in the outermost bins
    static constexpr int bins = 2000;

    /// Adds a plane of `count` values: its own mean and sums, merged with those so far.
    template <class T>
    void add(const T* values, Index count) {
        if (count == 0) return;
        CentralSums plane{.count = static_cast<double>(count)};
        for (Index i = 0; i < count; ++i) plane.mean += static_cast<double>(values[i]);
        plane.mean /= plane.count;
        for (Index i = 0; i < count; ++i) {
            const double value = static_cast<double>(values[i]);
            const double deviation = value - plane.mean, square = deviation * deviation;
            plane.second += square;
            plane.third += square * deviation;
            plane.fourth += square * square;
            inside_ += std::abs(value) <= 0.5;
            ++histogram_[bin_of(value)];
        }
        sums_ = merged(sums_, plane);
    }

    Index count() const { return static_cast<Index>(sums_.count); }
    double mean() const { return sums_.mean; }
    double sigma() const { return sums_.count > 0.0 ? std::sqrt(sums_.variance()) : 0.0; }  // biased
    double skewness() const { return sums_.skewness(); }                                    // 0 if symmetric
    double kurtosis() const { return sums_.kurtosis(); }                                    // 3 if normal
    double share_inside() const { return sums_.count > 0.0 ? static_cast<double>(inside_) / sums_.count : 0.0; }

    /// How many values lie in [low, high), both multiples of bin_width.
    Index values_in(double low, double high) const {
        const auto bin = [](double value) {
            return std::clamp(static_cast<int>(std::lround((value + limit) / bin_width)), 0, bins);
        };
        Index total = 0;
        for (int b = bin(low); b < bin(high); ++b) total += histogram_[static_cast<std::size_t>(b)];
        return total;
    }

    /// All of it as a row of numbers, and back, for a run that goes on later.
    static constexpr Index row_size = bins + 6;
    void write_row(double* row) const {
        const double first[] = {
            static_cast<double>(inside_), sums_.count, sums_.mean, sums_.second, sums_.third, sums_.fourth};
        std::copy(std::begin(first), std::end(first), row);
        std::transform(histogram_.begin(), histogram_.end(), row + std::size(first),
                       [](Index count) { return static_cast<double>(count); });
    }
    void read_row(const double* row) {
        inside_ = static_cast<Index>(row[0]);
        sums_ = {row[1], row[2], row[3], row[4], row[5]};
        std::transform(row + 6, row + row_size, histogram_.begin(),
                       [](double count) { return static_cast<Index>(count); });
    }

private:
    // Eq. (9.8). A NaN goes to the first bin: to convert it to a whole number would be undefined.
    static std::size_t bin_of(double value) {
        const double place = (value + limit) / bin_width;
        return !(place >= 0.0) ? 0 : static_cast<std::size_t>(std::min(place, bins - 1.0));
    }

    Index inside_ = 0;
    CentralSums sums_;
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

    /// What was recorded, [channels, row_size], into a checkpoint and back. Throws FileError if it does not fit.
    void save(NamedTensors& state) const {
        state["inputs"] = to_tensor(inputs);
        state["outputs"] = to_tensor(outputs);
    }
    void load(const NamedTensors& state) {
        inputs = from_tensor(saved<Tensor<double>>(state, "inputs"));
        outputs = from_tensor(saved<Tensor<double>>(state, "outputs"));
    }

private:
    static Tensor<double> to_tensor(const std::vector<ChannelDistribution>& channels) {
        Tensor<double> rows({std::ssize(channels), ChannelDistribution::row_size});
        for (std::size_t c = 0; c < channels.size(); ++c)
            channels[c].write_row(rows.data() + static_cast<Index>(c) * rows.size(1));
        return rows;
    }
    static std::vector<ChannelDistribution> from_tensor(const Tensor<double>& rows) {
        if (rows.dim() != 2 || rows.size(1) != ChannelDistribution::row_size)
            throw FileError("its distributions have shape " + to_string(rows.shape()));
        std::vector<ChannelDistribution> channels(static_cast<std::size_t>(rows.size(0)));
        for (std::size_t c = 0; c < channels.size(); ++c)
            channels[c].read_row(rows.data() + static_cast<Index>(c) * rows.size(1));
        return channels;
    }
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
