// Chapter 2's two figures.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch02_batch_norm_2d/drawing.hpp"
#include "common/figure.hpp"
#include "common/tensor.hpp"

namespace bn {

/// White to blue for `share` from 0 to 1, light enough for black numbers.
inline std::string shade(double share) {
    std::array<char, 8> colour{};
    const auto part = [share](int full) { return static_cast<int>(255.0 - (255.0 - full) * (0.10 + 0.50 * share)); };
    std::snprintf(colour.data(), colour.size(), "#%02x%02x%02x", part(0x00), part(0x72), part(0xb2));
    return colour.data();
}

/// All images of x [N, C, H, W] one below the other, each a stack of sheets, one per channel: the front one is
/// channel 0, with its numbers; the others lie behind it, in grey.
inline void draw_images(Drawing& drawing, const Tensor<double>& x, double left, double top, double pitch) {
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    double low = x(0, 0, 0, 0), high = low;
    for (Index n = 0; n < N; ++n)
        for (Index h = 0; h < H; ++h)
            for (Index w = 0; w < W; ++w) low = std::min(low, x(n, 0, h, w)), high = std::max(high, x(n, 0, h, w));

    for (Index n = 0; n < N; ++n)
        for (Index c = C - 1; c >= 0; --c)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) {
                    const double cell_left = left + 46.0 * static_cast<double>(w) + 15.0 * static_cast<double>(c);
                    const double cell_top = top + pitch * static_cast<double>(n) + 34.0 * static_cast<double>(h) -
                                            13.0 * static_cast<double>(c);
                    const double value = x(n, c, h, w);
                    drawing.rectangle(cell_left, cell_top, 46, 34, c ? "#f3f5f7" : shade((value - low) / (high - low)),
                                      c ? "#aeb6bf" : "#0072B2");
                    if (c == 0) drawing.text(cell_left + 23, cell_top + 17, short_number(value), "center tc rgb INK");
                }
}

/// The article's "How Batch Normalization works": [3, 3, 2, 2], one channel's numbers through all images.
inline Figure how_figure(const Tensor<double>& x, const ChannelStatistics& s, const Tensor<double>& x_hat,
                         const Tensor<double>& weight, const Tensor<double>& bias, const Tensor<double>& y) {
    Figure figure;
    figure.name = "ch02_how_batch_norm_works";
    figure.title = "One mean and one σ per channel, taken over all images and positions";
    figure.subtitle =
        "3 images, 3 channels, 2 × 2 pixels: channel 0 in blue, darker where larger; ε = 10⁻⁵ does not show";
    figure.height = 540;
    const auto values = [](const Tensor<double>& t) {
        return std::vector<double>(t.values().begin(), t.values().end());
    };
    figure.columns = {{"x", values(x)},         {"x_hat", values(x_hat)},   {"y", values(y)},      {"mean", s.mean},
                      {"variance", s.variance}, {"weight", values(weight)}, {"bias", values(bias)}};

    Drawing d(figure.width, figure.height);
    const std::array<double, 3> left = {92, 407, 722};
    const double top = 158, pitch = 124, middle = top + pitch + 34;
    const std::array<const Tensor<double>*, 3> stages = {&x, &x_hat, &y};
    const std::array<const char*, 3> names = {"x", "x̂ = (x − μ) / √(σ² + ε)", "y = γ x̂ + β"};
    for (std::size_t i = 0; i < 3; ++i) {
        draw_images(d, *stages[i], left[i], top, pitch);
        d.text(left[i] + 61, 100, names[i], "center tc rgb INK");
    }

    // From every blue sheet to the channel's numbers, and on to every blue sheet
    const std::array<double, 2> box = {left[0] + 158, left[1] + 158};
    for (std::size_t i = 0; i < 2; ++i)
        for (int n = 0; n < 3; ++n) {
            const double row = top + pitch * n + 34;
            if (i == 0) d.line(left[i] + 92, row, box[i], middle + 12.0 * (n - 1), "C1");
            d.line(box[i] + 112, middle + 12.0 * (n - 1), left[i + 1] - 4, row, "C1", true);
        }
    const auto pair = [](const char* a, double value, const char* b, double other) {
        return std::string(a) + " = " + short_number(value) + ",  " + b + " = " + short_number(other);
    };
    const auto statistics = [&](std::size_t c) { return pair("μ", s.mean[c], "σ", std::sqrt(s.variance[c])); };
    const auto parameters = [&](std::size_t c) {
        return pair("γ", weight[static_cast<Index>(c)], "β", bias[static_cast<Index>(c)]);
    };
    const auto numbers = [&](double at, const char* what, const char* more, const auto& of_channel) {
        d.text(at + 56, middle - 61, what, "center tc rgb INK font f11");
        d.text(at + 56, middle - 45, more, "center tc rgb INK font f11");
        d.rectangle(at, middle - 26, 112, 52, "#ffffff", "#0072B2");
        d.text(at + 56, middle - 10, "channel 0", "center tc rgb C1 font f11");
        d.text(at + 56, middle + 10, of_channel(0), "center tc rgb C1");
        for (std::size_t c : {1u, 2u}) {
            const double row = middle + 54 + 40.0 * static_cast<double>(c - 1);
            d.text(at + 56, row - 8, "channel " + std::to_string(c), "center tc rgb MUTED font f11");
            d.text(at + 56, row + 8, of_channel(c), "center tc rgb MUTED font f11");
        }
    };
    numbers(box[0], "of this batch:", "12 numbers each", statistics);
    numbers(box[1], "learned:", "one pair each", parameters);

    // Names of the four dimensions
    for (int n = 0; n < 3; ++n)
        d.text(left[0] - 12, top + pitch * n + 34, "image " + std::to_string(n), "right tc rgb MUTED font f11");
    const double bottom = top + 2 * pitch + 68;
    d.line(left[0], bottom + 12, left[0] + 92, bottom + 12, "MUTED", true);
    d.text(left[0] + 46, bottom + 25, "W", "center tc rgb MUTED font f11");
    d.line(left[0] - 12, top + 2 * pitch + 48, left[0] - 12, bottom, "MUTED", true);
    d.text(left[0] - 24, bottom - 8, "H", "center tc rgb MUTED font f11");
    d.line(left[0] - 8, top - 6, left[0] + 22, top - 32, "MUTED", true);
    d.text(left[0] - 4, top - 26, "C", "center tc rgb MUTED font f11");
    d.line(left[0] - 72, top + 10, left[0] - 72, bottom, "MUTED", true);
    d.text(left[0] - 72, top - 4, "N", "center tc rgb MUTED font f11");
    figure.commands = d.commands();
    return figure;
}

/// Histograms of one channel before and after, in the same bins, beside the normal curve of the same mean and σ.
inline Figure bimodal_figure(const Tensor<double>& x, const Tensor<double>& y, std::uint64_t seed) {
    const Moments in = moments<double>(x.values()), out = moments<double>(y.values());
    const double sigma_in = std::sqrt(in.variance), sigma_out = std::sqrt(out.variance);
    const int bins = 48;
    const Histogram before = histogram<double>(x.values(), in.mean - 3.2 * sigma_in, in.mean + 3.2 * sigma_in, bins);
    const Histogram after = histogram<double>(y.values(), out.mean - 3.2 * sigma_out, out.mean + 3.2 * sigma_out, bins);

    Figure figure;
    figure.name = "ch02_bimodal";
    figure.title = "Standardised is not normal: two humps stay two humps";
    figure.subtitle = std::to_string(x.numel()) + " values of one channel, a mixture of two normals, seed " +
                      std::to_string(seed) + "; dashed: the normal curve of the same mean and σ";
    figure.height = 420;
    figure.columns = {{"x", before.edge}, {"x_share", before.share}, {"y", after.edge}, {"y_share", after.share}};
    const auto normal = [](const char* name, const Moments& m) {
        std::array<char, 200> text{};
        std::snprintf(text.data(), text.size(), "%s(x) = 6.4/48/sqrt(2*pi)*exp(-(x - (%.9g))**2/(2*%.9g))\n", name,
                      m.mean, m.variance);
        return std::string(text.data());
    };
    const auto label = [](const Moments& m) {
        std::array<char, 200> text{};
        std::snprintf(text.data(), text.size(), "mean %.2f, σ %.2f\\nskewness %.3f\\nkurtosis %.3f", std::abs(m.mean),
                      std::sqrt(m.variance), m.skewness, m.kurtosis);
        return std::string(text.data());
    };
    const auto range = [](const Histogram& h) {
        return "set xrange [" + std::to_string(h.edge.front()) + ":" + std::to_string(h.edge.back()) + "]\n";
    };
    figure.commands = normal("before", in) + normal("after", out) +
                      "set samples 400; set xtics nomirror; set ytics nomirror\n" + panel(70, 450, 84, 360) +
                      range(before) + R"(
set yrange [0:0.11]; set ytics nomirror 0.02; set format y '%.2f'
set ylabel 'share of the values, by bin' tc rgb INK
set xlabel 'x, the input' tc rgb INK
)" + "set label 11 \"" +
                      label(in) + R"(" at graph 0.02,0.95 tc rgb INK font f11
plot DATA using 'x':'x_share' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'x':'x_share' with lines lc rgb '#6e7781' lw 1, \
     before(x) with lines dt 2 lw 1.3 lc rgb INK
unset label 11; unset ylabel; set format y ''
)" + panel(480, 860, 84, 360) +
                      range(after) + R"(
set xlabel 'x̂, the output with γ = 1 and β = 0' tc rgb INK
)" + "set label 11 \"" +
                      label(out) + R"(" at graph 0.02,0.95 tc rgb INK font f11
plot DATA using 'y':'y_share' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.40, \
     DATA using 'y':'y_share' with lines lc rgb C1 lw 1.4, \
     after(x) with lines dt 2 lw 1.3 lc rgb INK
)";
    return figure;
}

}  // namespace bn
