// Mend it: a training loop and a validation with a batch norm in the network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ch07_training/cross_entropy.hpp"

namespace mine {

/// The part of a network that training needs, named as chapter 4's Module names it.
struct Model {
    virtual ~Model() = default;
    virtual bn::Tensor<double> operator()(const bn::Tensor<double>& images) = 0;  // the logits, [N, 2]
    virtual void backprop(const bn::Tensor<double>& d_logits) = 0;  // adds to the gradient of each parameter
    virtual void zero_grad() = 0;                                   // sets the gradients to zero
    virtual void step(double lr) = 0;                               // value -= lr * grad, for each parameter
    virtual void train() = 0;                                       // batch statistics, and the running ones move
    virtual void eval() = 0;                                        // the running statistics, which stay
    virtual bool training() const = 0;
};

struct Batch {
    bn::Tensor<double> images;
    std::vector<std::uint8_t> targets;
};

inline void train_epoch(Model& model, const std::vector<Batch>& batches, double lr) {
    model.train();
    for (const Batch& batch : batches) {
        model.zero_grad();  // backprop adds to what is there
        const bn::CrossEntropy<double> loss = bn::cross_entropy<double>(model(batch.images), batch.targets);
        model.backprop(loss.d_logits);
        model.step(lr);
    }
}

inline double validate(Model& model, const std::vector<Batch>& batches) {
    const bool training = model.training();
    model.eval();
    double right = 0, images = 0;
    for (const Batch& batch : batches) {
        const bn::Tensor<double> logits = model(batch.images);
        for (bn::Index n = 0; n < logits.size(0); ++n)
            right += (logits(n, 1) > logits(n, 0)) == (batch.targets[static_cast<std::size_t>(n)] == 1);
        images += static_cast<double>(logits.size(0));
    }
    if (training) model.train();
    return right / images;
}

}  // namespace mine
