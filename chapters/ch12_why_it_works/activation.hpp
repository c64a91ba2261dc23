// Experiment activation: is it the activation region? How many units are saturated or dead, and how much gradient
// reaches each layer, with ReLU, sigmoid and tanh, with and without batch norm. README.md, "What a layer does to a
// gradient".
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "ch11_activation_regions/surviving_gradient.hpp"
#include "ch12_why_it_works/activation_layers.hpp"
#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/slot_net.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

/// E[g(z)] for z normal with mean 0 and variance 1, by the trapezoidal rule.
template <class Function>
double normal_mean(const Function& g) {
    double sum = 0.0;
    for (int i = -1000; i <= 1000; ++i) sum += std::exp(-0.5e-4 * i * i) * g(0.01 * i);
    return sum * 0.01 / std::sqrt(2.0 * std::numbers::pi);
}

/// What a layer without batch norm multiplies a gradient's size by: rms(f′)·√(nσ_w²), Eq. (12.17), for inputs with mean
/// 0 and standard deviation `sigma`, and n weights of variance σ_w²; `gain` is √(nσ_w²).
inline double factor_without(const Activation& f, double sigma, double gain) {
    return std::sqrt(normal_mean([&](double z) { return std::pow(f.derivative(sigma * z), 2.0); })) * gain;
}

/// The same with batch norm: rms(f′) / std(f), Eq. (12.19). No weight is left in it.
inline double factor_with(const Activation& f) {
    const double mean = normal_mean(f.value);
    return factor_without(f, 1.0, 1.0) /
           std::sqrt(normal_mean([&](double z) { return std::pow(f.value(z) - mean, 2.0); }));
}

/// What one activation met in a forward and a backward pass.
struct Place {
    double flat;      // share of its inputs where its slope is less than a tenth of the largest; ReLU: where it is 0
    double dead;      // share of the channels in which all inputs are such
    double gradient;  // rms of ∂loss/∂input, times the number of images, since the loss is their mean
};

namespace detail {

inline Place flat_and_dead(const Activation& f, const Tensor<float>& x) {
    const Region steep = steep_region(f, 0.1);
    const Index C = x.size(1), plane = x.numel() / (x.size(0) * C);
    std::vector<bool> alive(static_cast<std::size_t>(C));
    Index flat = 0;
    for (Index i = 0; i < x.numel(); ++i) {
        const double value = static_cast<double>(x.data()[i]);
        if (value > steep.low && value < steep.high)  // at 0 ReLU's slope is 0
            alive[static_cast<std::size_t>(i / plane % C)] = true;
        else
            ++flat;
    }
    const auto dead = std::count(alive.begin(), alive.end(), false);
    return {static_cast<double>(flat) / static_cast<double>(x.numel()),
            static_cast<double>(dead) / static_cast<double>(C), 0.0};
}

}  // namespace detail

/// The five places where the network calls its activation, in the order of the forward pass, in train mode. Leaves the
/// model as it was: parameters, gradients, buffers, mode, hooks.
inline std::vector<Place> measure_places(SlotNet<float>& model, const Activation& f, const Batch<float>& batch) {
    const KeptState<float> kept(model);
    std::vector<Place> places;
    std::vector<double> gradients;  // from the last place to the first
    std::vector<HookHandle> handles;
    for (Module<float>* module : {model.activation.get(), model.res_block1.activation.get()}) {
        // Before it runs: in place, it would have written over its input afterwards
        handles.push_back(module->register_forward_pre_hook(
            [&](Module<float>&, const Tensor<float>& x) { places.push_back(detail::flat_and_dead(f, x)); }));
        handles.push_back(
            module->register_full_backward_hook([&](Module<float>&, const Tensor<float>& d_x, const Tensor<float>&) {
                double squares = 0.0;
                for (const float d : d_x.values()) squares += static_cast<double>(d) * static_cast<double>(d);
                gradients.push_back(std::sqrt(squares / static_cast<double>(d_x.numel())) *
                                    static_cast<double>(d_x.size(0)));
            }));
    }
    model.train();
    model.backprop(cross_entropy(model(batch.images), std::span<const std::uint8_t>(batch.labels)).d_logits);
    for (std::size_t i = 0; i < places.size(); ++i) places[i].gradient = gradients[places.size() - 1 - i];
    return places;
}

/// The slots of a network with chapter 11's activation number `kind`, with or without batch norm.
inline Slots<float> activation_slots(std::size_t kind, bool batch_norm) {
    Slots<float> slots;
    if (batch_norm) slots.norm = [](Index channels) { return std::make_unique<FastBatchNorm2d<float>>(channels); };
    slots.activation = [kind] { return make_activation<float>(kind); };
    return slots;
}

struct ActivationSetting {
    std::uint64_t seed;
    std::size_t kind;  // chapter 11's number of the activation
    bool batch_norm;
    double scale;  // of the convolutions' first weights and biases
};

/// For every activation, with and without batch norm, with the first weights as they are and `large` times as large:
/// the five places at the start and after training. Columns seed, activation, batch_norm, scale, trained, validation
/// (after training), and flat_1 … flat_5, dead_1 …, gradient_1 …. A run that diverges has no row after training.
inline RunTable activation_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, const Recipe& recipe,
                                double large, FinishedRuns* finished = nullptr) {
    std::vector<ActivationSetting> settings;
    for (const std::uint64_t seed : seeds)
        for (std::size_t kind = 0; kind < activations.size(); ++kind)
            for (const bool batch_norm : {true, false})
                for (const double scale : {1.0, large}) settings.push_back({seed, kind, batch_norm, scale});
    const Batch<float> probe = DataLoader<float>(data.train, 200).batch(0);
    std::vector<std::string> names = {"seed", "activation", "batch_norm", "scale", "trained", "validation"};
    for (const char* measure : {"flat_", "dead_", "gradient_"})
        for (int place = 1; place <= 5; ++place) names.push_back(measure + std::to_string(place));
    return run_all(
        names, settings, data.train.size() * recipe.epochs,
        [&](const ActivationSetting& setting, const auto& tick) {
            Random random(setting.seed);
            SlotNet<float> model(activation_slots(setting.kind, setting.batch_norm), random);
            SlotBlock<float>& block = model.res_block1;
            for (FastConv2d<float>* conv : {&model.conv1, &block.conv1, &block.conv2, &block.conv3})
                for (Parameter<float>* parameter : {&conv->weight, &conv->bias})
                    for (float& value : parameter->value.values()) value *= static_cast<float>(setting.scale);
            const Activation& f = activations[setting.kind];
            const std::vector<Place> start = measure_places(model, f, probe);
            const bool finite =
                train_with(recipe, model, data.train, setting.seed, [&](Index, Index images) { tick(images); });
            const double validation = validation_accuracy(model, data.validation);
            RunRows rows;
            const auto add = [&](const std::vector<Place>& places, double trained) {
                std::vector<double>& row = rows.emplace_back();
                row = {static_cast<double>(setting.seed),
                       static_cast<double>(setting.kind),
                       setting.batch_norm ? 1.0 : 0.0,
                       setting.scale,
                       trained,
                       validation};
                for (double Place::*measure : {&Place::flat, &Place::dead, &Place::gradient})
                    for (const Place& place : places) row.push_back(place.*measure);
            };
            add(start, 0);
            if (finite) add(measure_places(model, f, probe), 1);
            return rows;
        },
        finished);
}

/// The rows of one setting.
inline RunTable::Where activation_rows(std::size_t kind, bool batch_norm, double scale = 1, bool trained = false) {
    return {{"activation", static_cast<double>(kind)},
            {"batch_norm", batch_norm ? 1.0 : 0.0},
            {"scale", scale},
            {"trained", trained ? 1.0 : 0.0}};
}

/// The finding, from the runs: what batch norm does to tanh's saturation in layer 2, and to the gradient in the first
/// layer, before training.
inline std::string activation_title(const RunTable& runs) {
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (std::size_t kind = 0; kind < activations.size(); ++kind) {
        const double ratio = runs.median("gradient_1", activation_rows(kind, true)) /
                             runs.median("gradient_1", activation_rows(kind, false));
        least = std::min(least, ratio);
        most = std::max(most, ratio);
    }
    const auto percent = [&](bool batch_norm) {
        return number_text(100 * runs.median("flat_2", activation_rows(2, batch_norm)), 0) + " %";
    };
    return "Batch norm: " + percent(true) + " of tanh saturated, not " + percent(false) + "; " + number_text(least, 1) +
           " to " + number_text(most, 0) + " times the gradient in layer 1";
}

/// Medians and ranges of a measure at the five places, as summary() makes them.
inline std::vector<Column> place_summary(const RunTable& runs, const std::string& prefix, const std::string& measure,
                                         const RunTable::Where& where) {
    std::vector<Column> columns = {
        {prefix + "_layer", {}}, {prefix + "_median", {}}, {prefix + "_low", {}}, {prefix + "_high", {}}};
    for (int place = 1; place <= 5; ++place) {
        const Spread spread = runs.spread(measure + "_" + std::to_string(place), where);
        const double row[] = {static_cast<double>(place), spread.median, spread.low, spread.high};
        for (std::size_t i = 0; i < 4; ++i) columns[i].values.push_back(row[i]);
    }
    return columns;
}

inline Figure activation_figure(const RunTable& runs, const Dataset& data, int epochs,
                                const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_activation";
    figure.title = activation_title(runs);
    figure.subtitle = "At the start (and accuracy afterwards); " + what_was_run(data, epochs, seeds);
    figure.height = 580;
    figure.columns = runs.columns();
    const double large = runs.distinct("scale").back();
    const char *titles[] = {"ReLU", "sigmoid", "tanh"}, *colours[] = {"C1", "C2", "C5", "C3"};
    struct Case {
        const char* label;
        bool batch_norm;
        double scale;
    };
    const Case cases[] = {{"with", true, 1}, {"without", false, 1}, {"without, weights ×", false, large}};
    figure.commands = "set xrange [0.7:5.3]; set xtics 1\n";
    for (std::size_t kind = 0; kind < activations.size(); ++kind)
        for (const char* measure : {"flat", "gradient"}) {
            const bool flat = measure[0] == 'f';
            const double left = 65 + 280 * static_cast<double>(kind);
            figure.commands += panel(left, left + 230, flat ? 110 : 340, flat ? 270 : 510);
            figure.commands +=
                flat ? "unset logscale; set yrange [-3:103]; set ytics 20; set format y '%g'; unset xlabel\n"
                     : "set logscale y; set yrange [1e-9:10]; set ytics 100; set format y '10^{%T}'; set xlabel "
                       "'layer' tc rgb INK\n";
            figure.commands +=
                fill_in("set title '{/:Bold <f>: <what>}' tc rgb INK\n",
                        {{"f", titles[kind]}, {"what", flat ? kind == 0 ? "dead (%)" : "saturated (%)" : "gradient"}});
            figure.commands += flat ? "unset key\n" : "set key at graph 0.97,0.03 bottom right samplen 1\n";
            std::string plots;
            for (std::size_t k = 0; k < std::size(cases); ++k) {
                const RunTable::Where where = activation_rows(kind, cases[k].batch_norm, cases[k].scale);
                const std::string prefix =
                    std::string(measure) + "_" + activations[kind].name + "_" + std::to_string(k);
                append(figure.columns, place_summary(runs, prefix, measure, where));
                plots += (plots.empty() ? "plot " : ", \\\n     ") +
                         points_with_bars(prefix, "layer", colours[k], flat ? 100 : 1);
                if (!flat)
                    plots += fill_in(", \\\n     NaN with lines lw 1.9 lc rgb <c> title '<t><s> (<a> %)'",
                                     {{"c", colours[k]},
                                      {"t", cases[k].label},
                                      {"s", k == 2 ? number_text(large) : ""},
                                      {"a", number_text(100 * runs.median("validation", where), 0)}});
            }
            figure.commands += plots + "\n";
        }
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> activation_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(1000, 1500, 8000), lab.choose(1000, 2000, 2000));
    const Recipe recipe{.epochs = lab.choose(1, 2, 3)};
    const RunTable runs = activation_runs(data, lab.seeds, recipe, 16, lab.finished);
    if (interrupted()) return {};
    std::printf("factor of the gradient in a layer: with batch norm, Eq. (12.19); without, Eq. (12.17)\n");
    for (const Activation& f : activations)
        std::printf("  %-8s %.2f   %.2f\n", f.name, factor_with(f), factor_without(f, 0.3, 1 / std::sqrt(3.0)));
    std::printf(
        "                          dead or saturated (%%) and gradient, layers 1 to 5                       "
        "validation\n");
    for (const bool trained : {false, true})
        for (const double scale : runs.distinct("scale"))
            for (std::size_t kind = 0; kind < activations.size(); ++kind)
                for (const bool batch_norm : {true, false}) {
                    const RunTable::Where where = activation_rows(kind, batch_norm, scale, trained);
                    if (runs.values("flat_1", where).empty()) continue;
                    std::printf("%-5s x%-2.0f %-7s %-7s", trained ? "after" : "start", scale, activations[kind].name,
                                batch_norm ? "with" : "without");
                    for (const char* place : {"1", "2", "3", "4", "5"})
                        std::printf("  %4.1f %7.1e", 100 * runs.median(std::string("flat_") + place, where),
                                    runs.median(std::string("gradient_") + place, where));
                    std::printf("  %4.1f\n", 100 * runs.median("validation", where));
                }
    return activation_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
