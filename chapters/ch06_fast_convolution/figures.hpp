// Chapter 6's figures: what each step gains, and each layer under the roofline.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ch06_fast_convolution/layer_speeds.hpp"
#include "common/figure.hpp"

namespace bn {

struct Step {
    std::string text;  // "1  padding"
    int pass;          // 0 forward, 1 data gradient, 2 weight gradient
    double gflops;     // GFLOP/s
};

struct Limits {
    int threads;
    double one_thread, all_threads;  // multiply-adds alone, GFLOP/s
    double cache, memory;            // GB/s
};

namespace detail {
inline std::vector<double> column(const std::vector<Step>& steps, int pass) {
    std::vector<double> values;
    for (const Step& step : steps) values.push_back(step.pass == pass ? step.gflops : std::nan(""));
    return values;
}
}  // namespace detail

/// One row a step, on a logarithmic axis: steps of the forward pass, of the data gradient and of the weight gradient.
inline Figure steps_figure(const std::vector<Step>& steps, const Limits& limits) {
    Figure figure;
    figure.name = "ch06_steps";
    double slowest = 1e9, fastest = 0;
    std::string tics;
    std::vector<double> row;
    for (const Step& step : steps) {
        if (step.pass == 0) {
            slowest = std::min(slowest, step.gflops);
            fastest = std::max(fastest, step.gflops);
        }
        tics += (tics.empty() ? "\"" : ", \"") + step.text + "\" " + std::to_string(row.size());
        row.push_back(static_cast<double>(row.size()));
    }
    figure.title =
        "Each step gains a factor, together " + number_text(std::floor(fastest / slowest)) + " in the forward pass";
    figure.subtitle = "16 to 16 channels of 16x16 pixels, kernel 3x3, 64 images, float, fastest of several runs; " +
                      std::to_string(limits.threads) + (limits.threads == 1 ? " thread" : " threads") + " at most";
    figure.columns = {{"row", row},
                      {"forward", detail::column(steps, 0)},
                      {"d_x", detail::column(steps, 1)},
                      {"d_weight", detail::column(steps, 2)}};
    figure.height = 560;
    figure.commands = panel(240, 850, 100, 500) + fill_in(R"(
set arrow 1 from <one>,graph 0 to <one>,graph 1 nohead lc rgb MUTED lw 1 dt 2
set arrow 2 from <all>,graph 0 to <all>,graph 1 nohead lc rgb MUTED lw 1 dt 2
set label 1 'multiply-adds alone: 1 thread, <threads> threads' at <all>,graph 1.03 right tc rgb MUTED font f11
set ytics (<tics>) font f11
set logscale x; set xlabel 'GFLOP/s (logarithmic)' tc rgb INK; set xrange [0.2:1000]
set yrange [<rows>:-0.6]; unset grid; set grid xtics lt 1 lw 0.5 lc rgb GRID
digits(x) = sprintf(x < 10 ? '%.1f' : '%.0f', x)
plot for [k=1:3] DATA using (0.2):'row':(column(k+1)-0.2):(0) with vectors nohead lc rgb CTX lw 3, \
     DATA using 'forward':'row' with points pt 7 ps 1.1 lc rgb C1, \
     DATA using 'd_x':'row' with points pt 7 ps 1.1 lc rgb C2, \
     DATA using 'd_weight':'row' with points pt 7 ps 1.1 lc rgb C3, \
     for [k=1:3] DATA using (column(k+1)*1.12):'row':(digits(column(k+1))) with labels left tc rgb INK font f11
)",
                                                          {{"one", number_text(limits.one_thread)},
                                                           {"all", number_text(limits.all_threads)},
                                                           {"threads", std::to_string(limits.threads)},
                                                           {"tics", tics},
                                                           {"rows", std::to_string(steps.size()) + ".0 - 0.4"}});
    return figure;
}

/// Speed against intensity, both logarithmic, under what multiply-adds and memory allow: Eq. (6.4).
inline Figure roofline_figure(const std::vector<LayerSpeed>& layers, const Limits& limits) {
    Figure figure;
    figure.name = "ch06_roofline";
    figure.title = "Convolutions are bound by arithmetic, the layers between them by memory";
    figure.subtitle = "The layers of chapter 8's network, 64 images, forward and backward apart; " +
                      std::to_string(limits.threads) + (limits.threads == 1 ? " thread" : " threads") +
                      ", fastest of several runs";
    figure.columns = {{"intensity", {}}, {"forward", {}}, {"d_x", {}}, {"d_weight", {}}, {"other", {}}};
    std::string labels;
    for (const LayerSpeed& layer : layers) {
        const std::size_t column = !layer.convolution() ? 4 : layer.pass == "forward" ? 1 : layer.pass == "d_x" ? 2 : 3;
        figure.columns[0].values.push_back(layer.intensity);
        for (std::size_t c = 1; c <= 4; ++c)
            figure.columns[c].values.push_back(c == column ? layer.gflops : std::nan(""));
        // A convolution's name stands once above its points, any other pass has its own beside its point
        const auto label = [&](const std::string& text, double x, double y, const std::string& side) {
            labels += "set label '" + text + "' at " + number_text(x) + "," + number_text(y) + " " + side +
                      " noenhanced tc rgb INK font f11\n";
        };
        const bool forward = layer.pass == "forward", left = layer.layer == "relu" && !forward;
        if (layer.layer == "fc1") {
            if (!forward) label("fc1", layer.intensity, 0.75 * layer.gflops, "center");
        } else if (!layer.convolution())
            label(layer.layer + ", " + layer.pass, layer.intensity * (left ? 0.88 : 1.13),
                  layer.gflops * (forward ? 1.1 : 0.88), left ? "right" : "left");
        else if (forward)
            label(layer.layer, layer.intensity, limits.all_threads * (layer.layer == "res_block1.conv1" ? 1.95 : 1.35),
                  layer.layer == "res_block1.conv2" ? "left"
                  : layer.layer == "conv1"          ? "center"
                                                    : "right");
    }
    figure.height = 560;
    figure.commands = panel(80, 850, 110, 490) + labels +
                      fill_in(R"(
set logscale xy; set xrange [0.02:200]; set yrange [1:<top>]
set xlabel 'FLOP for each byte that has to be moved (logarithmic)' tc rgb INK
set label 'GFLOP/s (logarithmic)' at graph -0.06,1.05 left tc rgb INK
set label 'multiply-adds alone: <peak>' at 1.9,<peak>*1.25 right tc rgb MUTED font f11
set label '<cache> GB/s: from the caches' at 0.17,<cache>*0.17*1.9 left rotate by 32 tc rgb MUTED font f11
set label '<memory> GB/s: from memory' at 0.36,<memory>*0.36*0.6 left rotate by 32 tc rgb MUTED font f11
set label 'forward' at 60,14 left tc rgb C1 font f11
set label 'data gradient' at 60,10 left tc rgb C2 font f11
set label 'weight gradient' at 60,7.1 left tc rgb C3 font f11
set label 'other layers' at 60,5 left tc rgb C4 font f11
set samples 400
roof(x, bandwidth) = x * bandwidth < <peak> ? x * bandwidth : <peak>
plot roof(x, <cache>) with lines lc rgb MUTED lw 1 dt 2, roof(x, <memory>) with lines lc rgb MUTED lw 1.5, \
     DATA using 'intensity':'forward' with points pt 7 ps 1 lc rgb C1, \
     DATA using 'intensity':'d_x' with points pt 7 ps 1 lc rgb C2, \
     DATA using 'intensity':'d_weight' with points pt 7 ps 1 lc rgb C3, \
     DATA using 'intensity':'other' with points pt 7 ps 1 lc rgb C4
)",
                              {{"peak", number_text(limits.all_threads, 0)},
                               {"top", number_text(3 * limits.all_threads, 0)},
                               {"cache", number_text(limits.cache, 0)},
                               {"memory", number_text(limits.memory, 0)}});
    return figure;
}

}  // namespace bn
