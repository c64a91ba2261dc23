// Experiment initialisation: how much does the scale of the first weights matter, with and without batch norm?
// README.md, "A scale that cancels".
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

/// Multiplies a layer's weight and bias, as if they had been drawn from a wider distribution. Before a batch norm, x̂
/// then is that of Eq. (12.3).
template <class Layer>
void scale_parameters(Layer& layer, double factor) {
    for (auto* p : {&layer.weight, &layer.bias})
        for (auto& value : p->value.values()) value = static_cast<float>(static_cast<double>(value) * factor);
}

/// The layer of which the scale is changed.
enum class Scaled { conv1, fc1 };
inline void scale_layer(ResNet<float>& model, Scaled layer, double factor) {
    if (layer == Scaled::conv1)
        scale_parameters(model.conv1, factor);
    else
        scale_parameters(model.fc1, factor);
}

/// max|a − b| / max|b|
inline double largest_change(const Tensor<float>& a, const Tensor<float>& b) {
    double change = 0, largest = 0;
    for (Index i = 0; i < b.numel(); ++i) {
        change = std::max(change, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    }
    return change / largest;
}

/// By how much the logits for `images` [N, 3, 32, 32] change, in train mode, when a layer is scaled. Leaves the model
/// as it was.
inline double change_of_logits(ResNet<float>& model, const Tensor<float>& images, Scaled layer, double factor) {
    const KeptState<float> kept(model);
    const NoGradGuard no_grad;
    model.train();
    const Tensor<float> before = model(images).clone();
    scale_layer(model, layer, factor);
    return largest_change(model(images), before);
}

/// How many numbers of batch norm's output for a convolution's output change when weight and bias are multiplied by a
/// power of two, ε = 0: none, Eq. (12.4). Leaves the convolution as it was.
inline Index changed_bits(FastConv2d<float>& conv, const Tensor<float>& images, int exponent) {
    const KeptState<float> kept(conv);
    const NoGradGuard no_grad;
    FastBatchNorm2d<float> norm(conv.weight.value.size(0), {.eps = 0.0});
    const Tensor<float> before = norm(conv(images)).clone();
    scale_parameters(conv, std::ldexp(1.0, exponent));
    const Tensor<float> after = norm(conv(images));
    Index changed = 0;
    for (Index i = 0; i < before.numel(); ++i) changed += !(before[i] == after[i]);
    return changed;
}

/// Networks whose conv1 or fc1 starts 10^exponent times as large, and what becomes of them: columns seed, batch_norm,
/// fc1 (1 if it is fc1 that is scaled, 0 for conv1), exponent, change (of the untrained logits, see
/// change_of_logits), validation (accuracy after training).
inline RunTable initialisation_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds,
                                    const std::vector<int>& exponents, const Recipe& recipe,
                                    FinishedRuns* finished = nullptr) {
    struct Setting {
        std::uint64_t seed;
        bool batch_norm;
        Scaled layer;
        int exponent;
    };
    std::vector<Setting> settings;
    for (const Scaled layer : {Scaled::conv1, Scaled::fc1})
        for (const bool batch_norm : {true, false})
            for (const int exponent : exponents)
                for (const std::uint64_t seed : seeds) settings.push_back({seed, batch_norm, layer, exponent});
    const Tensor<float> images = DataLoader<float>(data.train, 128).batch(0).images;
    return run_all(
        {"seed", "batch_norm", "fc1", "exponent", "change", "validation"}, settings, data.train.size() * recipe.epochs,
        [&](const Setting& s, const auto& tick) {
            const double factor = std::pow(10.0, s.exponent);
            Random random(s.seed);
            ResNet<float> model(random, s.batch_norm);
            const double change = change_of_logits(model, images, s.layer, factor);
            scale_layer(model, s.layer, factor);
            train_with(recipe, model, data.train, s.seed, [&](Index, Index count) { tick(count); });
            return RunRows{{static_cast<double>(s.seed), s.batch_norm ? 1.0 : 0.0, s.layer == Scaled::fc1 ? 1.0 : 0.0,
                            static_cast<double>(s.exponent), change, validation_accuracy(model, data.validation)}};
        },
        finished);
}

/// How much accuracy a layer's scale costs at worst: the median over seeds of the accuracy at its normal scale minus
/// that at another, at the exponent where it is largest. A fraction, 0 or more.
inline double worst_loss(const RunTable& runs, bool batch_norm, Scaled layer) {
    const auto accuracies = [&](double exponent) {
        return runs.values(
            "validation",
            {{"batch_norm", batch_norm ? 1 : 0}, {"fc1", layer == Scaled::fc1 ? 1 : 0}, {"exponent", exponent}});
    };
    const std::vector<double> normal = accuracies(0);
    double worst = 0;
    for (const double exponent : runs.distinct("exponent")) {
        std::vector<double> losses = accuracies(exponent);
        for (std::size_t i = 0; i < losses.size(); ++i) losses[i] = normal[i] - losses[i];
        worst = std::max(worst, spread_of(losses).median);
    }
    return worst;
}

/// The finding, from the runs.
inline std::string initialisation_title(const RunTable& runs) {
    const double with = worst_loss(runs, true, Scaled::conv1), without = worst_loss(runs, false, Scaled::conv1),
                 fc1 = worst_loss(runs, true, Scaled::fc1);
    const auto points = [](double loss) { return number_text(100 * loss, 1); };
    return "Scaling conv1 costs " + points(with) + " points with batch norm, " + points(without) +
           " without; scaling fc1 " + points(fc1);
}

inline Figure initialisation_figure(const RunTable& runs, const Dataset& data, int epochs,
                                    const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_initialisation";
    figure.title = initialisation_title(runs);
    figure.subtitle = what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    struct Series {
        const char *prefix, *colour;
        double batch_norm, fc1;
    };
    const Series all[] = {
        {"fc1", "C3", 1, 1}, {"conv1_without", "C2", 0, 0}, {"conv1", "C1", 1, 0}};  // the last is drawn on top
    std::string change = "plot ", trained = "plot ";
    for (const Series& s : all) {
        const RunTable::Where where = {{"batch_norm", s.batch_norm}, {"fc1", s.fc1}};
        const std::string prefix = s.prefix;
        append(figure.columns, summary(runs, prefix, "validation", "exponent", where));
        append(figure.columns, summary(runs, prefix + "_change", "change", "exponent", where));
        const std::string next = &s == &all[2] ? "\n" : ", \\\n     ";
        trained += points_with_bars(prefix, "exponent", s.colour, 100) + next;
        change += points_with_bars(prefix + "_change", "exponent", s.colour) + next;
    }
    const std::vector<double> exponents = runs.distinct("exponent");
    std::string ticks;
    for (const double e : exponents)
        ticks += (ticks.empty() ? "'" : ", '") + number_text(std::pow(10, e)) + "' " + number_text(e);
    figure.commands =
        fill_in("set xrange [<low>:<high>]; set xtics (<ticks>)\nset xlabel 'scale of the layer' tc rgb INK\n",
                {{"low", number_text(exponents.front() - 0.2)},
                 {"high", number_text(exponents.back() + 0.2)},
                 {"ticks", ticks}}) +
        panel(70, 350, 100, 400) +
        "set label 1 '{/:Bold change of the untrained logits}' at graph 0,1.05 left tc rgb INK\n"
        "set logscale y; set format y '10^{%T}'\n" +
        change + panel(440, 720, 100, 400) +
        "unset logscale y; set format y '%g'; set yrange [46:*]\n"
        "set label 1 '{/:Bold accuracy after training (%)}' at graph 0,1.05 left tc rgb INK\n"
        "set label 2 'conv1, with' at graph 1.03,0.70 tc rgb C1\n"
        "set label 3 'conv1, without' at graph 1.03,0.62 tc rgb C2\n"
        "set label 4 'fc1, with' at graph 1.03,0.54 tc rgb C3\n" +
        trained;
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> initialisation_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(1000, 3000, 5000), 2000);
    const std::vector<int> exponents =
        lab.form == Form::full ? std::vector<int>{-2, -1, 0, 1, 2} : std::vector<int>{-2, 0, 2};
    const Recipe recipe{.epochs = 2};

    // Powers of two, without epsilon
    const Tensor<float> images = DataLoader<float>(data.train, 128).batch(0).images;
    Random random(lab.seeds.front());
    ResNet<float> model(random);
    std::printf("conv1 x 2^k, eps = 0: numbers of batch norm's output that change:");
    for (const int exponent : {-20, -5, -1, 1, 5, 20})
        std::printf(" %lld (k = %d)", static_cast<long long>(changed_bits(model.conv1, images, exponent)), exponent);
    std::printf(" of %lld\n", static_cast<long long>(images.size(0) * 8 * image_side * image_side));

    const RunTable runs = initialisation_runs(data, lab.seeds, exponents, recipe, lab.finished);
    if (interrupted()) return {};
    std::printf("\n%-7s %-8s %7s  %-19s %s\n", "layer", "", "scale", "change of logits", "accuracy after training");
    for (const Scaled layer : {Scaled::conv1, Scaled::fc1})
        for (const int with : {1, 0})
            for (const int exponent : exponents) {
                const RunTable::Where where = {
                    {"batch_norm", with}, {"fc1", layer == Scaled::fc1 ? 1 : 0}, {"exponent", exponent}};
                const Spread s = runs.spread("validation", where);
                std::printf("%-7s %-8s %7g  %-19.2g %.1f (%.1f-%.1f)\n", layer == Scaled::fc1 ? "fc1" : "conv1",
                            with ? "with" : "without", std::pow(10.0, exponent), runs.median("change", where),
                            100 * s.median, 100 * s.low, 100 * s.high);
            }
    std::printf("medians (lowest-highest) of %zu seeds\n\n", lab.seeds.size());
    return initialisation_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
