// Experiment learning-rate: which learning rates does the network bear, with and without batch norm?
#pragma once

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

inline const std::vector<double> learning_rates = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1};

/// Each rate with and without batch norm and each seed: columns seed, batch_norm, rate, validation, finite. `finite` is
/// 0 if the loss was not finite in some step, where the run ended.
inline RunTable learning_rate_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds,
                                   const std::vector<double>& rates, const Recipe& recipe,
                                   FinishedRuns* finished = nullptr) {
    struct Setting {
        std::uint64_t seed;
        bool batch_norm;
        double rate;
    };
    std::vector<Setting> settings;
    for (const double rate : rates)
        for (const bool batch_norm : {true, false})
            for (const std::uint64_t seed : seeds) settings.push_back({seed, batch_norm, rate});
    return run_all(
        {"seed", "batch_norm", "rate", "validation", "finite"}, settings, data.train.size() * recipe.epochs,
        [&](const Setting& s, const auto& tick) {
            Random random(s.seed);
            ResNet<float> model(random, s.batch_norm);
            Recipe own = recipe;
            own.lr = s.rate;
            const bool finite = train_with(own, model, data.train, s.seed, [&](Index, Index images) { tick(images); });
            return RunRows{{static_cast<double>(s.seed), s.batch_norm ? 1.0 : 0.0, s.rate,
                            validation_accuracy(model, data.validation), finite ? 1.0 : 0.0}};
        },
        finished);
}

/// A run that is right no more often than this has learnt nothing: half of the images are birds.
inline constexpr double guessing = 0.55;

/// How many runs at this rate have learnt nothing.
inline long failures(const RunTable& runs, bool batch_norm, double rate) {
    const std::vector<double> all = runs.values("validation", {{"batch_norm", batch_norm ? 1 : 0}, {"rate", rate}});
    return std::count_if(all.begin(), all.end(), [](double a) { return a <= guessing; });
}

/// The highest rate at which the median run learns; 0 if there is none.
inline double highest_rate(const RunTable& runs, bool batch_norm) {
    double highest = 0;
    for (const double rate : runs.distinct("rate"))
        if (runs.median("validation", {{"batch_norm", batch_norm ? 1 : 0}, {"rate", rate}}) > guessing) highest = rate;
    return highest;
}

/// The median over seeds of the accuracy with minus without, at one rate; a fraction.
inline double gain_at(const RunTable& runs, double rate) {
    std::vector<double> with = runs.values("validation", {{"batch_norm", 1}, {"rate", rate}});
    const std::vector<double> without = runs.values("validation", {{"batch_norm", 0}, {"rate", rate}});
    for (std::size_t i = 0; i < with.size(); ++i) with[i] -= without[i];
    return spread_of(with).median;
}

/// The lowest and the highest rate whose median is within three points of the best median.
inline std::pair<double, double> good_rates(const RunTable& runs, bool batch_norm) {
    const auto median = [&](double rate) {
        return runs.median("validation", {{"batch_norm", batch_norm ? 1 : 0}, {"rate", rate}});
    };
    std::vector<double> rates = runs.distinct("rate");
    double best = 0;
    for (const double rate : rates) best = std::max(best, median(rate));
    std::erase_if(rates, [&](double rate) { return median(rate) < best - 0.03; });
    return {rates.front(), rates.back()};
}

/// The finding, from the runs.
inline std::string learning_rate_title(const RunTable& runs) {
    const auto text = [&](bool batch_norm) {
        const auto [low, high] = good_rates(runs, batch_norm);
        return number_text(low) + (low < high ? " to " + number_text(high) : "");
    };
    return "Within 3 points of its best: rates " + text(true) + " with batch norm, " + text(false) + " without";
}

inline Figure learning_rate_figure(const RunTable& runs, const Dataset& data, int epochs,
                                   const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_learning_rate";
    figure.title = learning_rate_title(runs);
    figure.subtitle = what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    append(figure.columns, summary(runs, "with", "validation", "rate", {{"batch_norm", 1}}));
    append(figure.columns, summary(runs, "without", "validation", "rate", {{"batch_norm", 0}}));
    const std::vector<double> rates = runs.distinct("rate");
    figure.commands =
        panel(60, 740, 100, 400) +
        fill_in(
            "set logscale x; set xrange [<low>:<high>]; set yrange [46:*]; set xlabel 'learning rate' tc rgb INK\n"
            "set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK\n"
            "set label 2 'with' at graph 1.02,0.6 tc rgb C1; set label 3 'without' at graph 1.02,0.52 tc rgb C2\n"
            "set label 4 'guessing' at graph 1.02,first 50 tc rgb MUTED\n",
            {{"low", number_text(rates.front() / 1.3)}, {"high", number_text(rates.back() * 1.3)}});
    int label = 5;
    for (const bool batch_norm : {true, false})
        for (const double rate : rates)
            if (const long count = failures(runs, batch_norm, rate))
                figure.commands +=
                    fill_in("set label <id> '<count> of <all> fail' at <rate>,<y> center tc rgb <colour> font f11\n",
                            {{"id", std::to_string(label++)},
                             {"count", std::to_string(count)},
                             {"all", std::to_string(seeds.size())},
                             {"rate", number_text(rate)},
                             {"y", batch_norm ? "54" : "47.5"},
                             {"colour", batch_norm ? "C1" : "C2"}});
    figure.commands += "plot 50 with lines dt 2 lw 1 lc rgb MUTED, \\\n     " +
                       points_with_bars("without", "rate", "C2", 100, 1.03) + ", \\\n     " +
                       points_with_bars("with", "rate", "C1", 100, 1 / 1.03) + "\n";
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> learning_rate_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(2000, 3000, 10'000), lab.choose(1000, 2000, 2000));
    const Recipe recipe{.epochs = lab.choose(1, 2, 2)};
    const RunTable runs = learning_rate_runs(data, lab.seeds, learning_rates, recipe, lab.finished);
    if (interrupted()) return {};
    std::printf("\n rate  with                 without              learnt nothing  loss not finite\n");
    for (const double rate : learning_rates) {
        std::printf("%5g", rate);
        long failed[2], infinite[2];
        for (const int with : {1, 0}) {
            const RunTable::Where where = {{"batch_norm", with}, {"rate", rate}};
            const Spread s = runs.spread("validation", where);
            std::printf("  %4.1f (%4.1f-%4.1f)    ", 100 * s.median, 100 * s.low, 100 * s.high);
            failed[with] = failures(runs, with == 1, rate);
            const std::vector<double> finite = runs.values("finite", where);
            infinite[with] = std::count(finite.begin(), finite.end(), 0.0);
        }
        std::printf("%ld, %ld            %ld, %ld\n", failed[1], failed[0], infinite[1], infinite[0]);
    }
    std::printf("validation accuracy in %%: median (lowest-highest) of %zu seeds; counts: with, without\n",
                lab.seeds.size());
    std::printf("learns up to rate %g with batch norm, %g without\n\n", highest_rate(runs, true),
                highest_rate(runs, false));
    return learning_rate_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
