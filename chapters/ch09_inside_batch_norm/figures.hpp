// Chapter 9's figures: the article's distributions, overlaid and one by one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
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

/// Densities over ±limit, a row a bin: columns `value` (the bin's middle), `in_0` …, `out_0` …
inline std::vector<Column> density_columns(const DistributionRecorder& recorder, double limit) {
    const double width = limit > 8 ? 0.25 : 0.15;  // multiples of ChannelDistribution::bin_width
    const int bins = static_cast<int>(std::ceil(2 * limit / width));
    std::vector<Column> columns = {{"value", {}}};
    for (int b = 0; b < bins; ++b) columns[0].values.push_back(-limit + width * (b + 0.5));
    const auto add = [&](const std::string& prefix, const std::vector<ChannelDistribution>& channels) {
        for (std::size_t c = 0; c < channels.size(); ++c) {
            Column& column = columns.emplace_back(prefix + std::to_string(c), std::vector<double>{});
            for (int b = 0; b < bins; ++b) {
                const double low = -limit + width * b, inside = static_cast<double>(channels[c].values_in(low, low + width));
                column.values.push_back(inside / (static_cast<double>(channels[c].count()) * width));
            }
        }
    };
    add("in_", recorder.inputs);
    add("out_", recorder.outputs);
    return columns;
}

// Two digits, with a real minus and without a negative zero.
inline std::string two_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", std::abs(value) < 0.005 ? 0.0 : value);
    return text[0] == '-' ? "−" + std::string(text + 1) : text;
}

// "−1.08 to 0.62": the smallest and the largest of the channels.
template <class Value>
std::string range_text(const std::vector<ChannelDistribution>& channels, const Value& value) {
    double low = value(channels[0]), high = low;
    for (const ChannelDistribution& channel : channels) {
        low = std::min(low, value(channel));
        high = std::max(high, value(channel));
    }
    return two_digits(low) + " to " + two_digits(high);
}

}  // namespace detail

/// All channels in two panels: what goes in, what comes out.
inline Figure overlaid_figure(const DistributionRecorder& recorder, const std::string& layer, const std::string& data, std::uint64_t seed) {
    const double limit = std::max(detail::common_range(recorder.inputs), detail::common_range(recorder.outputs));
    const std::string channels = std::to_string(recorder.inputs.size());
    const auto mean = [](const ChannelDistribution& d) { return d.mean(); };
    const auto sigma = [](const ChannelDistribution& d) { return d.sigma(); };
    Figure figure;
    figure.name = "ch09_input_and_output";
    figure.title = "Channels go in with places and widths of their own and come out alike";
    figure.subtitle = layer + ", " + channels + " channels, one training epoch, all batches; " + data + ", seed " + std::to_string(seed);
    figure.columns = detail::density_columns(recorder, limit);
    char range[64];
    std::snprintf(range, sizeof range, "set xrange [%g:%g]; set xtics %g\n", -limit, limit, limit > 8 ? 4.0 : 2.0);
    const std::string all = "[c=0:" + std::to_string(recorder.inputs.size() - 1) + "]";
    const auto draw = [&](const std::string& side, const std::string& colour) {
        const std::string curve = " DATA using 'value':(column('" + side + "_'.c)) with ";
        return "plot for " + all + curve + "filledcurves y1=0 fc rgb " + colour + " fs transparent solid 0.05, for " + all + curve + "lines lw 1 lc rgb " + colour + "\n";
    };
    figure.commands = range + std::string("set yrange [0:*]; set ylabel 'density' tc rgb INK\n") + panel(70, 430, 110, 400) +
                      "set object 1 rectangle from -0.5,graph 0 to 0.5,graph 1 fc rgb C5 fs transparent solid 0.15 noborder behind\n"
                      "set label 1 \"the article's\\n[−0.5, 0.5]\" at 0.6,graph 0.94 tc rgb '#9a6a00' font f11\n"
                      "set title \"{/:Bold input}: means " + detail::range_text(recorder.inputs, mean) + ", σ " + detail::range_text(recorder.inputs, sigma) +
                      "\" tc rgb INK\nset xlabel 'input' tc rgb INK\n" + draw("in", "'#6e7781'") +
                      "unset object 1; unset label 1; unset ylabel\n" + panel(490, 850, 110, 400) +
                      "set title \"{/:Bold output}: means " + detail::range_text(recorder.outputs, mean) + ", σ " + detail::range_text(recorder.outputs, sigma) +
                      "\" tc rgb C1\nset xlabel 'output' tc rgb INK\n" + draw("out", "C1");
    return figure;
}

/// Each channel in a panel of its own, input and output on one axis.
inline Figure channels_figure(const DistributionRecorder& recorder, const std::string& layer, const std::string& data, std::uint64_t seed) {
    const double limit = std::max(detail::common_range(recorder.inputs), detail::common_range(recorder.outputs));
    Figure figure;
    figure.name = "ch09_channels";
    figure.title = "Channel by channel: place and width change, the shape hardly does";
    figure.subtitle = layer + ", input grey and output blue, one training epoch; " + data + ", seed " + std::to_string(seed);
    figure.columns = detail::density_columns(recorder, limit);
    const int channels = static_cast<int>(recorder.inputs.size()), rows = (channels + 3) / 4;
    figure.height = 90 + 150 * rows + 24;
    double highest = 0;
    for (const Column& column : figure.columns)
        if (column.name != "value") highest = std::max(highest, *std::max_element(column.values.begin(), column.values.end()));
    char ranges[200];
    std::snprintf(ranges, sizeof ranges, "set xrange [%g:%g]; set yrange [0:%g]; set xtics %g; unset ytics; set border 1\n", -limit, limit, 1.5 * highest, limit > 5 ? 4.0 : 2.0);
    figure.commands = ranges;
    for (int c = 0; c < channels; ++c) {
        const double left = 30 + 208 * (c % 4), top = 76 + 150 * (c / 4);
        const ChannelDistribution &in = recorder.inputs[static_cast<std::size_t>(c)], &out = recorder.outputs[static_cast<std::size_t>(c)];
        const std::string channel = std::to_string(c);
        const std::string text = std::string("set format x '") + (c >= channels - 4 ? "%g" : "") + "'\n" +
            "set label 1 '{/:Bold channel " + channel + "}' at graph 0.02,0.94 tc rgb INK font f11\n" +
            "set label 2 \"in " + detail::two_digits(in.mean()) + ", σ " + detail::two_digits(in.sigma()) + "\" at graph 0.02,0.82 tc rgb '#6e7781' font f11\n" +
            "set label 3 \"out " + detail::two_digits(out.mean()) + ", σ " + detail::two_digits(out.sigma()) + "\" at graph 0.98,0.94 right tc rgb C1 font f11\n" +
            "plot DATA using 'value':'in_" + channel + "' with filledcurves y1=0 fc rgb '#d0d7de' fs solid border rgb '#6e7781' lw 1, " +
            "DATA using 'value':'out_" + channel + "' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4 border rgb C1 lw 1.4\n";
        figure.commands += panel(left, left + 196, top, top + 132) + text;
    }
    return figure;
}

}  // namespace bn
