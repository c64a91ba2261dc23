// What the experiments train with, and how they leave a model as they found it.
// README.md, "What the experiments have in common".
#pragma once

#include <cmath>
#include <span>
#include <utility>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch07_training/training.hpp"
#include "ch08_resnet/comparison.hpp"
#include "ch08_resnet/res_net.hpp"

namespace bn {

/// How a run trains: chapter 7's choices, unless an experiment changes one.
struct Recipe {
    double lr = 0.01;
    int epochs = 1;
    double momentum = 0.9;
    double weight_decay = 0.0;
    Schedule schedule = Schedule::cosine;
    Index batch = 64;
};

/// Chapter 7's loop without its reports: cross-entropy and SGD. on_step(step, images) after each step, with the number
/// of steps done, from 1, and of this step's images. False if the loss is not finite: then the loop ends there, before
/// that step. Ctrl-C ends it, too.
template <std::floating_point T, class OnStep>
bool train_with(const Recipe& recipe, Module<T>& model, const ImageSet& images, std::uint64_t seed,
                const OnStep& on_step) {
    Random random(seed + 0x5EED);  // as in chapter 7
    DataLoader<T> loader(images, recipe.batch);
    SGD<T> sgd(model.named_parameters(), recipe.momentum, recipe.weight_decay);
    const Index steps = loader.batch_count() * recipe.epochs;
    model.train();
    for (Index step = 0; step < steps && !interrupted(); ++step) {
        if (step % loader.batch_count() == 0) loader.shuffle(random);
        const Batch<T> batch = loader.batch(step % loader.batch_count());
        model.zero_grad();
        const CrossEntropy<T> loss = cross_entropy(model(batch.images), std::span<const std::uint8_t>(batch.labels));
        if (!std::isfinite(loss.loss)) return false;
        model.backprop(loss.d_logits);
        sgd.step(learning_rate(recipe.schedule, recipe.lr, step, steps));
        on_step(step + 1, batch.images.size(0));
    }
    return true;
}

/// Remembers a model's parameters, gradients, buffers and mode, and puts them back at its end, so that nothing which
/// happened in between is left.
template <std::floating_point T>
class KeptState {
public:
    explicit KeptState(Module<T>& model) : model_(model), training_(model.training()), state_(model.state_dict()) {
        for (auto& [name, entry] : state_)
            if (auto* tensor = std::get_if<Tensor<T>>(&entry)) entry = tensor->clone();
        for (const auto& [name, parameter] : model.named_parameters()) gradients_.push_back(parameter->grad.clone());
    }
    ~KeptState() {
        model_.copy_state([this](const std::string& name) { return detail::find_entry(state_, name); });
        const auto parameters = model_.named_parameters();
        for (std::size_t p = 0; p < parameters.size(); ++p) parameters[p].second->grad.copy_(gradients_[p]);
        model_.train(training_);
    }
    KeptState(const KeptState&) = delete;
    KeptState& operator=(const KeptState&) = delete;

private:
    Module<T>& model_;
    bool training_;
    StateDict<T> state_;
    std::vector<Tensor<T>> gradients_;
};

/// The share of right answers in eval mode, as a fraction. An output that is not finite is an answer, too: no larger
/// number than NaN is found, so it says "airplane". Leaves mode and buffers as they were.
template <std::floating_point T>
double validation_accuracy(Module<T>& model, const ImageSet& images) {
    const bool training = model.training();
    model.eval();
    const double share = accuracy(right_answers(model, images));
    model.train(training);
    return share;
}

}  // namespace bn
