// Experiment projection: what does batch norm do to the weights before it, and so to the learning rate?
// README.md, "A scale that cancels", "Gradient and filter at right angles", "The effective learning rate".
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

/// What a filter w, one output channel of a convolution, Eq. (12.2), is at one step.
struct FilterStep {
    double dot;      // ⟨∂loss/∂w, w⟩
    double grad2;    // ‖∂loss/∂w‖²
    double weight2;  // ‖w‖²
    double d_bias;   // ∂loss/∂b, Eq. (12.8)
};

/// The filters of a convolution, from its gradients and the given weights, which need not be its own any more.
template <std::floating_point T>
std::vector<FilterStep> filter_steps(const FastConv2d<T>& conv, const Tensor<T>& weight) {
    const Index filters = weight.size(0), length = weight.numel() / filters;
    std::vector<FilterStep> steps;
    for (Index f = 0; f < filters; ++f) {
        FilterStep s{0, 0, 0, static_cast<double>(conv.bias.grad[f])};
        for (Index i = f * length; i < (f + 1) * length; ++i) {
            const double g = conv.weight.grad[i], w = weight[i];
            s.dot += g * w;
            s.grad2 += g * g;
            s.weight2 += w * w;
        }
        steps.push_back(s);
    }
    return steps;
}

/// Chapter 8's network in training, with and without batch norm, without momentum, at a constant rate, and its 56
/// filters at the start and at `records` places on the way. Columns seed, batch_norm, epoch, and
///   cosine    the largest |cos| between a filter's gradient and the filter since the last record: Eq. (12.7)
///   norm2     the filters' ‖w‖², summed, against the start
///   summed2   what Pythagoras makes of the steps taken: (‖w_0‖² + Σ η²‖g‖²) / ‖w_0‖², summed likewise: Eq. (12.10)
///   rate      ‖w_0‖²/‖w‖², the effective rate against the start, the mean over the filters: Eq. (12.12)
///   d_bias    the largest |∂loss/∂b| of the 56 biases since the last record
inline RunTable projection_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, Recipe recipe,
                                Index records, FinishedRuns* finished = nullptr) {
    recipe.momentum = 0;
    recipe.schedule = Schedule::constant;
    std::vector<std::pair<std::uint64_t, bool>> settings;
    for (const std::uint64_t seed : seeds)
        for (const bool batch_norm : {true, false}) settings.emplace_back(seed, batch_norm);
    return run_all(
        {"seed", "batch_norm", "epoch", "cosine", "norm2", "summed2", "rate", "d_bias"}, settings,
        data.train.size() * recipe.epochs,
        [&](const std::pair<std::uint64_t, bool>& setting, const auto& tick) {
            const auto [seed, batch_norm] = setting;
            Random random(seed);
            ResNet<float> model(random, batch_norm);
            FastConv2d<float>* const convs[] = {&model.conv1, &model.res_block1.conv1, &model.res_block1.conv2,
                                                &model.res_block1.conv3};
            std::vector<Tensor<float>> before;  // a step's gradients belong to the weights before it
            std::vector<double> start;          // ‖w_0‖² of each filter
            for (const FastConv2d<float>* conv : convs) {
                before.push_back(conv->weight.value.clone());
                for (const FilterStep& s : filter_steps(*conv, before.back())) start.push_back(s.weight2);
            }
            double total = 0;
            for (const double w2 : start) total += w2;

            RunRows rows;
            double cosine = 0, d_bias = 0, summed2 = total;
            const Index per_epoch = DataLoader<float>(data.train, recipe.batch).batch_count(),
                        steps = per_epoch * recipe.epochs;
            train_with(recipe, model, data.train, seed, [&](Index step, Index images) {
                tick(images);
                double norm2 = 0, rate = 0;
                std::size_t filter = 0;
                for (std::size_t k = 0; k < 4; ++k) {
                    for (const FilterStep& s : filter_steps(*convs[k], before[k])) {
                        cosine = std::max(cosine, std::abs(s.dot) / std::sqrt(s.grad2 * s.weight2));
                        d_bias = std::max(d_bias, std::abs(s.d_bias));
                        // Eq. (12.9) without its middle term
                        summed2 += recipe.lr * recipe.lr * s.grad2;
                    }
                    before[k].copy_(convs[k]->weight.value);
                    for (const FilterStep& s : filter_steps(*convs[k], before[k])) {
                        norm2 += s.weight2;
                        rate += start[filter++] / s.weight2 / static_cast<double>(start.size());
                    }
                }
                const auto record = [&](double epoch, double length2, double by_pythagoras, double effective) {
                    rows.push_back({static_cast<double>(seed), batch_norm ? 1.0 : 0.0, epoch, cosine, length2,
                                    by_pythagoras, effective, d_bias});
                };
                if (step == 1) record(0, 1, 1, 1);  // the first gradient is that at the start
                const Index part = step * records / steps;
                if (part == (step - 1) * records / steps) return;
                record(static_cast<double>(part * recipe.epochs) / static_cast<double>(records), norm2 / total,
                       summed2 / total, rate);
                cosine = d_bias = 0;
            });
            return rows;
        },
        finished);
}

/// The finding, from the runs.
inline std::string projection_title(const RunTable& runs) {
    const double end = runs.distinct("epoch").back();
    const auto last = [&](const char* name) { return runs.median(name, {{"batch_norm", 1}, {"epoch", end}}); };
    const std::vector<double> cosines = runs.values("cosine", {{"batch_norm", 1}});
    const double largest = *std::max_element(cosines.begin(), cosines.end());
    const auto change = [](double ratio) {
        return std::string(ratio >= 1 ? "grows" : "falls") + " by " + number_text(100 * std::abs(ratio - 1), 0) + " %";
    };
    return std::string(largest < 0.01 ? "Gradients are at right angles to filters"
                                      : "Gradients are not at right angles") +
           ": ‖w‖² " + change(last("norm2")) + ", the rate " + change(last("rate"));
}

inline Figure projection_figure(const RunTable& runs, const Dataset& data, const Recipe& recipe,
                                const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_projection";
    figure.title = projection_title(runs);
    figure.subtitle =
        "56 filters, rate " + number_text(recipe.lr) + ", no momentum; " + what_was_run(data, recipe.epochs, seeds);
    figure.columns = runs.columns();
    for (const int with : {1, 0})
        for (const char* name : {"cosine", "norm2", "summed2", "rate"})
            append(figure.columns, summary(runs, (with ? "with_" : "without_") + std::string(name), name, "epoch",
                                           {{"batch_norm", with}}));
    const auto points = [](const char* prefix, const char* colour) {
        return fill_in("DATA using '<p>_epoch':'<p>_median' with points pt 6 ps 0.9 lw 1.2 lc rgb <c>",
                       {{"p", prefix}, {"c", colour}});
    };
    const std::string next = ", \\\n     ";
    figure.commands = "set xrange [0:" + std::to_string(recipe.epochs) + "]; set xlabel 'epoch' tc rgb INK\n" +
                      panel(64, 280, 100, 400) +
                      "set label 1 '{/:Bold |cos(gradient, filter)|, largest}' at graph 0,1.05 left tc rgb INK\n"
                      "set label 2 'with' at graph 0.05,first 3e-4 tc rgb C1\n"
                      "set label 3 'without' at graph 0.05,first 0.2 tc rgb C2\n"
                      "set logscale y; set yrange [1e-5:1]; set format y '10^{%T}'\nplot " +
                      line_with_band("without_cosine", "epoch", "C2") + next +
                      line_with_band("with_cosine", "epoch", "C1") + "\n" +
                      "unset label 2; unset label 3; unset logscale y; set yrange [*:*]; set format y '%g'\n" +
                      panel(344, 560, 100, 400) +
                      "set label 1 '{/:Bold ‖w‖², and by Pythagoras (○)}' at graph 0,1.05 left tc rgb INK\nplot " +
                      line_with_band("without_norm2", "epoch", "C2") + next + points("without_summed2", "C2") + next +
                      line_with_band("with_norm2", "epoch", "C1") + next + points("with_summed2", "C1") + "\n" +
                      panel(624, 840, 100, 400) +
                      "set label 1 '{/:Bold effective rate η/‖w‖²}' at graph 0,1.05 left tc rgb INK\nplot " +
                      line_with_band("with_rate", "epoch", "C1") + "\n";
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> projection_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(2000, 5000, 10'000), 2000);
    const Recipe recipe{.lr = 0.3, .epochs = lab.choose(2, 2, 3), .momentum = 0, .schedule = Schedule::constant};
    const RunTable runs = projection_runs(data, lab.seeds, recipe, 12, lab.finished);
    if (interrupted()) return {};
    std::printf("\n%-8s %5s  %-11s %-9s %-11s %-9s %s\n", "", "epoch", "|cos| up to", "|w|^2", "Pythagoras",
                "eta/|w|^2", "|d_bias| up to");
    for (const int with : {1, 0})
        for (const double epoch : runs.distinct("epoch")) {
            std::printf("%-8s %5.2f", with ? "with" : "without", epoch);
            for (const char* name : {"cosine", "norm2", "summed2", "rate", "d_bias"})
                std::printf("  %-9.4g", runs.median(name, {{"batch_norm", with}, {"epoch", epoch}}));
            std::printf("\n");
        }
    std::printf("medians of %zu seeds; |w|^2 and eta/|w|^2 against the start\n\n", lab.seeds.size());
    return projection_figure(runs, data, recipe, lab.seeds);
}

}  // namespace bn
