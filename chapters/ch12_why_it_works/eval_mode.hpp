// Experiment eval-mode: what if eval() is forgotten, what if it comes too early, and what does validating in train mode
// leave behind? README.md, "Forgotten eval()".
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/recalibration.hpp"
#include "ch12_why_it_works/training.hpp"
#include "common/figure.hpp"

namespace bn {

/// The share of a buffer's old value that is left after `batches` forward passes in train mode: Eq. (12.16).
inline double share_left(double momentum, Index batches) {
    return std::pow(1.0 - momentum, static_cast<double>(batches));
}

/// Accuracies of one network, as fractions, in batches of the same size.
struct ModeAccuracies {
    double eval_mode, train_mode, train_sorted;  // sorted: the images of one class before those of the other
    double eval_after, eval_after_sorted;        // in eval mode, after the pass in train mode has moved the buffers
    double recalibrated;                         // in eval mode, with averages taken anew from training images
};

/// What a model answers in each mode, in batches of `batch` images. Leaves the model as it was: parameters, gradients,
/// buffers, mode.
inline ModeAccuracies measure_modes(Module<float>& model, const Dataset& data, Index batch) {
    ModeAccuracies result{};
    const auto share_right = [&](const ImageSet& images, bool train_mode) {
        model.train(train_mode);
        return accuracy(right_answers(model, images, batch));
    };
    {
        const KeptState<float> kept(model);
        result.eval_mode = share_right(data.validation, false);
        result.train_mode = share_right(data.validation, true);
        result.eval_after = share_right(data.validation, false);
    }
    {
        const KeptState<float> kept(model);
        result.train_sorted = share_right(sorted_by_class(data.validation), true);
        result.eval_after_sorted = share_right(data.validation, false);
    }
    const KeptState<float> kept(model);
    recalibrate(model, data.train, 64);
    result.recalibrated = share_right(data.validation, false);
    return result;
}

/// The steps after which a training is looked at.
inline constexpr std::array<Index, 7> early_steps = {1, 2, 5, 10, 20, 40, 80};

/// For each seed, in the first steps of a training in batches of 100 and at its end in batches of each size: columns
/// seed, step, batch, and the six accuracies.
inline RunTable eval_mode_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, const Recipe& recipe,
                               const std::vector<double>& batches, FinishedRuns* finished = nullptr) {
    const std::vector<std::string> names = {"seed",        "step",         "batch",      "eval_mode",
                                            "train_mode",  "train_sorted", "eval_after", "eval_after_sorted",
                                            "recalibrated"};
    return run_all(
        names, seeds, data.train.size() * recipe.epochs,
        [&](std::uint64_t seed, const auto& tick) {
            Random random(seed);
            ResNet<float> model(random);
            RunRows rows;
            const auto measure = [&](Index step, double batch) {
                const ModeAccuracies a = measure_modes(model, data, static_cast<Index>(batch));
                rows.push_back({static_cast<double>(seed), static_cast<double>(step), batch, a.eval_mode, a.train_mode,
                                a.train_sorted, a.eval_after, a.eval_after_sorted, a.recalibrated});
            };
            Index last = 0;
            train_with(recipe, model, data.train, seed, [&](Index step, Index images) {
                tick(images);
                last = step;
                if (std::find(early_steps.begin(), early_steps.end(), step) != early_steps.end()) measure(step, 100);
            });
            for (const double batch : batches) measure(last, batch);
            return rows;
        },
        finished);
}

/// The median over seeds, and over the rows that meet the conditions, of one accuracy minus another, in points.
inline double points_between(const RunTable& runs, const std::string& one, const std::string& other,
                             const RunTable::Where& where) {
    std::vector<double> differences = runs.values(one, where);
    const std::vector<double> subtracted = runs.values(other, where);
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = 100 * (differences[i] - subtracted[i]);
    return spread_of(differences).median;
}

/// The finding, from the runs: train mode against eval mode for one image and for the largest batch, mixed and sorted.
inline std::string eval_mode_title(const RunTable& runs) {
    const double last = runs.distinct("step").back(), largest = runs.distinct("batch").back();
    const auto points = [&](const std::string& column, double batch) {
        const double difference = points_between(runs, column, "eval_mode", {{"step", last}, {"batch", batch}});
        return (difference > 0 ? "+" : "") + number_text(difference, 1, true);
    };
    return "Without eval(): " + points("train_mode", 1) + " points one by one, " + points("train_mode", largest) +
           " in batches of " + number_text(largest) + ", " + points("train_sorted", largest) + " if sorted by class";
}

/// summary() over the early steps only: all but the last.
inline std::vector<Column> early_summary(const RunTable& runs, const std::string& name) {
    std::vector<Column> columns = summary(runs, "early_" + name, name, "step", {{"batch", 100}});
    for (Column& column : columns) column.values.pop_back();
    return columns;
}

inline Figure eval_mode_figure(const RunTable& runs, const Dataset& data, int epochs,
                               const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_eval_mode";
    figure.title = eval_mode_title(runs);
    figure.subtitle = "Validation accuracy; " + what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    const double last = runs.distinct("step").back();
    struct Line {
        const char *column, *label, *colour;
    };
    const Line lines[] = {{"recalibrated", "recalibrated", "C3"},
                          {"train_sorted", "train mode, sorted", "C5"},
                          {"train_mode", "train mode", "C2"},
                          {"eval_mode", "eval mode", "C1"}};
    std::string plots[2];
    double shift = 0.955;
    for (const Line& line : lines) {
        const std::string name = line.column;
        append(figure.columns, summary(runs, "batch_" + name, name, "batch", {{"step", last}}));
        append(figure.columns, early_summary(runs, name));
        for (int side = 0; side < 2; ++side)
            plots[side] += (plots[side].empty() ? "plot " : ", \\\n     ") +
                           points_with_bars((side == 0 ? "batch_" : "early_") + name, side == 0 ? "batch" : "step",
                                            line.colour, 100, shift);
        shift *= 1.03;
    }
    const auto side = [&](double left, const std::string& title, const std::string& x,
                          const std::vector<double>& tics) {
        return panel(left, left + 300, 110, 400) +
               fill_in(
                   "set logscale x 2; set xrange [<low>:<high>]; set xtics (<tics>); set xlabel '<x>' tc rgb INK\n"
                   "set title '{/:Bold <title>}' tc rgb INK\n",
                   {{"low", number_text(0.8 * tics.front())},
                    {"high", number_text(1.25 * tics.back())},
                    {"tics", joined(tics)},
                    {"x", x},
                    {"title", title}});
    };
    figure.commands = side(60, "accuracy (%), trained", "images in a test batch", runs.distinct("batch")) +
                      "set key at graph 0.98,0.72 top right reverse Left\n";
    for (const Line& line : lines)
        plots[0] +=
            fill_in(", \\\n     NaN with lines lw 1.9 lc rgb <c> title '<t>'", {{"c", line.colour}, {"t", line.label}});
    std::vector<double> early = runs.distinct("step");
    early.pop_back();
    figure.commands += plots[0] + "\nunset key\n" +
                       side(480, "accuracy (%), at the start", "training steps done", early) + plots[1] + "\n";
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> eval_mode_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(2000, 3000, 10'000), lab.choose(1000, 2000, 2000));
    const Recipe recipe{.epochs = lab.choose(1, 2, 4)};
    const std::vector<double> batches = lab.form == Form::quick
                                            ? std::vector<double>{1, 10, 100, 500}
                                            : std::vector<double>{1, 2, 5, 10, 20, 50, 100, 200, 500};
    const RunTable runs = eval_mode_runs(data, lab.seeds, recipe, batches, lab.finished);
    if (interrupted()) return {};
    const double last = runs.distinct("step").back();
    const auto row = [&](const char* what, double number, const RunTable::Where& where) {
        std::printf("%s %4.0f", what, number);
        for (const char* column :
             {"eval_mode", "train_mode", "train_sorted", "recalibrated", "eval_after", "eval_after_sorted"})
            std::printf("  %4.1f (%4.1f-%4.1f)", 100 * runs.median(column, where), 100 * runs.spread(column, where).low,
                        100 * runs.spread(column, where).high);
        std::printf("\n");
    };
    std::printf(
        "            eval mode         train mode        train, sorted     recalibrated      eval() after train mode, "
        "and sorted\n");
    for (const double step : runs.distinct("step"))
        if (step < last) row("after step", step, {{"step", step}, {"batch", 100}});
    for (const double batch : batches) row("batches of", batch, {{"step", last}, {"batch", batch}});
    for (const Index batch : {20, 100, 500})
        std::printf("validating in batches of %ld leaves %.2g %% of the running statistics that training had made\n",
                    static_cast<long>(batch), 100 * share_left(0.1, data.validation.size() / batch));
    return eval_mode_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
