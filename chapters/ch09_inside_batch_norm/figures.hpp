// Chapter 9's figures: the article's distributions, overlaid and one by one.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ch09_inside_batch_norm/distribution.hpp"
#include "common/figure.hpp"

namespace bn {

namespace detail {

/// The smallest ±limit, a multiple of 0.5, that holds 99.9 % of every channel's values.
inline double common_range(const std::vector<ChannelDistribution>& channels) {
    double limit = 0.5;
    for (const ChannelDistribution& channel : channels)
        while (limit < ChannelDistribution::limit &&
               static_cast<double>(channel.values_in(-limit, limit)) < 0.999 * static_cast<double>(channel.count()))
            limit += 0.5;
    return limit;
}

/// Densities over ±limit, a row a bin, Eq. (9.9): columns `value` (the bin's middle), `in_0` …, `out_0` …
inline std::vector<Column> density_columns(const std::vector<ChannelDistribution>& inputs,
                                           const std::vector<ChannelDistribution>& outputs, double limit) {
    const double width = limit > 8 ? 0.25 : 0.15;  // multiples of ChannelDistribution::bin_width
    const int bins = static_cast<int>(std::ceil(2 * limit / width));
    std::vector<Column> columns = {{"value", {}}};
    for (int b = 0; b < bins; ++b) columns[0].values.push_back(-limit + width * (b + 0.5));
    const auto add = [&](const std::string& prefix, const std::vector<ChannelDistribution>& channels) {
        for (std::size_t c = 0; c < channels.size(); ++c) {
            Column column{prefix + std::to_string(c), {}};
            for (int b = 0; b < bins; ++b) {
                const double low = -limit + width * b,
                             inside = static_cast<double>(channels[c].values_in(low, low + width));
                column.values.push_back(inside / (static_cast<double>(channels[c].count()) * width));
            }
            columns.push_back(std::move(column));
        }
    };
    add("in_", inputs);
    add("out_", outputs);
    return columns;
}

// "−1.08 to 0.62": the smallest and the largest of the channels.
template <class Value>
std::string range_text(const std::vector<ChannelDistribution>& channels, const Value& value) {
    double low = value(channels[0]), high = low;
    for (const ChannelDistribution& channel : channels) {
        low = std::min(low, value(channel));
        high = std::max(high, value(channel));
    }
    return number_text(low, 2, true) + " to " + number_text(high, 2, true);
}

}  // namespace detail

/// All channels in two panels: what goes in, what comes out.
inline Figure overlaid_figure(const std::vector<ChannelDistribution>& inputs,
                              const std::vector<ChannelDistribution>& outputs, const std::string& subtitle) {
    const double limit = std::max(detail::common_range(inputs), detail::common_range(outputs));
    const auto mean = [](const ChannelDistribution& d) { return d.mean(); };
    const auto sigma = [](const ChannelDistribution& d) { return d.sigma(); };
    Figure figure;
    figure.name = "ch09_input_and_output";
    figure.title = "Channels go in with places and widths of their own and come out alike";
    figure.subtitle = subtitle;
    figure.columns = detail::density_columns(inputs, outputs, limit);
    const auto half = [&](const std::string& side, const std::string& colour,
                          const std::vector<ChannelDistribution>& of) {
        return fill_in(R"(
set title "{/:Bold <side>put}: means <means>, σ <sigmas>" tc rgb INK; set xlabel '<side>put' tc rgb INK
plot for [c=0:<last>] DATA using 'value':(column('<side>_'.c)) with filledcurves y1=0 fc rgb <colour> fs transparent solid 0.05, \
     for [c=0:<last>] DATA using 'value':(column('<side>_'.c)) with lines lw 1 lc rgb <colour>
)",
                       {{"side", side},
                        {"colour", colour},
                        {"last", std::to_string(of.size() - 1)},
                        {"means", detail::range_text(of, mean)},
                        {"sigmas", detail::range_text(of, sigma)}});
    };
    figure.commands = fill_in(R"(
set xrange [-<limit>:<limit>]; set xtics 2; set yrange [0:*]; set ylabel 'density' tc rgb INK
set object 1 rectangle from -0.5,graph 0 to 0.5,graph 1 fc rgb C5 fs transparent solid 0.15 noborder behind
set label 1 "the article's\n[−0.5, 0.5]" at 0.6,graph 0.94 tc rgb '#9a6a00' font f11
)",
                              {{"limit", number_text(limit)}});
    figure.commands += panel(70, 430, 110, 400) + half("in", "'#6e7781'", inputs);
    figure.commands += "unset object 1; unset label 1; unset ylabel\n";
    figure.commands += panel(490, 850, 110, 400) + half("out", "C1", outputs);
    return figure;
}

/// Each channel in a panel of its own, input and output on one axis.
inline Figure channels_figure(const std::vector<ChannelDistribution>& inputs,
                              const std::vector<ChannelDistribution>& outputs, const std::string& subtitle) {
    const double limit = std::max(detail::common_range(inputs), detail::common_range(outputs));
    Figure figure;
    figure.name = "ch09_channels";
    figure.title = "Channel by channel: place and width change, the shape hardly does";
    figure.subtitle = "Input grey, output blue; " + subtitle;
    figure.columns = detail::density_columns(inputs, outputs, limit);
    const int channels = static_cast<int>(inputs.size()), rows = (channels + 3) / 4;
    figure.height = 90 + 150 * rows + 24;
    double highest = 0;
    for (std::size_t c = 1; c < figure.columns.size(); ++c)
        highest =
            std::max(highest, *std::max_element(figure.columns[c].values.begin(), figure.columns[c].values.end()));
    // The upper third of each panel is for its text
    figure.commands =
        fill_in("set xrange [-<limit>:<limit>]; set xtics 2; set yrange [0:<top>]; unset ytics; set border 1\n",
                {{"limit", number_text(limit)}, {"top", number_text(1.5 * highest)}});
    for (int c = 0; c < channels; ++c) {
        const double left = 30 + 208 * (c % 4), top = 76 + 150 * (c / 4);
        const auto numbers = [c](const std::vector<ChannelDistribution>& of) {
            const ChannelDistribution& d = of[static_cast<std::size_t>(c)];
            return number_text(d.mean(), 2, true) + ", σ " + number_text(d.sigma(), 2);
        };
        figure.commands += panel(left, left + 196, top, top + 132);
        figure.commands += fill_in(R"(
set format x '<format>'
set label 1 '{/:Bold channel <c>}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in <in>" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out <out>" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_<c>' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_<c>' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
)",
                                   {{"c", std::to_string(c)},
                                    {"format", c >= channels - 4 ? "%g" : ""},
                                    {"in", numbers(inputs)},
                                    {"out", numbers(outputs)}});
    }
    return figure;
}

}  // namespace bn
