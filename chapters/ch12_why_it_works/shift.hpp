// Experiment shift: is it internal covariate shift? Noise behind each batch norm, the change of the layers' inputs from
// step to step, and the change of their gradients. README.md, "Two measures of a shift".
#pragma once

#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/shift_noise.hpp"
#include "ch12_why_it_works/slot_net.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

/// How a layer's gradient changes when the layers before it are updated.
struct GradientShift {
    double relative;  // ‖G − G′‖ / ‖G‖
    double cosine;    // of the angle between G and G′
};

/// Internal covariate shift as a change of gradients, Eq. (12.22), for the weight of each convolution and linear layer
/// but the first, in the order of the forward pass. `model` holds the parameters after an update, `before` clones of
/// those before it, in the order of named_parameters(). In train mode; leaves the model as it was.
inline std::vector<GradientShift> gradient_shifts(Module<float>& model, const std::vector<Tensor<float>>& before,
                                                  const Batch<float>& batch) {
    const KeptState<float> kept(model);
    const auto parameters = model.named_parameters();
    std::vector<Tensor<float>> after;
    for (const auto& [name, parameter] : parameters) after.push_back(parameter->value.clone());
    model.train();
    const auto gradients = [&] {
        model.zero_grad();
        model.backprop(cross_entropy(model(batch.images), std::span<const std::uint8_t>(batch.labels)).d_logits);
    };

    // G: all parameters as they were before the update
    std::vector<Tensor<float>> g;
    for (std::size_t p = 0; p < parameters.size(); ++p) parameters[p].second->value.copy_(before[p]);
    gradients();
    for (const auto& [name, parameter] : parameters) g.push_back(parameter->grad.clone());

    // G′ of layer p: the parameters before it are updated, one layer after the other
    std::vector<GradientShift> shifts;
    for (std::size_t p = 0; p < parameters.size(); ++p) {
        Parameter<float>& parameter = *parameters[p].second;
        if (p > 0 && parameter.value.dim() >= 2) {  // no bias, and nothing of a norm
            gradients();
            double difference = 0, dot = 0, norm = 0, norm_after = 0;
            for (Index i = 0; i < parameter.grad.numel(); ++i) {
                const double a = static_cast<double>(g[p].data()[i]), b = static_cast<double>(parameter.grad.data()[i]);
                difference += (a - b) * (a - b);
                dot += a * b;
                norm += a * a;
                norm_after += b * b;
            }
            shifts.push_back({std::sqrt(difference / norm), dot / std::sqrt(norm * norm_after)});
        }
        parameter.value.copy_(after[p]);
    }
    return shifts;
}

/// How the inputs of the four activations behind convolutions move from one training step to the next: it listens at
/// the modules that put them out.
class InputShift {
public:
    explicit InputShift(SlotNet<float>& model) {
        SlotBlock<float>& block = model.res_block1;
        const std::array<std::pair<Module<float>*, Module<float>*>, 4> layers = {
            {{model.norm_initial.get(), &model.conv1},
             {block.norm1.get(), &block.conv1},
             {block.norm2.get(), &block.conv2},
             {block.norm3.get(), &block.conv3}}};
        means_.resize(layers.size());
        for (std::size_t k = 0; k < layers.size(); ++k)
            handles_.push_back((layers[k].first ? layers[k].first : layers[k].second)
                                   ->register_forward_hook(
                                       [this, k](Module<float>& self, const Tensor<float>&, const Tensor<float>& y) {
                                           if (self.training() && listening) note(k, fast_channel_statistics(y));
                                       }));
    }

    /// The root of the mean of (μ_t − μ_{t−1})²/σ_t², over all steps, layers and channels: Eq. (12.21).
    double value() const { return std::sqrt(sum_ / static_cast<double>(count_)); }

    bool listening = true;

private:
    void note(std::size_t k, const ChannelStatistics& now) {
        for (std::size_t c = 0; c < means_[k].size(); ++c) {
            sum_ += (now.mean[c] - means_[k][c]) * (now.mean[c] - means_[k][c]) / (now.variance[c] + 1e-12);
            ++count_;
        }
        means_[k] = now.mean;
    }

    std::vector<std::vector<double>> means_;  // of the step before; empty at first
    double sum_ = 0;
    Index count_ = 0;
    std::vector<HookHandle> handles_;
};

enum class ShiftVariant { without, with, noisy };

/// The slots of a network without batch norm, with it, or with it and ShiftNoise behind it.
inline Slots<float> shift_slots(ShiftVariant variant, std::uint64_t seed) {
    Slots<float> slots;
    if (variant == ShiftVariant::with)
        slots.norm = [](Index channels) { return std::make_unique<FastBatchNorm2d<float>>(channels); };
    if (variant == ShiftVariant::noisy)
        slots.norm = [seed](Index channels) mutable {
            auto both = std::make_unique<Sequential<float>>();
            both->add<FastBatchNorm2d<float>>(channels);
            both->add<ShiftNoise<float>>(channels, ShiftNoiseOptions{}, seed += 1000);
            return both;
        };
    return slots;
}

/// Holds all noise in a model, or lets it go.
inline void hold_noise(Module<float>& model, bool on) {
    for (const auto& [name, module] : model.named_modules())
        if (auto* noise = dynamic_cast<ShiftNoise<float>*>(module)) noise->hold(on);
}

/// For each seed and variant (0 without, 1 with, 2 with and noise): columns seed, variant, input_shift, gradient_shift
/// and cosine (medians over five layers and `moments` steps of the training), validation.
inline RunTable shift_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, const Recipe& recipe,
                           Index moments, FinishedRuns* finished = nullptr) {
    std::vector<std::pair<std::uint64_t, ShiftVariant>> settings;
    for (const std::uint64_t seed : seeds)
        for (const ShiftVariant variant : {ShiftVariant::without, ShiftVariant::with, ShiftVariant::noisy})
            settings.emplace_back(seed, variant);
    const Batch<float> probe = DataLoader<float>(data.train, 200).batch(0);
    const std::vector<std::string> names = {"seed", "variant", "input_shift", "gradient_shift", "cosine", "validation"};
    return run_all(
        names, settings, data.train.size() * recipe.epochs,
        [&](const auto& setting, const auto& tick) {
            const auto [seed, variant] = setting;
            Random random(seed);
            SlotNet<float> model(shift_slots(variant, seed), random);
            InputShift input(model);
            std::vector<double> relative, cosine;
            std::vector<Tensor<float>> before;
            const Index steps = DataLoader<float>(data.train, recipe.batch).batch_count() * recipe.epochs;
            train_with(recipe, model, data.train, seed, [&](Index step, Index images) {
                tick(images);
                const auto moment = [&](Index s) { return s * moments / steps != (s - 1) * moments / steps; };
                if (moment(step) && !before.empty()) {
                    input.listening = false;
                    hold_noise(model, true);
                    for (const GradientShift& shift : gradient_shifts(model, before, probe)) {
                        relative.push_back(shift.relative);
                        cosine.push_back(shift.cosine);
                    }
                    hold_noise(model, false);
                    input.listening = true;
                }
                before.clear();
                if (step < steps && moment(step + 1))
                    for (const auto& [name, parameter] : model.named_parameters())
                        before.push_back(parameter->value.clone());
            });
            return RunRows{{static_cast<double>(seed), static_cast<double>(variant), input.value(),
                            spread_of(relative).median, spread_of(cosine).median,
                            validation_accuracy(model, data.validation)}};
        },
        finished);
}

/// The median over seeds of one variant's accuracy minus another's, in points.
inline double shift_points(const RunTable& runs, ShiftVariant one, ShiftVariant other) {
    std::vector<double> differences = runs.values("validation", {{"variant", static_cast<double>(one)}});
    const std::vector<double> subtracted = runs.values("validation", {{"variant", static_cast<double>(other)}});
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = 100 * (differences[i] - subtracted[i]);
    return spread_of(differences).median;
}

/// How many times as large one variant's shift is as that without batch norm, by medians over seeds.
inline double shift_ratio(const RunTable& runs, const std::string& column, ShiftVariant variant) {
    return runs.median(column, {{"variant", static_cast<double>(variant)}}) / runs.median(column, {{"variant", 0}});
}

/// The finding, from the runs.
inline std::string shift_title(const RunTable& runs) {
    const double points = shift_points(runs, ShiftVariant::noisy, ShiftVariant::with);
    return "Noise that shifts inputs " + number_text(shift_ratio(runs, "input_shift", ShiftVariant::noisy), 1) +
           " times as much as no batch norm: " + (points > 0 ? "+" : "") + number_text(points, 1, true) + " points";
}

inline Figure shift_figure(const RunTable& runs, const Dataset& data, int epochs,
                           const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_shift";
    figure.title = shift_title(runs);
    figure.subtitle = "A dot is a run; " + what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    const char *columns[] = {"input_shift", "gradient_shift"},
               *titles[] = {"how far inputs move in a step (σ)", "how far gradients move: ‖G − G′‖ / ‖G‖"},
               *labels[] = {"without", "with batch norm", "batch norm, then noise"}, *colours[] = {"C2", "C1", "C3"};
    for (int side = 0; side < 2; ++side) {
        const double left = side == 0 ? 60 : 480;
        figure.commands += panel(left, left + 330, 110, 400) +
                           fill_in(
                               "set logscale x; set format x '%g'; set xlabel '<title>' tc rgb INK\n"
                               "set title '{/:Bold validation accuracy (%)}' tc rgb INK\nset offsets graph 0.05, graph "
                               "0.05, graph 0.05, graph 0.05\n",
                               {{"title", titles[side]}});
        figure.commands += side == 0 ? "set key at graph 0.02,0.04 left bottom reverse Left\n" : "unset key\n";
        for (int k = 0; k < 3; ++k)
            figure.commands += fill_in(
                "<plot>DATA using (column('variant')==<k> ? column('<c>') : NaN):(100*column('validation')) with "
                "points pt 7 "
                "ps 0.9 lc rgb <colour> title '<label>'",
                {{"plot", k == 0 ? "plot " : ", \\\n     "},
                 {"k", std::to_string(k)},
                 {"c", columns[side]},
                 {"colour", colours[k]},
                 {"label", labels[k]}});
        figure.commands += "\n";
    }
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> shift_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(2000, 3000, 10'000), lab.choose(1000, 2000, 2000));
    const Recipe recipe{.epochs = lab.choose(1, 2, 4)};
    const RunTable runs = shift_runs(data, lab.seeds, recipe, lab.choose<Index>(4, 8, 20), lab.finished);
    if (interrupted()) return {};
    std::printf(
        "                         inputs' shift (std)       gradients' shift          cosine            validation "
        "(%%)\n");
    const char* names[] = {"without batch norm", "with batch norm", "batch norm, then noise"};
    for (int k = 0; k < 3; ++k) {
        std::printf("%-22s", names[k]);
        for (const char* column : {"input_shift", "gradient_shift", "cosine", "validation"}) {
            const double factor = column[0] == 'v' ? 100 : 1;
            const Spread spread = runs.spread(column, {{"variant", k}});
            std::printf("  %.3g (%.3g-%.3g)", factor * spread.median, factor * spread.low, factor * spread.high);
        }
        std::printf("\n");
    }
    return shift_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
