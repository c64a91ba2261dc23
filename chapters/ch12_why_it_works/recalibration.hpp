// Recalibration: the weights rest, and batch norm's averages are taken anew, over all the training images. Chapter 13
// asks what it can mend, and what not.
#pragma once

#include <memory>
#include <vector>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"
#include "ch07_training/data_loader.hpp"
#include "common/chapter.hpp"

namespace bn {

/// Passes `images` through the model once, in train mode, in batches of `batch` images in the set's order, and sets the
/// running statistics of each BatchNorm2d to the plain average over those batches: Eq. (3.3), momentum=None's rule. A
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
                average->update(fast_channel_statistics(x), std::nullopt);  // Eq. (3.3)
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
