// What a run has to keep to go on later as if it had never stopped: weights, buffers, velocities and the record of its
// epochs. README.md, "A run that was cut".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch04_modules_and_hooks/state_dict_file.hpp"
#include "ch07_training/sgd.hpp"
#include "common/checkpoint.hpp"

namespace bn {

struct EpochReport {
    int epoch;                   // from 1
    double loss;                 // mean over the epoch's steps, while the weights move
    double train_accuracy;       // in eval mode after the epoch, as a fraction
    double validation_accuracy;  // likewise
    double seconds;              // of the training part
};

/// A run's place in a checkpoint, and what a chapter records beside the training's own state: `save` adds it, `load`
/// takes it back.
struct SavedRun {
    Checkpoint* checkpoint = nullptr;  // null: the run is neither saved nor resumed
    std::string name = "training";
    std::function<void(NamedTensors&)> save{};
    std::function<void(const NamedTensors&)> load{};
};

/// The state after an epoch. The order of the images and the random numbers are no part of it: the seed and the number
/// of epochs say which they are.
template <std::floating_point T>
NamedTensors training_state(Module<T>& model, const SGD<T>& sgd, const std::vector<EpochReport>& reports) {
    NamedTensors state;
    for (const auto& [name, tensor] : to_file(model.state_dict())) state["model." + name] = tensor;
    for (const auto& [name, tensor] : to_file(sgd.state_dict())) state["velocity." + name] = tensor;
    Tensor<double> epochs({std::ssize(reports), 4});
    for (Index i = 0; i < epochs.size(0); ++i) {
        const EpochReport& r = reports[static_cast<std::size_t>(i)];
        const double row[] = {r.loss, r.train_accuracy, r.validation_accuracy, r.seconds};
        std::copy_n(row, 4, epochs.data() + 4 * i);
    }
    state["epochs"] = epochs;
    return state;
}

/// Puts such a state back and returns the epochs' reports. Throws FileError or StateDictError if it does not fit.
template <std::floating_point T>
std::vector<EpochReport> load_training_state(const NamedTensors& state, Module<T>& model, SGD<T>& sgd) {
    const auto part = [&](const std::string& prefix) {
        NamedTensors tensors;
        for (const auto& [name, tensor] : state)
            if (name.starts_with(prefix)) tensors[name.substr(prefix.size())] = tensor;
        return from_file<T>(tensors);
    };
    load_state_dict(model, part("model."));
    sgd.load_state_dict(part("velocity."));
    const Tensor<double>& epochs = saved<Tensor<double>>(state, "epochs");
    if (epochs.dim() != 2 || epochs.size(1) != 4)
        throw FileError("its 'epochs' have shape " + to_string(epochs.shape()));
    std::vector<EpochReport> reports;
    for (Index i = 0; i < epochs.size(0); ++i)
        reports.push_back({static_cast<int>(i + 1), epochs(i, 0), epochs(i, 1), epochs(i, 2), epochs(i, 3)});
    return reports;
}

}  // namespace bn
