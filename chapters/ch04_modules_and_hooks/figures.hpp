// Chapter 4's figure: what two hooks believe that the same layer put out.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/figure.hpp"
#include "common/tensor.hpp"

namespace bn {

/// Histograms of what a hook cloned and of what a hook kept without cloning.
inline Figure trap_figure(const Tensor<float>& cloned, const Tensor<float>& kept, std::uint64_t seed) {
    constexpr int bins = 60;
    constexpr double low = -4.0, width = 8.0 / bins;
    const auto shares = [&](const Tensor<float>& values) {
        std::vector<double> counts(bins, 0.0);
        for (float value : values.values()) {
            const int bin = std::clamp(static_cast<int>((static_cast<double>(value) - low) / width), 0, bins - 1);
            counts[static_cast<std::size_t>(bin)] += 100.0 / static_cast<double>(values.numel());
        }
        return counts;
    };
    // Two rows a bin, at its left and right edge: filledcurves draws the steps.
    std::vector<double> edges, of_cloned, of_kept;
    const std::vector<double> cloned_shares = shares(cloned), kept_shares = shares(kept);
    for (std::size_t b = 0; b < bins; ++b)
        for (double side : {0.0, 1.0}) {
            edges.push_back(low + width * (static_cast<double>(b) + side));
            of_cloned.push_back(cloned_shares[b]);
            of_kept.push_back(kept_shares[b]);
        }
    Figure figure;
    figure.name = "ch04_in_place_trap";
    figure.title = "A hook that keeps the tensor sees what the next layer made of it";
    figure.subtitle =
        "The same output of one BatchNorm2d, 64 images; an in-place ReLU follows; seed " + std::to_string(seed);
    figure.columns = {{"edge", edges}, {"cloned", of_cloned}, {"kept", of_kept}};
    figure.height = 380;
    const std::string axes = "set xrange [-4:4]; set xtics 2; set xlabel 'value' tc rgb INK\n";
    figure.commands = axes + panel(70, 430, 100, 320) +
                      R"(
set yrange [0:*]; set ylabel 'share of values per bin (%)' tc rgb INK
set title '{/:Bold cloned inside the hook}: the output' tc rgb C1
plot DATA using 'edge':'cloned' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
unset ylabel
set title '{/:Bold kept by the hook}: everything below 0 is gone' tc rgb C2
)" + panel(490, 850, 100, 320) +
                      R"(
plot DATA using 'edge':'kept' with filledcurves y1=0 fc rgb C2 fs transparent solid 0.4
)";
    return figure;
}

}  // namespace bn
