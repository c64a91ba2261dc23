// Chapter 11's two figures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ch11_activation_regions/activations.hpp"
#include "ch11_activation_regions/surviving_gradient.hpp"
#include "common/figure.hpp"

namespace bn {

/// snprintf into a string.
template <class... Numbers>
std::string formatted(const char* format, Numbers... numbers) {
    char text[256];
    std::snprintf(text, sizeof text, format, numbers...);
    return text;
}

/// Above, each activation; below, its derivative, with the article's region shaded and, as a bar, the region in which
/// the slope is at least half of its largest.
inline Figure activations_figure() {
    const auto at_one = [](const Activation& f) { return 100.0 * f.derivative(1.0) / f.steepest; };
    Figure figure;
    figure.name = "ch11_activations";
    figure.title = formatted("At x = 1, sigmoid keeps %.0f %% of its steepest slope, tanh %.0f %%, ReLU all of it",
                             at_one(activations[1]), at_one(activations[2]));
    figure.subtitle =
        "Each activation f and its slope f′. Shaded: the article’s region. Bar: where the slope is at least half of "
        "its largest.";
    figure.height = 500;
    figure.columns = {{"x", {}}};
    for (int i = -200; i <= 200; ++i) figure.columns[0].values.push_back(0.02 * i);
    for (const Activation& f : activations) {
        Column value{f.name, {}}, slope{std::string(f.name) + "_slope", {}};
        for (double x : figure.columns[0].values) {
            value.values.push_back(f.value(x));
            slope.values.push_back(f.derivative(x));
        }
        figure.columns.push_back(value);
        figure.columns.push_back(slope);
    }

    figure.commands = "set tics nomirror; set xrange [-4:4]; set xtics 2\n";
    const char* titles[] = {"ReLU", "sigmoid σ", "tanh"};
    const char* value_ranges[] = {"set yrange [-0.2:4.2]; set ytics 1", "set yrange [-0.05:1.05]; set ytics 0.25",
                                  "set yrange [-1.1:1.1]; set ytics 0.5"};
    for (std::size_t k = 0; k < activations.size(); ++k) {
        const Activation& f = activations[k];
        const Region half = steep_region(f, 0.5);
        const double left = 60 + 286 * static_cast<double>(k), right = left + 230;
        const std::string shade = formatted(
            "set object 1 rectangle from first %g,graph 0 to first %g,graph 1 "
            "fc rgb '#fbe7bf' fs solid noborder behind\n",
            f.article.low, f.article.high);

        // The activation
        figure.commands += panel(left, right, 100, 230) + shade + value_ranges[k] + "; set format x ''\n";
        figure.commands += formatted("set label 1 '{/:Bold %s}' at graph 0,1.1 left tc rgb INK\n", titles[k]);
        figure.commands += formatted("set label 2 'f' at graph %s tc rgb INK\n", k == 0 ? "0.86,0.93" : "0.93,0.8");
        figure.commands +=
            formatted("set label 3 'article: [%s%g, %g]' at graph 0.98,0.08 right tc rgb '#8a6100' font f11\n",
                      f.article.low < 0 ? "−" : "", std::abs(f.article.low), f.article.high);
        figure.commands += formatted("plot DATA using 'x':'%s' with lines lc rgb INK lw 2\n", f.name);

        // Its slope, the region where that is large, and what is left of it at 1
        figure.commands += panel(left, right, 260, 440) +
                           "unset label; set yrange [-0.05:1.1]; set ytics 0.25; set format x '%g'\n"
                           "set xlabel 'x' tc rgb INK offset 0,0.3\n";
        const double level = 0.5 * f.steepest, slope = f.derivative(1.0);
        figure.commands += formatted("set arrow 1 from %g,%g to %g,%g nohead lc rgb C3 lw 5\n",
                                     std::max(half.low, -4.0), level, std::min(half.high, 4.0), level);
        figure.commands += k == 0 ? "set label 1 'x > 0' at 3.9,0.6 right tc rgb C3 font f11\n"
                                  : formatted("set label 1 '|x| ≤ %.2f' at %g,%g left tc rgb C3 font f11\n", half.high,
                                              half.high + 0.2, level + 0.02);
        figure.commands += formatted(
            "set label 2 '%.0f %%' at 1,%g left offset 0.5,%g tc rgb C1 font f11 point pt 7 ps 0.6 lc rgb C1\n",
            at_one(f), slope,
            k == 0   ? -0.7
            : k == 1 ? 0.6
                     : -0.2);
        figure.commands +=
            formatted("set label 3 'f′' at %g,%g tc rgb C1\n", k == 0 ? 3.6 : 0.35, k == 0 ? 0.92 : f.steepest + 0.05);
        figure.commands += formatted("plot DATA using 'x':'%s_slope' with lines lc rgb C1 lw 2\n", f.name);
        figure.commands += "unset label; unset arrow; unset xlabel\n";
    }
    return figure;
}

/// The mean slope, as a share of the steepest, against the mean of normal inputs, for three spreads; a dot marks
/// standardised inputs.
inline Figure surviving_figure() {
    const auto survives = [](const Activation& f, double mean, double sigma) {
        return mean_derivative(f, mean, sigma) / f.steepest;
    };
    const auto standardised = [&](std::size_t k) { return 100.0 * survives(activations[k], 0, 1); };
    Figure figure;
    figure.name = "ch11_surviving_gradient";
    figure.title =
        formatted("Standardised inputs keep %.0f %% of sigmoid’s slope, %.0f %% of tanh’s, %.0f %% of ReLU’s",
                  standardised(1), standardised(2), standardised(0));
    figure.subtitle =
        "Mean of f′(x) over normal inputs, as a share of its largest value. Dots: mean 0 and σ = 1, as batch norm "
        "makes them.";
    figure.height = 400;

    const double sigmas[] = {0.25, 1, 4};
    const char* colours[] = {"C2", "C1", "C3"};
    const char* meanings[] = {"narrow", "batch norm", "wide"};
    figure.columns = {{"mean", {}}};
    for (int i = -160; i <= 160; ++i) figure.columns[0].values.push_back(0.05 * i);
    for (const Activation& f : activations)
        for (double sigma : sigmas) {
            figure.columns.push_back({formatted("%s_sigma_%g", f.name, sigma), {}});
            for (double mean : figure.columns[0].values)
                figure.columns.back().values.push_back(survives(f, mean, sigma));
        }

    figure.commands =
        "set tics nomirror; set xrange [-8:8]; set xtics 4; set yrange [0:1.03]; set ytics 0.25\n"
        "set xlabel 'mean of the inputs' tc rgb INK offset 0,0.3\n";
    const char* titles[] = {"ReLU", "sigmoid", "tanh"};
    const char* dot_labels[] = {"1,0.43", "1.3,0.86", "1,0.65"};
    for (std::size_t k = 0; k < activations.size(); ++k) {
        const double left = 60 + 280 * static_cast<double>(k);
        figure.commands += panel(left, left + 240, 100, 340);
        figure.commands += k == 0 ? "set format y '%g'\n" : "set format y ''\n";
        figure.commands += formatted("set label 1 '{/:Bold %s}' at graph 0,1.06 left tc rgb INK\n", titles[k]);
        figure.commands += formatted("set label 2 '%.0f %%' at %s left tc rgb INK\n", standardised(k), dot_labels[k]);
        figure.commands +=
            formatted("set label 3 '' at 0,%g point pt 7 ps 0.9 lc rgb INK front\n", standardised(k) / 100);
        std::string lines = "plot ";
        for (std::size_t j = 0; j < 3; ++j) {
            // ReLU's panel has room for the names of the lines.
            if (k == 0)
                figure.commands +=
                    formatted("set label %d 'σ = %g: %s' at -7.7,%g left tc rgb %s font f11\n", static_cast<int>(j) + 4,
                              sigmas[j], meanings[j], 0.96 - 0.08 * static_cast<double>(j), colours[j]);
            lines += formatted("%sDATA using 'mean':'%s_sigma_%g' with lines lc rgb %s lw 1.9", j ? ", " : "",
                               activations[k].name, sigmas[j], colours[j]);
        }
        figure.commands += lines + "\nunset label\n";
    }
    return figure;
}

}  // namespace bn
