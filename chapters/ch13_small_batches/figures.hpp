// Chapter 13's figures: lines over batch sizes, with the range over seeds.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ch13_small_batches/runs.hpp"
#include "common/figure.hpp"

namespace bn {

/// Accuracies as fractions: results[b][s] for batch size b and seed s.
struct Series {
    std::string column;  // its name in the .tsv
    std::string label;
    std::vector<std::vector<double>> results;
};

/// Every run as a row (batch, seed, one column for each series), and beside them medians and ranges for each batch
/// size.
inline std::vector<Column> columns_of(const Plan& plan, const std::vector<Series>& series) {
    std::vector<Column> columns = {{"batch", {}}, {"seed", {}}};
    for (const Series& s : series) columns.push_back({s.column, {}});
    for (std::size_t b = 0; b < plan.batches.size(); ++b)
        for (std::size_t i = 0; i < plan.seeds.size(); ++i) {
            columns[0].values.push_back(static_cast<double>(plan.batches[b]));
            columns[1].values.push_back(static_cast<double>(plan.seeds[i]));
            for (std::size_t k = 0; k < series.size(); ++k) columns[2 + k].values.push_back(series[k].results[b][i]);
        }
    columns.push_back({"batch_size", {plan.batches.begin(), plan.batches.end()}});
    for (const Series& s : series) {
        Column low{s.column + "_low", {}}, median{s.column + "_median", {}}, high{s.column + "_high", {}};
        for (const std::vector<double>& results : s.results) {
            const Spread spread = spread_of(results);
            low.values.push_back(spread.low);
            median.values.push_back(spread.median);
            high.values.push_back(spread.high);
        }
        columns.insert(columns.end(), {median, low, high});
    }
    return columns;
}

/// "CIFAR-10 photographs; 3,000 images x 3 epochs, …; seeds 0 to 2"
inline std::string what_was_run(const Plan& plan, const Dataset& data) {
    const std::string first = std::to_string(plan.seeds.front()), last = std::to_string(plan.seeds.back());
    return data.name + ", " + std::to_string(data.train.size()) + " images, " + std::to_string(plan.epochs) +
           (plan.epochs == 1 ? " epoch" : " epochs") + "; median and range of " + std::to_string(plan.seeds.size()) +
           (plan.seeds.size() == 1 ? " run (seed " : " runs (seeds ") + first + (first == last ? "" : "–" + last) + ")";
}

namespace detail {

/// Heights for labels at these values, at least `gap` apart, as near to them as their order allows.
inline std::vector<double> label_heights(const std::vector<double>& values, double gap) {
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> heights = values;
    for (int sweep = 0; sweep < 100; ++sweep)
        for (std::size_t i = 1; i < order.size(); ++i) {
            double &below = heights[order[i - 1]], &above = heights[order[i]];
            const double push = 0.5 * std::max(gap - (above - below), 0.0);
            below -= push;
            above += push;
        }
    return heights;
}

inline Figure lines_over_batches(const Plan& plan, const std::vector<Series>& series) {
    Figure figure;
    figure.columns = columns_of(plan, series);
    double low = 1.0, high = 0.5;
    std::vector<double> ends;
    for (const Series& s : series) {
        for (const std::vector<double>& results : s.results) {
            low = std::min(low, spread_of(results).low);
            high = std::max(high, spread_of(results).high);
        }
        ends.push_back(100 * spread_of(s.results.back()).median);
    }
    const double bottom = 5 * std::floor(20 * low), top = std::min(100.0, 5 * std::ceil(20 * high + 0.2));
    const std::vector<double> heights = label_heights(ends, (top - bottom) / 19);
    figure.commands = panel(60, 700, 100, 400) +
                      fill_in(
                          "set logscale x 2; set xrange [<first>*0.85:<last>*1.18]; set yrange [<bottom>:<top>]\n"
                          "set xlabel 'images in a batch' tc rgb INK\n"
                          "set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK\n",
                          {{"first", std::to_string(plan.batches.front())},
                           {"last", std::to_string(plan.batches.back())},
                           {"bottom", number_text(bottom)},
                           {"top", number_text(top)}});
    std::string plots;
    for (std::size_t k = 0; k < series.size(); ++k) {
        // Side by side, so that ranges do not hide each other
        const std::string colour = "C" + std::to_string(k + 1),
                          shift = number_text(std::pow(1.035, static_cast<double>(k) - 1.5), 4);
        figure.commands +=
            fill_in("set label <id> '<label> <value>' at graph 1,first <height> offset 0.8,0 tc rgb <colour>\n",
                    {{"id", std::to_string(k + 2)},
                     {"label", series[k].label},
                     {"value", number_text(ends[k], 1)},
                     {"height", number_text(heights[k], 2)},
                     {"colour", colour}});
        plots += fill_in(
            "<comma>DATA using (column('batch_size')*<shift>):(100*column('<c>_median')):(100*column('<c>_low')):"
            "(100*column('<c>_high')) with yerrorbars pt 0 lw 1 lc rgb <colour>, \\\n"
            "     DATA using (column('batch_size')*<shift>):(100*column('<c>_median')) with linespoints pt 7 ps 0.5 "
            "lw 1.9 lc rgb <colour>",
            {{"comma", k == 0 ? "plot " : ", \\\n     "},
             {"c", series[k].column},
             {"shift", shift},
             {"colour", colour}});
    }
    figure.commands += plots + "\n";
    return figure;
}

/// The median over seeds of `other` minus `one` with the same seed, in points, with its sign. Of 2,000 images one is
/// 0.05 points: two decimals, and nothing is rounded.
inline std::string difference(const Plan& plan, const Series& one, const Series& other, std::size_t b) {
    std::vector<double> differences;
    for (std::size_t i = 0; i < plan.seeds.size(); ++i)
        differences.push_back(100 * (other.results[b][i] - one.results[b][i]));
    const std::string text = number_text(spread_of(differences).median, 2, true);
    return (text[0] >= '0' && text[0] <= '9' ? "+" : "") + text;
}

/// For a title: "-10.60 points in batches of 1, +0.75 of 128", the smallest and the largest batches.
inline std::string differences(const Plan& plan, const Series& one, const Series& other) {
    const auto size = [&](std::size_t b) { return std::to_string(plan.batches[b]); };
    const std::size_t last = plan.batches.size() - 1;
    return difference(plan, one, other, 0) + " points in batches of " + size(0) +
           (last > 0 ? ", " + difference(plan, one, other, last) + " of " + size(last) : "");
}

}  // namespace detail

/// Validation accuracy of four norms against the batch size of the training: `series` in the order of all_norms.
inline Figure batch_size_figure(const Plan& plan, const std::vector<Series>& series, const Dataset& data) {
    Figure figure = detail::lines_over_batches(plan, series);
    figure.name = "ch13_batch_size";
    figure.title = "Batch norm vs group norm: " + detail::differences(plan, series[1], series[0]);
    figure.subtitle = what_was_run(plan, data);
    return figure;
}

/// Validation accuracy of batch norm before and after recalibration: `series` as the experiment makes them.
inline Figure recalibration_figure(const Plan& plan, const std::vector<Series>& series, const Dataset& data) {
    Figure figure = detail::lines_over_batches(plan, series);
    figure.name = "ch13_recalibration";
    figure.title = "Recalibration: " + detail::differences(plan, series[0], series[2]);
    figure.subtitle = what_was_run(plan, data);
    return figure;
}

}  // namespace bn
