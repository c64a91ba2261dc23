// The training loop: forward, loss, backward, step; and after each epoch, how good the model is. README.md derives it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch07_training/cross_entropy.hpp"
#include "ch07_training/data_loader.hpp"
#include "ch07_training/sgd.hpp"
#include "ch07_training/training_state.hpp"
#include "common/progress.hpp"

namespace bn {

/// Training cannot go on: the loss or an output is not finite.
class TrainingError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

template <std::floating_point T>
bool is_finite(const Tensor<T>& t) {
    return std::all_of(t.values().begin(), t.values().end(), [](T value) { return std::isfinite(value); });
}

/// The first layer, in the order in which they finish, whose output for `images` is not finite: "res_block1.bn1
/// (BatchNorm2d)". Runs a forward pass with a hook on each module, in the mode that the model is in: it is for a run
/// that has failed.
template <std::floating_point T>
std::string first_layer_not_finite(Module<T>& model, const Tensor<T>& images) {
    const NoGradGuard no_grad;
    std::string culprit;
    std::vector<HookHandle> handles;
    for (const auto& [name, module] : model.named_modules())
        handles.push_back(module->register_forward_hook(
            [&culprit, name = name](Module<T>& layer, const Tensor<T>&, const Tensor<T>& y) {
                if (culprit.empty() && !is_finite(y))
                    culprit = (name.empty() ? "the model" : name) + " (" + layer.type_name() + ")";
            }));
    model(images);
    return culprit.empty() ? "none: only the loss itself" : culprit;
}

struct Evaluation {
    double loss, accuracy;  // mean over all images; a fraction
};

/// Loss and accuracy on `images` in eval mode. Leaves mode, buffers and gradients as they were.
/// Throws TrainingError if an output is not finite.
template <std::floating_point T>
Evaluation evaluate(Module<T>& model, const ImageSet& images) {
    const NoGradGuard no_grad;
    const bool training = model.training();
    model.eval();
    const DataLoader<T> loader(images, 100);
    double loss = 0.0;
    Index right = 0;
    for (Index b = 0; b < loader.batch_count() && !interrupted(); ++b) {
        const Batch<T> batch = loader.batch(b);
        const Tensor<T> logits = model(batch.images);
        if (!is_finite(logits))
            throw TrainingError("an output is not finite in evaluation; the first layer is " +
                                first_layer_not_finite(model, batch.images));
        // A smaller batch counts less: Eq. (7.15)
        const double share = static_cast<double>(batch.labels.size()) / static_cast<double>(images.size());
        loss += share * cross_entropy(logits, std::span<const std::uint8_t>(batch.labels)).loss;
        for (Index n = 0; n < logits.size(0); ++n) {
            const T* row = logits.data() + n * logits.size(1);
            const auto predicted = std::max_element(row, row + logits.size(1)) - row;
            right += predicted == batch.labels[static_cast<std::size_t>(n)];
        }
    }
    model.train(training);
    return {loss, static_cast<double>(right) / static_cast<double>(images.size())};
}

/// A line about an epoch.
inline void print_report(const EpochReport& report, const Options& options) {
    const std::string label = "epoch " + std::to_string(report.epoch) + "/" + std::to_string(options.epochs);
    std::printf("%-12s loss %.4f   train %5.2f %%   validation %5.2f %%   %.1f s\n", label.c_str(), report.loss,
                100 * report.train_accuracy, 100 * report.validation_accuracy, report.seconds);
    std::fflush(stdout);
}

/// Trains for options.epochs with SGD on cross-entropy and returns a report on each whole epoch. `on_step`, if any, is
/// called after every step. Ctrl-C ends it at the next batch: the epoch under way is not reported.
/// Prints a line an epoch. With a checkpoint, goes on from the state in it, if there is one, and saves the state before
/// the first epoch and after each. Throws TrainingError naming epoch, step and layer when the loss is not finite, and
/// FileError if a state does not fit or cannot be saved.
template <std::floating_point T>
std::vector<EpochReport> train(Module<T>& model, const Dataset& data, const Options& options,
                               const std::function<void()>& on_step = {}, const SavedRun& run = {}) {
    catch_interrupts();
    if (options.epochs == 0) std::printf("0 epochs: nothing is trained\n");
    Random random(options.seed + 0x5EED);  // another stream than the weights'
    DataLoader<T> loader(data.train, options.batch);
    SGD<T> sgd(model.named_parameters(), options.momentum);
    const Index step_count = loader.batch_count(), total_steps = step_count * options.epochs;

    std::vector<EpochReport> reports;
    const auto save = [&] {
        if (!run.checkpoint) return;
        NamedTensors state = training_state(model, sgd, reports);
        if (run.save) run.save(state);
        run.checkpoint->save(run.name, state);
    };
    if (run.checkpoint)
        run.checkpoint->restore(run.name, [&](const NamedTensors& state) {
            reports = load_training_state(state, model, sgd);
            if (run.load) run.load(state);
        });
    for (const EpochReport& done : reports) {  // its random numbers are drawn again
        loader.shuffle(random);
        print_report(done, options);
    }
    save();

    for (int epoch = static_cast<int>(reports.size()) + 1; epoch <= options.epochs; ++epoch) {
        const std::string label = "epoch " + std::to_string(epoch) + "/" + std::to_string(options.epochs);
        Progress progress(label, step_count);
        const double start = now();
        double loss_sum = 0.0;
        loader.shuffle(random);
        model.train();
        for (Index b = 0; b < step_count; ++b) {
            if (interrupted()) return reports;
            const Index step = (epoch - 1) * step_count + b;
            const Batch<T> batch = loader.batch(b);

            // Forward, loss, backward, step: Eqs. (7.4), (7.6), (7.8)–(7.10)
            model.zero_grad();
            const CrossEntropy<T> loss =
                cross_entropy(model(batch.images), std::span<const std::uint8_t>(batch.labels));
            if (!std::isfinite(loss.loss))
                throw TrainingError(
                    "the loss is not finite in epoch " + std::to_string(epoch) + ", step " + std::to_string(b + 1) +
                    "; the first layer whose output is not finite: " + first_layer_not_finite(model, batch.images));
            model.backprop(loss.d_logits);
            sgd.step(learning_rate(options.schedule, options.lr, step, total_steps));

            loss_sum += loss.loss;
            if (on_step) on_step();
            progress.update(b + 1, "loss " + std::to_string(loss.loss).substr(0, 5));
        }
        const double seconds = now() - start;
        double train_accuracy = 0, validation_accuracy = 0;
        try {
            train_accuracy = evaluate(model, data.train).accuracy;
            validation_accuracy = evaluate(model, data.validation).accuracy;
        } catch (const TrainingError& error) {
            throw TrainingError("after epoch " + std::to_string(epoch) + ", step " + std::to_string(step_count) + ": " +
                                error.what());
        }
        if (interrupted()) return reports;
        reports.push_back(
            {epoch, loss_sum / static_cast<double>(step_count), train_accuracy, validation_accuracy, seconds});
        progress.erase();
        print_report(reports.back(), options);
        save();
    }
    return reports;
}

/// The epoch with the best validation accuracy: chosen by looking, so it flatters.
inline const EpochReport& best_epoch(const std::vector<EpochReport>& reports) {
    return *std::max_element(reports.begin(), reports.end(), [](const EpochReport& a, const EpochReport& b) {
        return a.validation_accuracy < b.validation_accuracy;
    });
}

}  // namespace bn
