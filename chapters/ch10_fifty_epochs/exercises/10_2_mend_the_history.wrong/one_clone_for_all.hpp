// Fails: symptom 1
#pragma once

#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"

namespace mine {

class History {
public:
    explicit History(bn::BatchNorm2d<double>& layer)
        : handle_(layer.register_forward_hook(
              [this, &layer](bn::Module<double>& self, const bn::Tensor<double>& x, const bn::Tensor<double>& y) {
                  if (!self.training()) return;
                  if (!first_.defined()) first_ = layer.running_mean().clone();
                  first_.copy_(layer.running_mean());
                  const bn::Tensor<double> now = first_;
                  running_mean.push_back(now);
                  batch_mean.push_back(bn::channel_statistics(x).mean);
              })) {}

    std::vector<bn::Tensor<double>> running_mean;
    std::vector<std::vector<double>> batch_mean;

private:
    bn::Tensor<double> first_;
    bn::HookHandle handle_;
};

}  // namespace mine
