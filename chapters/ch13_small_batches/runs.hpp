// One training run for each norm, batch size and seed, several at a time, and what is measured of each.
// README.md, "A learning rate for each batch size".
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/recalibration.hpp"
#include "ch12_why_it_works/training.hpp"
#include "ch13_small_batches/norm_net.hpp"

namespace bn {

/// What is trained: every norm with every batch size and every seed, each run on equally many images.
struct Plan {
    std::vector<Index> batches;
    std::vector<std::uint64_t> seeds;
    int epochs = 1;
};

struct Setting {
    Norm norm;
    Index batch;
    std::uint64_t seed;
    auto operator<=>(const Setting&) const = default;
};

/// Accuracies on the validation images, as fractions. The last three are batch norm's only, else NaN.
struct RunResult {
    double validation;          // in eval mode, after training
    double train_mode;          // in train mode, in batches of the training's size
    double recalibrated;        // in eval mode, the averages taken anew in batches of the training's size
    double recalibrated_large;  // the same in batches of `large_batch`
};
inline constexpr Index large_batch = 128;

/// Chapter 7's rate, 0.01 for batches of 64, scaled in proportion: Eq. (13.18).
inline double scaled_learning_rate(Index batch) {
    return 0.01 * static_cast<double>(batch) / 64.0;
}

/// Chapter 7's loop without its reports: cross-entropy, SGD with momentum 0.9, the scaled rate falling by a cosine.
/// on_step(count) after each step, with the number of its images. Throws TrainingError if the loss is not finite.
template <class OnStep>
void train_quietly(Module<float>& model, const ImageSet& images, Index batch, int epochs, std::uint64_t seed,
                   const OnStep& on_step) {
    Random random(seed + 0x5EED);  // as in chapter 7
    DataLoader<float> loader(images, batch);
    SGD<float> sgd(model.named_parameters(), 0.9);
    const Index steps = loader.batch_count() * epochs;
    model.train();
    for (Index step = 0; step < steps; ++step) {
        if (interrupted()) return;
        if (step % loader.batch_count() == 0) loader.shuffle(random);
        const Batch<float> some = loader.batch(step % loader.batch_count());
        model.zero_grad();
        const CrossEntropy<float> loss = cross_entropy(model(some.images), std::span<const std::uint8_t>(some.labels));
        if (!std::isfinite(loss.loss))
            throw TrainingError("the loss is not finite in step " + std::to_string(step + 1) + ", batches of " +
                                std::to_string(batch) + ", seed " + std::to_string(seed));
        model.backprop(loss.d_logits);
        sgd.step(learning_rate(Schedule::cosine, scaled_learning_rate(batch), step, steps));
        on_step(some.images.size(0));
    }
}

/// How many images the running averages stand for, in batches of N with this momentum: the plain average that is as
/// calm, Eq. (13.15).
inline double images_remembered(Index N, double momentum) {
    return static_cast<double>(N) * (2.0 - momentum) / momentum;
}

/// What a trained batch norm network gives: as it is, in train mode, and with averages taken anew, Eq. (13.16). Leaves
/// the model as it was, buffers and mode too.
inline RunResult measure_batch_norm(Module<float>& model, const Dataset& data, Index batch) {
    const KeptState<float> kept(model);
    RunResult result{};
    result.validation = evaluate(model, data.validation).accuracy;
    recalibrate(model, data.train, batch);
    result.recalibrated = evaluate(model, data.validation).accuracy;
    recalibrate(model, data.train, large_batch);
    result.recalibrated_large = evaluate(model, data.validation).accuracy;
    model.train();  // last, since it moves the averages
    result.train_mode = accuracy(right_answers(model, data.validation, batch));
    return result;
}

/// The results of runs, each trained once, when it is first asked for.
class Runs {
public:
    /// `data` and `checkpoint` must outlive this. With a checkpoint, runs that it has are not trained again, and each
    /// that ends is added to it. Throws FileError.
    Runs(const Dataset& data, int epochs, Checkpoint* checkpoint = nullptr)
        : data_(data), epochs_(epochs), checkpoint_(checkpoint) {
        if (!checkpoint_) return;
        checkpoint_->restore("runs", [&](const NamedTensors& state) { finished_ = state; });
        checkpoint_->save("runs", finished_);
    }

    /// Trains the given settings that are not there yet: several at a time, each with one thread, so that batches of
    /// one do not spend their time in waiting for threads. The results do not depend on how many.
    void provide(const std::vector<Setting>& settings) {
        catch_interrupts();
        std::vector<Setting> missing;
        for (const Setting& setting : settings)
            if (!results_.contains(setting) && !found_in_checkpoint(setting)) missing.push_back(setting);
        if (missing.empty()) return;
        // The slowest first, so that no thread is left with one at the end
        std::stable_sort(missing.begin(), missing.end(),
                         [](const Setting& a, const Setting& b) { return a.batch < b.batch; });

        // An image alone takes about twice as long as one of many
        const auto effort = [](const Setting& setting) { return 1.0 + 1.0 / static_cast<double>(setting.batch); };
        double total = 0.0, done = 0.0;
        for (const Setting& setting : missing)
            total += effort(setting) * static_cast<double>(data_.train.size() * epochs_);
        std::printf("%zu runs of %lld images each, on %d threads\n", missing.size(),
                    static_cast<long long>(data_.train.size() * epochs_), omp_get_max_threads());
        std::fflush(stdout);
        Progress progress("training", std::lround(total));
        const double start = now();
        bool estimated = false;
        std::exception_ptr failure;
// Runs are independent; each writes its own result. Inside, loops have one thread.
#pragma omp parallel for schedule(dynamic, 1)
        for (std::size_t i = 0; i < missing.size(); ++i) {
            if (interrupted()) continue;
            try {
                const auto count = [&](Index images) {
#pragma omp critical(bn_progress)
                    {
                        done += effort(missing[i]) * static_cast<double>(images);
                        const double left = (now() - start) / done * (total - done);
                        if (!estimated && done > total / 16) {
                            estimated = true;
                            progress.erase();
                            std::printf("about %.0f s more\n", left);
                            std::fflush(stdout);
                        }
                        progress.update(std::lround(done), std::to_string(std::lround(left)) + " s more; after");
                    }
                };
                const RunResult result = run(missing[i], count);
                if (!interrupted()) keep(missing[i], result);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                failure = std::current_exception();
            }
        }
        progress.erase();
        if (failure) std::rethrow_exception(failure);
    }

    /// A result that is there. Throws std::out_of_range if it is not.
    const RunResult& operator[](const Setting& setting) const {
        return results_.at(setting);
    }
    const Dataset& data() const {
        return data_;
    }
    int epochs() const {
        return epochs_;
    }

private:
    static std::string name_in_checkpoint(const Setting& setting) {
        return name_of(setting.norm) + (" " + std::to_string(setting.batch)) + " " + std::to_string(setting.seed);
    }

    bool found_in_checkpoint(const Setting& setting) {
        const std::string name = name_in_checkpoint(setting);
        if (!finished_.contains(name)) return false;
        const Tensor<double>& r = saved<Tensor<double>>(finished_, name);
        if (r.numel() != 4) throw FileError("the checkpoint's '" + name + "' has shape " + to_string(r.shape()));
        results_[setting] = {r[0], r[1], r[2], r[3]};
        return true;
    }

    void keep(const Setting& setting, const RunResult& r) {
        const std::lock_guard lock(mutex_);
        results_[setting] = r;
        if (!checkpoint_) return;
        finished_[name_in_checkpoint(setting)] =
            Tensor<double>({4}, {r.validation, r.train_mode, r.recalibrated, r.recalibrated_large});
        checkpoint_->save("runs", finished_);
    }

    template <class Count>
    RunResult run(const Setting& setting, const Count& count) const {
        Random random(setting.seed);
        NormNet<float> model(setting.norm, random);
        train_quietly(model, data_.train, setting.batch, epochs_, setting.seed, count);
        if (setting.norm == Norm::batch) return measure_batch_norm(model, data_, setting.batch);
        const double none = std::nan("");
        return {evaluate<float>(model, data_.validation).accuracy, none, none, none};
    }

    const Dataset& data_;
    int epochs_;
    Checkpoint* checkpoint_;
    NamedTensors finished_;  // as the checkpoint has them
    std::map<Setting, RunResult> results_;
    std::mutex mutex_;  // of the last two
};

/// The settings of a plan with these norms.
template <class Norms>
std::vector<Setting> settings_of(const Plan& plan, const Norms& norms) {
    std::vector<Setting> all;
    for (const Norm norm : norms)
        for (const Index batch : plan.batches)
            for (const std::uint64_t seed : plan.seeds) all.push_back({norm, batch, seed});
    return all;
}

}  // namespace bn
