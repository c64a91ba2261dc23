// Experiment accuracy: with the same budget of epochs, is batch norm more accurate than the images can tell?
// README.md, "What the experiments have in common".
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

/// Pairs of networks, with and without batch norm, from the same seed and with the same budget of epochs, over which
/// the rate falls to 0. Two rows for each: columns seed, batch_norm, budget, last, best, only, images. `last` is the
/// validation accuracy after the last epoch, `best` that of the best epoch, selected by looking; `only` counts the
/// validation images that this network gets right and its partner does not, after the last epoch, of `images`.
inline RunTable accuracy_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds,
                              const std::vector<int>& budgets, Recipe recipe, FinishedRuns* finished = nullptr) {
    struct Setting {
        std::uint64_t seed;
        int budget;
    };
    std::vector<Setting> settings;  // the longest first, so that no thread is left with one at the end
    for (auto budget = budgets.rbegin(); budget != budgets.rend(); ++budget)
        for (const std::uint64_t seed : seeds) settings.push_back({seed, *budget});
    const auto images = [&](const Setting& s) { return 2 * data.train.size() * s.budget; };
    return run_all(
        {"seed", "batch_norm", "budget", "last", "best", "only", "images"}, settings, images,
        [&](const Setting& s, const auto& tick) {
            std::vector<bool> right[2];
            double last[2] = {}, best[2] = {};
            for (const bool batch_norm : {true, false}) {
                Random random(s.seed);
                ResNet<float> model(random, batch_norm);
                Recipe own = recipe;
                own.epochs = s.budget;
                const Index per_epoch = DataLoader<float>(data.train, own.batch).batch_count();
                train_with(own, model, data.train, s.seed, [&](Index step, Index count) {
                    tick(count);
                    if (step % per_epoch != 0) return;
                    last[batch_norm] = validation_accuracy(model, data.validation);
                    best[batch_norm] = std::max(best[batch_norm], last[batch_norm]);
                });
                model.eval();
                right[batch_norm] = right_answers(model, data.validation);
            }
            const PairedDifference pair = compare(right[1], right[0]);
            const auto row = [&](int batch_norm, Index only) {
                return std::vector<double>{static_cast<double>(s.seed),
                                           static_cast<double>(batch_norm),
                                           static_cast<double>(s.budget),
                                           last[batch_norm],
                                           best[batch_norm],
                                           static_cast<double>(only),
                                           static_cast<double>(data.validation.size())};
            };
            return RunRows{row(1, pair.only_first), row(0, pair.only_second)};
        },
        finished);
}

/// What the pairs of one budget say of the difference, with minus without, after the last epoch; fractions.
struct AccuracyDifference {
    double median;  // over the pairs
    double error;   // two standard errors of one pair's difference, Eq. (8.9): the median over the pairs
    /// Eq. (12.1)
    bool clear() const { return std::abs(median) > error; }
};
inline AccuracyDifference accuracy_difference(const RunTable& runs, double budget) {
    std::vector<double> differences, errors;
    for (const double seed : runs.distinct("seed")) {
        const auto value = [&](const char* name, double batch_norm) {
            return runs.values(name, {{"seed", seed}, {"budget", budget}, {"batch_norm", batch_norm}}).at(0);
        };
        const double n = value("images", 1), a = value("only", 1) / n, b = value("only", 0) / n;
        differences.push_back(value("last", 1) - value("last", 0));
        errors.push_back(2 * std::sqrt((a + b - (a - b) * (a - b)) / n));
    }
    return {spread_of(differences).median, spread_of(errors).median};
}

/// "+0.8 ± 1.2", in points
inline std::string difference_text(const AccuracyDifference& d) {
    return (d.median >= 0 ? "+" : "") + number_text(100 * d.median, 1, true) + " ± " + number_text(100 * d.error, 1);
}

/// The finding, from the runs.
inline std::string accuracy_title(const RunTable& runs) {
    const std::vector<double> budgets = runs.distinct("budget");
    const AccuracyDifference first = accuracy_difference(runs, budgets.front()),
                             last = accuracy_difference(runs, budgets.back());
    return difference_text(first) + " points after " + count_of(std::lround(budgets.front()), "epoch") + ", " +
           difference_text(last) + " after " + std::to_string(std::lround(budgets.back())) + ": " +
           (!last.clear()     ? "in the end no clear difference"
            : last.median > 0 ? "more accurate"
                              : "in the end less accurate");
}

inline Figure accuracy_figure(const RunTable& runs, const Dataset& data, const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_accuracy";
    figure.title = accuracy_title(runs);
    const std::vector<double> budgets = runs.distinct("budget");
    figure.subtitle = what_was_run(data, static_cast<int>(budgets.back()), seeds, "medians") +
                      "; bars: two standard errors of " + count_of(data.validation.size(), "image");
    figure.columns = runs.columns();
    for (const int with : {1, 0}) {
        const std::string name = with ? "with" : "without";
        append(figure.columns, summary(runs, name, "last", "budget", {{"batch_norm", with}}));
        append(figure.columns, summary(runs, name + "_best", "best", "budget", {{"batch_norm", with}}));
        Column error{name + "_error", {}};  // of the median: Eq. (8.8)
        for (const double budget : budgets)
            error.values.push_back(2 * standard_error(runs.median("last", {{"batch_norm", with}, {"budget", budget}}),
                                                      data.validation.size()));
        figure.columns.push_back(error);
    }
    figure.commands = panel(60, 690, 100, 400) +
                      fill_in(
                          "set logscale x; set xrange [<low>:<high>]; set xtics (<ticks>)\n"
                          "set xlabel 'epochs over which the rate falls to 0' tc rgb INK\n"
                          "set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK\n"
                          "set label 2 '● with, last epoch' at graph 1.02,0.70 tc rgb C1\n"
                          "set label 3 '○ with, best epoch' at graph 1.02,0.63 tc rgb C1\n"
                          "set label 4 '● without, last epoch' at graph 1.02,0.50 tc rgb C2\n"
                          "set label 5 '○ without, best epoch' at graph 1.02,0.43 tc rgb C2\n",
                          {{"low", number_text(budgets.front() / 1.2)},
                           {"high", number_text(budgets.back() * 1.2)},
                           {"ticks", joined(budgets)}});
    std::string plots;
    for (const int with : {0, 1})
        plots += fill_in(
            "<start>DATA using (<s>*column('<p>_budget')):(100*column('<p>_median')):(100*column('<p>_error')) with "
            "yerrorbars pt 0 lw 1 lc rgb <c>, \\\n"
            "     DATA using (<s>*column('<p>_budget')):(100*column('<p>_median')) with linespoints pt 7 ps 0.6 lw 1.9 "
            "lc "
            "rgb <c>, \\\n"
            "     DATA using (<s>*column('<p>_best_budget')):(100*column('<p>_best_median')) with points pt 6 ps 1.1 "
            "lw 1.5 "
            "lc rgb <c>",
            {{"start", with ? ", \\\n     " : "plot "},
             {"p", with ? "with" : "without"},
             {"c", with ? "C1" : "C2"},
             {"s", with ? "0.985" : "1.015"}});
    figure.commands += plots + "\n";
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> accuracy_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(1000, 1500, 10'000), lab.choose(1000, 2000, 2000));
    const RunTable runs = accuracy_runs(data, lab.seeds, {1, 4, 15}, {}, lab.finished);
    if (interrupted()) return {};
    std::printf("\nepochs  with: last, best    without: last, best   difference of the last, points\n");
    for (const double budget : runs.distinct("budget")) {
        std::printf("%6g", budget);
        for (const int with : {1, 0})
            for (const char* name : {"last", "best"})
                std::printf("  %8.2f", 100 * runs.median(name, {{"batch_norm", with}, {"budget", budget}}));
        const AccuracyDifference d = accuracy_difference(runs, budget);
        std::printf("      %+.2f +- %.2f\n", 100 * d.median, 100 * d.error);
    }
    std::printf("medians of %zu seeds; +-: two standard errors of the difference, %lld images\n\n", lab.seeds.size(),
                static_cast<long long>(data.validation.size()));
    return accuracy_figure(runs, data, lab.seeds);
}

}  // namespace bn
