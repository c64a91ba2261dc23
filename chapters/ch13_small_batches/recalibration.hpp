// Recalibration: the weights rest, and batch norm's averages are taken anew, over all the training images.
// README.md, "What the averages remember" and "Recalibration".
#pragma once

#include <memory>
#include <vector>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"
#include "ch07_training/data_loader.hpp"
#include "common/chapter.hpp"

namespace bn {

/// Remembers a model's parameters, buffers and mode, and puts them back at its end, so that nothing which happened
/// in between is left.
template <std::floating_point T>
class KeptState {
public:
    explicit KeptState(Module<T>& model) : model_(model), training_(model.training()) {
        for (auto& [name, entry] : model.state_dict()) {
            if (auto* tensor = std::get_if<Tensor<T>>(&entry)) entry = tensor->clone();
            state_.emplace_back(name, entry);
        }
    }
    ~KeptState() {
        model_.copy_state([this](const std::string& name) { return detail::find_entry(state_, name); });
        model_.train(training_);
    }
    KeptState(const KeptState&) = delete;
    KeptState& operator=(const KeptState&) = delete;

private:
    Module<T>& model_;
    bool training_;
    StateDict<T> state_;
};

/// How many images the running averages stand for, in batches of N with this momentum: the plain average that is as
/// calm, Eq. (13.15).
inline double images_remembered(Index N, double momentum) {
    return static_cast<double>(N) * (2.0 - momentum) / momentum;
}

/// Passes `images` through the model once, in train mode, in batches of `batch` images in the set's order, and sets the
/// running statistics of each BatchNorm2d to the plain average over those batches: Eq. (13.16), momentum=None's rule. A
/// smaller last batch is left out, unless it is the only one. Parameters, gradients and mode stay as they were.
/// num_batches_tracked becomes the number of batches. Ctrl-C ends it early, with the averages so far.
template <std::floating_point T>
void recalibrate(Module<T>& model, const ImageSet& images, Index batch) {
    const NoGradGuard no_grad;
    const bool training = model.training();
    std::vector<BatchNorm2d<T>*> layers;
    std::vector<std::unique_ptr<RunningStatistics<T>>> averages;
    std::vector<HookHandle> handles;
    for (const auto& [name, module] : model.named_modules()) {
        auto* layer = dynamic_cast<BatchNorm2d<T>*>(module);
        if (!layer || !layer->options().track_running_stats) continue;
        layers.push_back(layer);
        averages.push_back(std::make_unique<RunningStatistics<T>>(layer->num_features()));
        // The layer's own average moves, too, with its own momentum; it is written over at the end
        handles.push_back(layer->register_forward_hook(
            [average = averages.back().get()](Module<T>&, const Tensor<T>& x, const Tensor<T>&) {
                average->update(fast_channel_statistics(x), std::nullopt);  // Eq. (13.16)
            }));
    }

    const DataLoader<T> loader(images, batch, images.size() >= batch);
    model.train();
    for (Index b = 0; b < loader.batch_count() && !interrupted(); ++b) model(loader.batch(b).images);
    handles.clear();

    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (averages[i]->num_batches_tracked == 0) continue;  // a layer that the forward pass does not use
        StateDict<T> state = layers[i]->state_dict();
        for (auto& [name, entry] : state) {
            if (name == "running_mean") entry = averages[i]->running_mean;
            if (name == "running_var") entry = averages[i]->running_var;
            if (name == "num_batches_tracked") entry = averages[i]->num_batches_tracked;
        }
        load_state_dict(*layers[i], state);
    }
    model.train(training);
}

}  // namespace bn
