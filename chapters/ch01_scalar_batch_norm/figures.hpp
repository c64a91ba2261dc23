// Chapter 1's two figures.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "common/figure.hpp"

namespace bn {

/// A number as the figures write it: four digits, a real minus sign, no -0.
inline std::string written(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.4g", value + 0.0);
    return digits[0] == '-' ? "−" + std::string(digits + 1) : digits;
}

/// Draws boxes and arrows with gnuplot commands; positions in pixels from the figure's top left.
class GraphDrawing {
public:
    struct Point {
        double x, y;
    };

    /// A box of one cell per element, its name above: values in blue, gradients below them in orange.
    void node(double left, double top, double cell, const std::string& name, const std::vector<double>& values,
              const std::vector<double>& gradients) {
        const double right = left + cell * static_cast<double>(values.size());
        commands += "set object rectangle from first " + at(left, top) + " to first " + at(right, top + 48) +
                    " fc rgb '#ffffff' fs solid border lc rgb '#8c959f'\n";
        label(left, top - 11, name, "left tc rgb INK");
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double middle = left + cell * (static_cast<double>(i) + 0.5);
            label(middle, top + 15, written(values[i]), "center tc rgb C1 font f11");
            label(middle, top + 34, written(gradients[i]), "center tc rgb C2 font f11");
        }
    }

    /// An arrow along the corners, and beside it, `aside` pixels off, one that leads back.
    void edge(const std::vector<Point>& corners, Point aside) {
        path(corners, "C1");
        std::vector<Point> back;
        for (std::size_t i = corners.size(); i-- > 0;) {
            // At either end, move along the box's border only, so that the arrow still touches it.
            const bool end = i == 0 || i + 1 == corners.size();
            const Point& neighbour = corners[i == 0 ? 1 : i - 1];
            const bool vertical = corners[i].x == neighbour.x;
            back.push_back(
                {corners[i].x + (end && !vertical ? 0 : aside.x), corners[i].y + (end && vertical ? 0 : aside.y)});
        }
        path(back, "C2");
    }

    void label(double x, double y, const std::string& text, const std::string& how) {
        commands += "set label \"" + text + "\" at first " + at(x, y) + " " + how + "\n";
    }

    std::string commands;

private:
    static std::string at(double x, double y) {
        char position[64];
        std::snprintf(position, sizeof position, "%g,%g", x, y);
        return position;
    }

    void path(const std::vector<Point>& corners, const std::string& colour) {
        for (std::size_t i = 1; i < corners.size(); ++i) {
            const std::string head = i + 1 < corners.size() ? " nohead" : " size screen 0.008,20 filled";
            commands += "set arrow from first " + at(corners[i - 1].x, corners[i - 1].y) + " to first " +
                        at(corners[i].x, corners[i].y) + head + " lc rgb " + colour + " lw 1.3\n";
        }
    }
};

/// The computational graph of the hand-sized batch: values go forward, gradients come back along the same edges.
inline Figure graph_figure(const std::vector<double>& x, const ScalarForward& f, const ScalarBackward& b,
                           const std::vector<double>& d_y) {
    Figure figure;
    figure.name = "ch01_graph";
    figure.title = "x and c are used twice: on the way back, two gradients meet and add up";
    figure.subtitle =
        "A batch of four (γ = 2, β = 1, ε = 0): values and their way forward in blue, ∂loss/∂· and its way back in "
        "orange";
    figure.height = 404;
    figure.columns = {{"x", x},
                      {"mean", {f.mean}},
                      {"centred", f.centred},
                      {"variance", {f.variance}},
                      {"std", {f.std}},
                      {"x_hat", f.x_hat},
                      {"y", f.y},
                      {"d_x", b.d_x},
                      {"d_mean", {b.d_mean}},
                      {"d_centred", b.d_centred},
                      {"d_variance", {b.d_variance}},
                      {"d_std", {b.d_std}},
                      {"d_x_hat", b.d_x_hat},
                      {"d_y", d_y},
                      {"d_gamma", {b.d_gamma}},
                      {"d_beta", {b.d_beta}}};

    GraphDrawing graph;
    graph.node(16, 110, 46, "x", x, b.d_x);
    graph.node(238, 110, 46, "c = x − μ", f.centred, b.d_centred);
    graph.node(460, 110, 46, "x̂ = c / s", f.x_hat, b.d_x_hat);
    graph.node(682, 110, 46, "y = γ·x̂ + β", f.y, d_y);
    graph.node(166, 242, 70, "μ = mean(x)", {f.mean}, {b.d_mean});
    graph.node(388, 242, 70, "v = mean(c²)", {f.variance}, {b.d_variance});
    graph.node(510, 242, 70, "s = √(v + ε)", {f.std}, {b.d_std});
    graph.node(692, 242, 70, "γ", {2}, {b.d_gamma});
    graph.node(786, 242, 70, "β", {1}, {b.d_beta});

    // Straight on along the top row; each batch statistic is a detour below it.
    for (double left : {200.0, 422.0, 644.0}) graph.edge({{left, 128}, {left + 38, 128}}, {0, 12});
    graph.edge({{100, 158}, {100, 272}, {166, 272}}, {12, -12});
    graph.edge({{236, 272}, {300, 272}, {300, 158}}, {-12, -12});
    graph.edge({{322, 158}, {322, 272}, {388, 272}}, {12, -12});
    graph.edge({{458, 260}, {510, 260}}, {0, 12});
    graph.edge({{580, 272}, {626, 272}, {626, 158}}, {-12, -12});
    graph.edge({{738, 242}, {738, 158}}, {12, 0});
    graph.edge({{832, 242}, {832, 158}}, {12, 0});

    // The two sums, written out for the first of the four.
    const double m = static_cast<double>(x.size());
    const double through_x_hat = b.d_x_hat[0] / f.std, through_v = b.d_variance * 2 * f.centred[0] / m;
    graph.label(16, 340, "The first number’s gradient, from right to left:", "left tc rgb INK");
    graph.label(16, 364,
                "at c:  " + written(through_x_hat) + " through x̂, plus " + written(through_v) +
                    " through s and v, makes " + written(b.d_centred[0]),
                "left tc rgb C2");
    graph.label(16, 386,
                "at x:  " + written(b.d_centred[0]) + " through c, plus " + written(b.d_mean / m) +
                    " through μ (a quarter of its " + written(b.d_mean) + "), makes " + written(b.d_x[0]),
                "left tc rgb C2");
    figure.commands = panel(0, 880, 0, 404) +
                      "unset border; unset tics; unset grid; set xrange [0:880]; set yrange [404:0]\n" +
                      graph.commands + "plot 1e9\n";
    return figure;
}

/// The gradient check's error against its step. `steps`, `right` and `broken` have one element for each step.
inline Figure step_figure(const std::vector<double>& steps, const std::vector<double>& right,
                          const std::vector<double>& broken, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch01_gradient_check";
    figure.title = "A right backward pass makes a V, a broken one stays wrong at every step";
    figure.subtitle = "d_x against central differences of several steps: 16 numbers, a random cotangent, seed " +
                      std::to_string(seed);
    figure.height = 440;
    figure.columns = {{"step", steps}, {"right", right}, {"broken", broken}};
    figure.commands = panel(90, 690, 80, 380) + R"(
set tics nomirror
set logscale xy; set format x '10^{%T}'; set format y '10^{%T}'
set xrange [1e-12:1]; set yrange [1e-12:1]
set xlabel 'step h of the central difference' tc rgb INK; set ylabel 'relative error' tc rgb INK offset 0.5
set arrow from 1e-5,graph 0 to 1e-5,graph 1 nohead dt 3 lc rgb MUTED
set label '1e-5, the step that the tests use' at 1e-5,graph 0.05 right offset -0.7,0 tc rgb MUTED font f11
set label 'rounding: grows as 1/h' at 8e-11,3e-9 center tc rgb MUTED font f11
set label 'truncation: grows as h²' at 1.5e-3,3e-10 left tc rgb MUTED font f11
stats DATA using 'broken' every ::24::24 name 'B' nooutput
stats DATA using 'right' every ::24::24 name 'R' nooutput
set label '{/:Bold variance as a constant}' at 1.5,B_max*1.5 tc rgb C2
set label '(no x̂ term): wrong by' at 1.5,B_max*0.4 tc rgb C2
set label 'as much at any step' at 1.5,B_max*0.1 tc rgb C2
set label '{/:Bold right}' at 1.5,(R_max < B_max ? R_max : B_max)*0.03 tc rgb C1
plot DATA using 'step':'broken' with linespoints lc rgb C2 lw 1.9 pt 7 ps 0.4, \
     DATA using 'step':'right' with linespoints lc rgb C1 lw 1.9 pt 7 ps 0.4
)";
    return figure;
}

}  // namespace bn
