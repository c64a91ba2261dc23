// Chapter 10's figure: the article's four panels.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ch10_fifty_epochs/history.hpp"
#include "common/figure.hpp"

namespace bn {

namespace detail {

/// Values at the ends of epochs, one column a channel, after a first one at epoch 0.
inline void add_epoch_columns(std::vector<Column>& columns, const std::string& name,
                              const std::vector<Series>& channels, double initial, std::size_t steps_per_epoch) {
    for (std::size_t c = 0; c < channels.size(); ++c) {
        Column column{name + "_" + std::to_string(c), {initial}};
        for (std::size_t step = steps_per_epoch; step <= channels[c].size(); step += steps_per_epoch)
            column.values.push_back(channels[c][step - 1]);
        columns.push_back(std::move(column));
    }
}

/// Three channels to pick out: those that end lowest, in the middle and highest.
inline std::vector<std::size_t> picked_channels(const std::vector<Series>& channels) {
    std::vector<std::size_t> order(channels.size());
    for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return channels[a].back() < channels[b].back(); });
    return {order.front(), order[order.size() / 2], order.back()};
}

/// Where labels stand at the right end: at their lines, but at least `gap` apart, in the same order.
inline std::vector<double> apart(std::vector<double> places, double gap) {
    std::vector<std::size_t> order(places.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
    for (int round = 0; round < 50; ++round)
        for (std::size_t i = 1; i < order.size(); ++i) {
            double &below = places[order[i - 1]], &above = places[order[i]];
            const double push = std::max(0.0, gap - (above - below)) / 2;
            below -= push;
            above += push;
        }
    return places;
}

/// The smallest and the largest value in the columns whose names begin with one of `prefixes`, with a little room.
inline std::pair<double, double> axis_range(const std::vector<Column>& columns,
                                            const std::vector<std::string>& prefixes) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Column& column : columns)
        for (const std::string& prefix : prefixes)
            if (column.name.starts_with(prefix))
                for (double value : column.values) {
                    low = std::min(low, value);
                    high = std::max(high, value);
                }
    const double room = std::max(0.04 * (high - low), 0.001);
    return {low - room, high + room};
}

}  // namespace detail

/// Running mean (with the raw batch means behind it), running variance, weight and bias, all channels, by epoch.
inline Figure four_panels_figure(const BatchNormHistory& history, std::size_t steps_per_epoch, const std::string& title,
                                 const std::string& subtitle) {
    const std::size_t steps = history.weight[0].size(), epochs = steps / steps_per_epoch;
    Figure figure;
    figure.name = "ch10_fifty_epochs";
    figure.title = title;
    figure.subtitle = subtitle;
    figure.height = 720;

    figure.columns.push_back({"epoch", {}});
    for (std::size_t e = 0; e <= epochs; ++e) figure.columns[0].values.push_back(static_cast<double>(e));
    struct Panel {
        const char *name, *title;
        const std::vector<Series>& channels;
        double initial, left, top;
    };
    const Panel panels[] = {{"running_mean", "running mean, and batch means as dots", history.running_mean, 0, 60, 100},
                            {"running_var", "running variance", history.running_var, 1, 490, 100},
                            {"weight", "weight γ", history.weight, 1, 60, 420},
                            {"bias", "bias β", history.bias, 0, 490, 420}};
    for (const Panel& p : panels)
        detail::add_epoch_columns(figure.columns, p.name, p.channels, p.initial, steps_per_epoch);

    // Raw batch means of the picked channels, thinned to some 150 steps
    const std::vector<std::size_t> picked = detail::picked_channels(history.running_mean);
    const std::size_t stride = std::max<std::size_t>(1, steps / 150);
    Column at{"batch_epoch", {}};
    std::vector<Column> raw;
    for (std::size_t c : picked) raw.push_back({"batch_mean_" + std::to_string(c), {}});
    for (std::size_t step = stride / 2; step < steps; step += stride) {
        at.values.push_back(static_cast<double>(step + 1) / static_cast<double>(steps_per_epoch));
        for (std::size_t i = 0; i < picked.size(); ++i) raw[i].values.push_back(history.batch_mean[picked[i]][step]);
    }
    figure.columns.push_back(at);
    for (Column& column : raw) figure.columns.push_back(std::move(column));

    figure.commands = "set xrange [0:" + std::to_string(epochs) + "]\n";
    for (const Panel& p : panels) {
        const std::string name = p.name;
        const bool with_raw = name == "running_mean";
        const auto [low, high] =
            detail::axis_range(figure.columns, with_raw ? std::vector<std::string>{"running_mean_", "batch_mean_"}
                                                        : std::vector{name + "_"});
        std::vector<double> ends;
        for (std::size_t c : picked) ends.push_back(p.channels[c][epochs * steps_per_epoch - 1]);
        const std::vector<double> labels = detail::apart(ends, (high - low) * 0.07);

        // All channels in grey; behind the picked ones' lines their batch means
        std::string set_labels, plot_raw, plot_picked;
        for (std::size_t i = 0; i < picked.size(); ++i) {
            const std::vector<std::pair<std::string, std::string>> values = {
                {"channel", std::to_string(picked[i])},  {"name", name},
                {"colour", "C" + std::to_string(i + 1)}, {"epochs", std::to_string(epochs)},
                {"label", std::to_string(i + 1)},        {"place", number_text(labels[i])}};
            set_labels += fill_in(
                "set label <label> 'channel <channel>' at <epochs>,<place> offset 0.7,0 tc rgb <colour> font f11\n",
                values);
            if (with_raw)
                plot_raw += fill_in(
                    ", \\\n     DATA using 'batch_epoch':'batch_mean_<channel>' with points pt 7 ps 0.25 lc rgb "
                    "<colour>",
                    values);
            plot_picked +=
                fill_in(", \\\n     DATA using 'epoch':'<name>_<channel>' with lines lw 1.9 lc rgb <colour>", values);
        }
        figure.commands += panel(p.left, p.left + 290, p.top, p.top + 250) + set_labels;
        figure.commands += fill_in(R"(
set title '{/:Bold <title>}' tc rgb INK; set yrange [<low>:<high>]; set xlabel '<xlabel>' tc rgb INK
plot for [c=0:<last>] DATA using 'epoch':(column('<name>_'.c)) with lines lw 0.9 lc rgb CTX)",
                                   {{"title", p.title},
                                    {"name", name},
                                    {"low", number_text(low)},
                                    {"high", number_text(high)},
                                    {"xlabel", p.top > 400 ? "epoch" : ""},
                                    {"last", std::to_string(p.channels.size() - 1)}});
        figure.commands += plot_raw + plot_picked + "\n";
    }
    return figure;
}

}  // namespace bn
