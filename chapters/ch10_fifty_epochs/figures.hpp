// Chapter 10's figure: the article's four panels.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "ch10_fifty_epochs/history.hpp"
#include "common/figure.hpp"

namespace bn {

namespace detail {

/// Values at the ends of epochs, one column a channel, after a first one at epoch 0.
inline void add_epoch_columns(std::vector<Column>& columns, const std::string& name, const std::vector<Series>& channels, double initial,
                              std::size_t steps_per_epoch) {
    for (std::size_t c = 0; c < channels.size(); ++c) {
        Column column{name + "_" + std::to_string(c), {initial}};
        for (std::size_t step = steps_per_epoch; step <= channels[c].size(); step += steps_per_epoch) column.values.push_back(channels[c][step - 1]);
        columns.push_back(std::move(column));
    }
}

/// Three channels to pick out: those that end lowest, in the middle and highest.
inline std::vector<std::size_t> picked_channels(const std::vector<Series>& channels) {
    std::vector<std::size_t> order(channels.size());
    for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return channels[a].back() < channels[b].back(); });
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
    for (const Panel& p : panels) detail::add_epoch_columns(figure.columns, p.name, p.channels, p.initial, steps_per_epoch);

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

    const std::string last_channel = std::to_string(history.weight.size() - 1), last_epoch = std::to_string(std::max<std::size_t>(epochs, 1));
    figure.commands = "set xrange [0:" + last_epoch + "]\n";
    for (const Panel& p : panels) {
        const bool with_raw = p.initial == 0 && std::string(p.name) == "running_mean";
        // The axis fits the data, with a little room
        double low = p.initial, high = p.initial;
        for (std::size_t c = 0; c < p.channels.size(); ++c)
            for (std::size_t s = steps_per_epoch - 1; s < steps; s += steps_per_epoch) low = std::min(low, p.channels[c][s]), high = std::max(high, p.channels[c][s]);
        if (with_raw)
            for (std::size_t i = 0; i < picked.size(); ++i)
                for (std::size_t s = stride / 2; s < steps; s += stride) low = std::min(low, history.batch_mean[picked[i]][s]), high = std::max(high, history.batch_mean[picked[i]][s]);
        const double room = 0.04 * (high - low) + 1e-9;

        std::vector<double> ends;
        for (std::size_t c : picked) ends.push_back(p.channels[c][epochs * steps_per_epoch - 1]);
        const std::vector<double> labels = detail::apart(ends, (high - low) * 0.075);
        char text[400];
        std::snprintf(text, sizeof text, "set title '{/:Bold %s}' tc rgb INK\nset yrange [%g:%g]\n%s", p.title, low - room, high + room,
                      p.top > 400 ? "set xlabel 'epoch' tc rgb INK\n" : "");
        figure.commands += panel(p.left, p.left + 290, p.top, p.top + 250) + text;
        for (std::size_t i = 0; i < picked.size(); ++i) {
            std::snprintf(text, sizeof text, "set label %zu 'channel %zu' at %zu,%g offset 0.7,0 tc rgb C%zu font f11\n", i + 1, picked[i], epochs, labels[i], i + 1);
            figure.commands += text;
        }
        const std::string name = p.name;
        figure.commands += "plot for [c=0:" + last_channel + "] DATA using 'epoch':(column('" + name + "_'.c)) with lines lw 0.9 lc rgb CTX";
        for (std::size_t i = 0; i < picked.size() && with_raw; ++i)
            figure.commands += ", DATA using 'batch_epoch':'batch_mean_" + std::to_string(picked[i]) + "' with points pt 7 ps 0.25 lc rgb C" + std::to_string(i + 1);
        for (std::size_t i = 0; i < picked.size(); ++i)
            figure.commands += ", DATA using 'epoch':'" + name + "_" + std::to_string(picked[i]) + "' with lines lw 1.9 lc rgb C" + std::to_string(i + 1);
        figure.commands += "\n";
    }
    return figure;
}

}  // namespace bn
