// The chapter's two experiments: each trains what it needs, prints its table and returns its figure.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ch13_small_batches/figures.hpp"
#include "ch13_small_batches/runs.hpp"

namespace bn {

namespace detail {

/// A table of medians and ranges, one row for each batch size.
inline void print_table(const Plan& plan, const std::vector<Series>& series) {
    std::printf("\n%-6s", "batch");
    for (const Series& s : series) std::printf("  %-20s", s.label.c_str());
    std::printf("\n");
    for (std::size_t b = 0; b < plan.batches.size(); ++b) {
        std::printf("%5lld ", static_cast<long long>(plan.batches[b]));
        for (const Series& s : series) {
            const Spread spread = spread_of(s.results[b]);
            std::printf("  %4.1f (%4.1f-%4.1f)    ", 100 * spread.median, 100 * spread.low, 100 * spread.high);
        }
        std::printf("\n");
    }
    std::printf("validation accuracy in %%: median (lowest-highest) of %zu seed%s\n\n", plan.seeds.size(),
                plan.seeds.size() == 1 ? "" : "s");
}

/// A series: one member of the results of one norm.
inline Series series_of(const Runs& runs, const Plan& plan, Norm norm, double RunResult::*member, std::string column,
                        std::string label) {
    Series series{std::move(column), std::move(label), {}};
    for (const Index batch : plan.batches) {
        std::vector<double>& results = series.results.emplace_back();
        for (const std::uint64_t seed : plan.seeds) results.push_back(runs[{norm, batch, seed}].*member);
    }
    return series;
}

}  // namespace detail

/// Trains with every batch size and every norm. Nothing if Ctrl-C ended it.
inline std::optional<Figure> batch_size_experiment(Runs& runs, const Plan& plan) {
    std::printf("\n3. batch-size: which norms can be trained with small batches?\n");
    runs.provide(settings_of(plan, all_norms));
    if (interrupted()) return {};
    std::vector<Series> series;
    for (const Norm norm : all_norms) {
        std::string column = name_of(norm);
        column.replace(column.find(' '), 1, "_");
        series.push_back(detail::series_of(runs, plan, norm, &RunResult::validation, column, name_of(norm)));
    }
    detail::print_table(plan, series);
    return batch_size_figure(plan, series, runs.data());
}

/// Trains batch norm with every batch size; then takes the averages anew. Nothing if Ctrl-C ended it.
inline std::optional<Figure> recalibration_experiment(Runs& runs, const Plan& plan) {
    std::printf("\n4. recalibration: does a second pass over the data mend the running statistics?\n");
    runs.provide(settings_of(plan, std::vector<Norm>{Norm::batch}));
    if (interrupted()) return {};
    const auto of = [&](double RunResult::*member, const char* column, const char* label) {
        return detail::series_of(runs, plan, Norm::batch, member, column, label);
    };
    const std::vector<Series> series = {
        of(&RunResult::validation, "before", "before"),
        of(&RunResult::recalibrated, "same_batches", "in same batches"),
        of(&RunResult::recalibrated_large, "batches_of_128", "in batches of 128"),
        of(&RunResult::train_mode, "train_mode", "train mode"),
    };
    detail::print_table(plan, series);
    return recalibration_figure(plan, series, runs.data());
}

}  // namespace bn
