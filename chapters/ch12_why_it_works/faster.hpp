// Experiment faster: how many epochs until 85 % of the validation images are right, with and without batch norm?
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

/// Validation accuracy `per_epoch` times an epoch, with and without batch norm, for each seed: columns seed,
/// batch_norm, epoch, validation.
inline RunTable faster_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, const Recipe& recipe,
                            int per_epoch, FinishedRuns* finished = nullptr) {
    std::vector<std::pair<std::uint64_t, bool>> settings;
    for (const std::uint64_t seed : seeds)
        for (const bool batch_norm : {true, false}) settings.emplace_back(seed, batch_norm);
    return run_all(
        {"seed", "batch_norm", "epoch", "validation"}, settings, data.train.size() * recipe.epochs,
        [&](const std::pair<std::uint64_t, bool>& setting, const auto& tick) {
            const auto [seed, batch_norm] = setting;
            Random random(seed);
            ResNet<float> model(random, batch_norm);
            const Index steps = DataLoader<float>(data.train, recipe.batch).batch_count();
            RunRows rows;
            train_with(recipe, model, data.train, seed, [&](Index step, Index images) {
                tick(images);
                const Index part = step * per_epoch / steps;
                if (part == (step - 1) * per_epoch / steps) return;
                rows.push_back({static_cast<double>(seed), batch_norm ? 1.0 : 0.0,
                                static_cast<double>(part) / static_cast<double>(per_epoch),
                                validation_accuracy(model, data.validation)});
            });
            return rows;
        },
        finished);
}

/// For each seed the epoch at which `target` is first reached; infinity if it never is.
inline std::vector<double> epochs_to(const RunTable& runs, double target, bool batch_norm) {
    std::vector<double> reached;
    for (const double seed : runs.distinct("seed")) {
        const RunTable::Where where = {{"seed", seed}, {"batch_norm", batch_norm ? 1.0 : 0.0}};
        const std::vector<double> epochs = runs.values("epoch", where), accuracy = runs.values("validation", where);
        const auto first = std::find_if(accuracy.begin(), accuracy.end(), [&](double a) { return a >= target; });
        reached.push_back(first == accuracy.end() ? std::numeric_limits<double>::infinity()
                                                  : epochs[static_cast<std::size_t>(first - accuracy.begin())]);
    }
    return reached;
}

inline constexpr double faster_target = 0.85;

/// "2.5 epochs", or "no epoch" if it is never reached.
inline std::string epochs_text(double epochs) {
    return std::isfinite(epochs) ? number_text(epochs) + (epochs == 1 ? " epoch" : " epochs") : "no epoch";
}

/// The finding, from the runs.
inline std::string faster_title(const RunTable& runs) {
    const double with = spread_of(epochs_to(runs, faster_target, true)).median,
                 without = spread_of(epochs_to(runs, faster_target, false)).median;
    return "85 % after " + epochs_text(with) + " with batch norm, after " + epochs_text(without) +
           " without: " + (with < without ? "faster" : "not faster");
}

inline Figure faster_figure(const RunTable& runs, const Dataset& data, int epochs,
                            const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_faster";
    figure.title = faster_title(runs);
    figure.subtitle = "Validation accuracy; " + what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    append(figure.columns, summary(runs, "with", "validation", "epoch", {{"batch_norm", 1}}));
    append(figure.columns, summary(runs, "without", "validation", "epoch", {{"batch_norm", 0}}));
    figure.commands = panel(60, 720, 100, 400) +
                      fill_in(
                          "set xrange [0:<epochs>]; set xlabel 'epoch' tc rgb INK\n"
                          "set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK\n"
                          "set label 2 'with' at <epochs>,<with> offset 0.8,0.4 tc rgb C1\n"
                          "set label 3 'without' at <epochs>,<without> offset 0.8,-0.4 tc rgb C2\n"
                          "plot 85 with lines dt 2 lw 1 lc rgb MUTED, ",
                          {{"epochs", std::to_string(epochs)},
                           {"with", number_text(100 * figure.columns[5].values.back(), 2)},
                           {"without", number_text(100 * figure.columns[9].values.back(), 2)}}) +
                      line_with_band("without", "epoch", "C2", 100) + ", \\\n     " +
                      line_with_band("with", "epoch", "C1", 100) + "\n";
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> faster_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, 10'000, lab.choose(1000, 2000, 2000));
    const Recipe recipe{.epochs = lab.choose(3, 4, 5)};
    const RunTable runs = faster_runs(data, lab.seeds, recipe, 4, lab.finished);
    if (interrupted()) return {};
    for (const bool batch_norm : {true, false}) {
        std::printf("%s  epochs to 85 %%:", batch_norm ? "with   " : "without");
        for (const double epochs : epochs_to(runs, faster_target, batch_norm)) std::printf(" %g", epochs);
        std::printf("\n");
    }
    return faster_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
