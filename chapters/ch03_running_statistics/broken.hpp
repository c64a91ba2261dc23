// Broken on purpose: running statistics and eval passes with one small edit each.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ch03_running_statistics/running_statistics.hpp"

namespace bn {

struct BrokenUpdate {
    const char* name;
    std::function<void(RunningStatistics<double>&, const ChannelStatistics&, std::optional<double>)> update;
};

/// Same arguments as batch_norm_2d_eval_backward.
struct BrokenEvalBackward {
    const char* name;
    std::function<BatchNorm2dGradients<double>(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&,
                                               const Tensor<double>&, const Tensor<double>&, double)>
        backward;
};

inline const std::vector<BrokenUpdate>& broken_updates() {
    using Running = RunningStatistics<double>;
    using Momentum = std::optional<double>;
    static const std::vector<BrokenUpdate> all = {
        {"biased variance kept",
         [](Running& running, ChannelStatistics batch, Momentum momentum) {
             for (double& v : batch.variance)
                 v *= static_cast<double>(batch.count - 1) / static_cast<double>(batch.count);
             running.update(batch, momentum);  // which multiplies by n/(n − 1): what is kept is the biased one
         }},
        {"momentum the other way round",
         [](Running& running, const ChannelStatistics& batch, Momentum momentum) {
             running.update(batch, momentum ? Momentum(1.0 - *momentum) : momentum);
         }},
        {"standard deviation for variance",
         [](Running& running, ChannelStatistics batch, Momentum momentum) {
             for (double& v : batch.variance) v = std::sqrt(v);
             running.update(batch, momentum);
         }},
        {"batch counted after its use",
         [](Running& running, const ChannelStatistics& batch, Momentum momentum) {
             const double k = static_cast<double>(running.num_batches_tracked);
             running.update(batch, momentum ? momentum : Momentum(k > 0.0 ? 1.0 / k : 1.0));
         }},
    };
    return all;
}

inline const std::vector<BrokenEvalBackward>& broken_eval_backwards() {
    using X = const Tensor<double>&;
    static const std::vector<BrokenEvalBackward> all = {
        {"training's backward in eval",
         [](X d_y, X x, X mean, X var, X weight, double eps) {
             return batch_norm_2d_backward(d_y, x, frozen_statistics(x, mean, var), weight, eps);
         }},
        {"x_hat from the batch",
         [](X d_y, X x, X mean, X var, X weight, double eps) {
             BatchNorm2dGradients<double> g = batch_norm_2d_eval_backward(d_y, x, mean, var, weight, eps);
             g.d_weight = batch_norm_2d_backward(d_y, x, channel_statistics(x), weight, eps).d_weight;
             return g;
         }},
        {"eval taken for no-grad",
         [](X d_y, X x, X mean, X var, X weight, double eps) {
             BatchNorm2dGradients<double> g = batch_norm_2d_eval_backward(d_y, x, mean, var, weight, eps);
             g.d_weight.fill_(0.0);
             g.d_bias.fill_(0.0);
             return g;
         }},
        {"gamma forgotten",
         [](X d_y, X x, X mean, X var, X weight, double eps) {
             return batch_norm_2d_eval_backward(d_y, x, mean, var, Tensor<double>(weight.shape(), 1.0), eps);
         }},
    };
    return all;
}

}  // namespace bn
