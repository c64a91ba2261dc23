// Chapter 5's two figures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "ch05_convolution/layer_checks.hpp"
#include "common/figure.hpp"
#include "common/sketches.hpp"

namespace bn {

/// What a picture [1, 1, 32, 32] becomes under two kernels, one for level and one for upright edges: y [1, 2, 30, 30],
/// its ReLU, and that pooled to [1, 2, 15, 15]. Without padding, whose zeros would be the sharpest edge of all.
struct FilteredPicture {
    Tensor64 picture, y, rectified, pooled;
};

/// A dark aeroplane among the sketches, in grey between 0 and 1: [1, 1, 32, 32].
inline Tensor64 grey_sketch() {
    Tensor64 picture({1, 1, image_side, image_side});
    const ImageSet sketches = make_sketches(1, 48, 0).train;
    const std::size_t first = 39 * image_bytes;
    for (std::size_t i = 0; i < image_bytes; ++i)
        picture[static_cast<Index>(i) % picture.numel()] += sketches.pixels[first + i] / (image_channels * 255.0);
    return picture;
}

inline FilteredPicture filter_picture(const Tensor64& picture) {
    const Tensor64 kernels({2, 1, 3, 3}, {1, 2, 1, 0, 0, 0, -1, -2, -1, 1, 0, -1, 2, 0, -2, 1, 0, -1});
    FilteredPicture f{picture, conv2d(picture, kernels, Tensor64()), {}, {}};
    f.rectified = relu(f.y);
    f.pooled = max_pool2d(f.rectified, 2, 2).y;
    return f;
}

inline Figure filters_figure(const FilteredPicture& f) {
    Figure figure;
    figure.name = "ch05_filters";
    figure.title = "A kernel answers where the picture looks like the kernel";
    figure.subtitle =
        "One of the sketches, in grey, no padding; orange is positive, blue negative, on one scale for all";
    figure.height = 500;
    const auto column = [&](const std::string& name, const Tensor64& images, Index channel) {
        const std::size_t plane = static_cast<std::size_t>(images.size(2) * images.size(3));
        const auto values = images.values().subspan(static_cast<std::size_t>(channel) * plane, plane);
        figure.columns.push_back({name, {values.begin(), values.end()}});
    };
    column("picture", f.picture, 0);
    for (Index c = 0; c < 2; ++c) {
        const std::string which = c == 0 ? "level" : "upright";
        column(which, f.y, c);
        column(which + "_relu", f.rectified, c);
        column(which + "_pooled", f.pooled, c);
    }

    // Each value is drawn as a square of several image points: a viewer that smooths pictures leaves the squares sharp.
    std::string& commands = figure.commands;
    commands = R"(
unset grid; unset tics; unset colorbox; set border 15 lc rgb '#8c959f' lw 0.8
stats DATA using 'level' name 'L' nooutput; stats DATA using 'upright' name 'U' nooutput
largest(a, b) = a > b ? a : b
range = largest(largest(L_max, -L_min), largest(U_max, -U_min))
array A[1024]
set samples 160; set isosamples 160
)";
    const auto image = [&](const std::string& name, int side, double left, double top, double size) {
        char text[500];
        std::snprintf(text, sizeof text,
                      "set xrange [*:*]; set yrange [*:*]\n"
                      "stats DATA using (A[int($0)+1] = column('%s')) every ::::%d nooutput\n"
                      "set xrange [0:%d]; set yrange [%d:0]\n"
                      "side = %d; half = side / 320.0\nset datafile nocolumnheaders\n"
                      "plot sample [u=half:side-half] [v=half:side-half] '++' using "
                      "(u):(v):(A[1+floor(u)+side*floor(v)]) with image\n"
                      "set datafile columnheaders\nunset label\n",
                      name.c_str(), side * side - 1, side, side, side);
        commands += panel(left, left + size, top, top + size) + text;
    };
    const auto label = [&](const std::string& text, double x, double y, const std::string& how) {
        char position[64];
        std::snprintf(position, sizeof position, "' at screen px(%g),py(%g) ", x, y);
        commands += "set label '" + text + position + how + "\n";
    };
    commands += "set palette gray\nset cbrange [*:*]\n";
    label("the picture, 32×32", 114, 182, "center tc rgb MUTED font f11");
    image("picture", 32, 24, 194, 180);
    commands += "set palette defined (-1 C1, 0 '#ffffff', 1 C2); set cbrange [-range:range]\n";
    for (int row = 0; row < 2; ++row) {
        const double top = row == 0 ? 100 : 310;
        const std::string name = row == 0 ? "level" : "upright";
        const std::vector<std::string> kernel = row == 0
                                                    ? std::vector<std::string>{"1   2   1", "0   0   0", "−1  −2  −1"}
                                                    : std::vector<std::string>{"1   0  −1", "2   0  −2", "1   0  −1"};
        label("{/:Bold " + name + " edges}", 267, top + 44, "center tc rgb INK");
        for (std::size_t k = 0; k < 3; ++k)
            label(kernel[k], 267, top + 76 + 20 * static_cast<double>(k), "center tc rgb INK");
        label("convolved, 30×30", 412, top - 12, "center tc rgb MUTED font f11");
        image(name, 30, 328, top, 168);
        label("then ReLU, 30×30", 592, top - 12, "center tc rgb MUTED font f11");
        image(name + "_relu", 30, 508, top, 168);
        label("then max-pooling, 15×15", 772, top - 12, "center tc rgb MUTED font f11");
        image(name + "_pooled", 15, 688, top, 168);
    }
    return figure;
}

/// The error of each gradient, right and broken, on one axis.
inline Figure gradient_check_figure(const std::vector<LayerCheck>& checks, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch05_gradient_check";
    figure.subtitle = "Error against central differences in double, step 1e-5, random inputs and cotangents, seed " +
                      std::to_string(seed);
    figure.height = 440;
    std::vector<double> row, right, broken;
    std::string names;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        const std::string at = std::to_string(i + 1);
        row.push_back(static_cast<double>(i + 1));
        right.push_back(checks[i].right);
        broken.push_back(checks[i].broken);
        std::string gradient = checks[i].gradient;
        gradient.replace(gradient.find("d_"), 2, "d\\_");
        names += "set ytics add ('" + gradient + "' " + at + ")\n";
        names += "set label '" + checks[i].broken_how + "' at " + std::to_string(checks[i].broken) + "," + at +
                 " offset char 1,0 tc rgb C2 font f11\n";
    }
    figure.columns = {{"row", row}, {"right", right}, {"broken", broken}};
    const double worst = *std::max_element(right.begin(), right.end());
    figure.title = "Each right gradient is good to " + std::to_string(static_cast<int>(-std::log10(worst))) +
                   " digits, no broken one even to one";
    figure.commands = panel(140, 700, 106, 385) + R"(
set logscale x; set xtics nomirror; unset mxtics; set format x '10^{%T}'; set xrange [1e-13:10]; unset grid; set grid xtics lt 1 lw 0.5 lc rgb GRID
set xlabel 'relative error' tc rgb INK
set ytics () nomirror tc rgb INK
)" + names + "set yrange [" +
                      std::to_string(checks.size()) + ".6:0.4]\n" + R"(
set label '{/:Bold right}' at 5e-11,graph 1 offset 0,0.8 center tc rgb C1
set label '{/:Bold broken on purpose}' at 1,graph 1 offset 0,0.8 center tc rgb C2
set arrow from 1e-6,graph 0 to 1e-6,graph 1 nohead lc rgb MUTED dt 2 lw 1
set label 'the tests accept up to here' at 1e-6,graph 1 offset 0,0.8 center tc rgb MUTED font f11
plot DATA using 'right':'row' with points lc rgb C1 pt 7 ps 0.8, \
     DATA using 'broken':'row' with points lc rgb C2 pt 7 ps 0.8
)";
    return figure;
}

}  // namespace bn
