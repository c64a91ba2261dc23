// Chapter 1's two figures, and the broken backward passes they show.
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "common/figure.hpp"

namespace bn {

/// Broken on purpose: forgets that the variance, too, depends on x.
inline std::vector<double> without_x_hat_term(const ScalarForward& f, double gamma, std::span<const double> d_y) {
    double mean_d_y = 0.0;
    for (double d : d_y) mean_d_y += d / static_cast<double>(d_y.size());
    std::vector<double> d_x;
    for (double d : d_y) d_x.push_back(gamma / f.std * (d - mean_d_y));
    return d_x;
}

inline std::vector<double> scaled(std::vector<double> values, double factor) {
    for (double& value : values) value *= factor;
    return values;
}

/// The computational graph of the hand-sized batch: values go forward (top, blue), gradients come back (below, red).
inline Figure graph_figure(const std::vector<double>& x, const ScalarForward& f, const ScalarBackward& b,
                           const std::vector<double>& d_y) {
    Figure figure;
    figure.name = "ch01_graph";
    figure.title = "Two paths lead back to x: one through c, one through μ and v";
    figure.subtitle = "A batch of four (γ = 2, β = 1, ε = 0): values going forward in blue, ∂loss/∂· coming back in red";
    figure.columns = {{"x", x}, {"mean", {f.mean}}, {"centred", f.centred}, {"variance", {f.variance}}, {"std", {f.std}},
                      {"x_hat", f.x_hat}, {"y", f.y}, {"d_x", b.d_x}, {"d_mean", {b.d_mean}}, {"d_centred", b.d_centred},
                      {"d_variance", {b.d_variance}}, {"d_std", {b.d_std}}, {"d_x_hat", b.d_x_hat}, {"d_y", d_y}};

    // One box a node, at pixel (x, y) of its top left; a vector's four elements stand side by side.
    std::string& commands = figure.commands;
    commands = panel(0, 880, 0, 420) + "unset border; unset tics; unset grid; set xrange [0:880]; set yrange [420:0]\n";
    const auto text = [&](double at_x, double at_y, const std::string& what, const std::string& how) {
        char position[64];
        std::snprintf(position, sizeof position, "%g,%g", at_x, at_y);
        commands += "set label \"" + what + "\" at first " + position + " center " + how + "\n";
    };
    const auto number = [](double value) {
        char digits[32];
        std::snprintf(digits, sizeof digits, "%.4g", value + 0.0);
        std::string result = digits;
        if (result[0] == '-') result = "−" + result.substr(1);
        return result;
    };
    const auto node = [&](double left, double top, const std::string& name, const std::vector<double>& value,
                          const std::vector<double>& gradient) {
        const double cell = 56, width = cell * static_cast<double>(value.size());
        char box[160];
        std::snprintf(box, sizeof box, "set object rectangle from first %g,%g to first %g,%g fc rgb '#ffffff' fs solid border lc rgb '#8c959f'\n",
                      left, top, left + width, top + 48);
        commands += box;
        text(left + width / 2, top - 11, name, "tc rgb INK");
        for (std::size_t i = 0; i < value.size(); ++i) {
            const double middle = left + cell * (static_cast<double>(i) + 0.5);
            text(middle, top + 15, number(value[i]), "tc rgb C1 font f11");
            text(middle, top + 34, number(gradient[i]), "tc rgb C2 font f11");
        }
    };
    const auto arrow = [&](double from_x, double from_y, double to_x, double to_y) {
        char line[160];
        std::snprintf(line, sizeof line, "set arrow from first %g,%g to first %g,%g size screen 0.009,20 filled lc rgb '#8c959f' lw 1.2\n",
                      from_x, from_y, to_x, to_y);
        commands += line;
    };
    node(24, 190, "x", x, b.d_x);
    node(108, 320, "μ = mean of x", {f.mean}, {b.d_mean});
    node(328, 190, "c = x − μ", f.centred, b.d_centred);
    node(412, 320, "v = mean of c²", {f.variance}, {b.d_variance});
    node(570, 320, "s = √(v + ε)", {f.std}, {b.d_std});
    node(632, 190, "x̂ = c / s", f.x_hat, b.d_x_hat);
    node(632, 96, "y = γ x̂ + β", f.y, d_y);
    arrow(136, 238, 136, 304);
    arrow(248, 214, 326, 214);
    arrow(164, 344, 326, 240);
    arrow(440, 238, 440, 304);
    arrow(468, 344, 568, 344);
    arrow(598, 304, 640, 240);
    arrow(552, 214, 630, 214);
    arrow(800, 174, 800, 146);
    commands += "plot 1e9\n";
    return figure;
}

/// The gradient check's error against its step.
inline Figure step_figure(const std::vector<double>& steps, const std::vector<double>& right,
                          const std::vector<double>& broken, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch01_gradient_check";
    figure.title = "A right backward pass shows a V, a broken one a floor";
    figure.subtitle = "Error of d_x against central differences, by step; 16 numbers, random cotangent, seed " + std::to_string(seed);
    figure.columns = {{"step", steps}, {"right", right}, {"broken", broken}};
    figure.commands = panel(90, 640, 80, 400) + R"(
set logscale xy; set format x '10^{%T}'; set format y '10^{%T}'
set xrange [1e-13:1]; set yrange [1e-13:1e2]
set xlabel 'step h' tc rgb INK; set ylabel 'relative error' tc rgb INK
stats DATA using 'broken' every ::26::26 name 'B' nooutput
stats DATA using 'right' every ::26::26 name 'R' nooutput
set label 'no x̂ term: wrong' at 1.5,B_max tc rgb C2 font f12.':Bold'
set label 'at every step' at 1.5,B_max*0.25 tc rgb C2 font f12
set label 'right: h² on this side,' at 1.5,R_max*0.02 tc rgb C1 font f12.':Bold'
set label 'rounding/h on the other' at 1.5,R_max*0.005 tc rgb C1 font f12
plot DATA using 'step':'broken' with linespoints lc rgb C2 lw 1.9 pt 7 ps 0.4, \
     DATA using 'step':'right' with linespoints lc rgb C1 lw 1.9 pt 7 ps 0.4
)";
    return figure;
}

}  // namespace bn
