// Mend it: a training loop and a validation with a batch norm in the network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch07_training/cross_entropy.hpp"

namespace mine {

struct Batch {
    bn::Tensor<double> images;
    std::vector<std::uint8_t> targets;
};

inline void train_epoch(bn::Module<double>& model, const std::vector<Batch>& batches, double lr) {
    model.train();
    for (const Batch& batch : batches) {
        model.zero_grad();  // backprop adds to what is there
        const bn::CrossEntropy<double> loss = bn::cross_entropy<double>(model(batch.images), batch.targets);
        model.backprop(loss.d_logits);
        for (const auto& [name, p] : model.named_parameters())
            for (bn::Index i = 0; i < p->value.numel(); ++i) p->value[i] -= lr * p->grad[i];
    }
}

inline double validate(bn::Module<double>& model, const std::vector<Batch>& batches) {
    const bn::NoGradGuard no_grad;  // it does not keep batch norm from counting: that is what eval() does
    const bool training = model.training();
    model.eval();
    double right = 0, images = 0;
    for (const Batch& batch : batches) {
        const bn::Tensor<double> logits = model(batch.images);
        for (bn::Index n = 0; n < logits.size(0); ++n)
            right += (logits(n, 1) > logits(n, 0)) == (batch.targets[static_cast<std::size_t>(n)] == 1);
        images += static_cast<double>(logits.size(0));
    }
    model.train(training);
    return right / images;
}

}  // namespace mine
