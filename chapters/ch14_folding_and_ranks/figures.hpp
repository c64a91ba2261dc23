// Chapter 14's figures. Titles are made of the numbers that are drawn.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "ch13_small_batches/figures.hpp"
#include "ch14_folding_and_ranks/inference.hpp"
#include "ch14_folding_and_ranks/ways.hpp"
#include "common/figure.hpp"

namespace bn {

/// One seed's network, folded.
struct FoldingRun {
    std::uint64_t seed;
    Agreement agreement;
    std::map<Index, Race> apart, together;  // by the batch's size
};

/// One seed's network, with the colours' standardisation folded into conv1.
struct PaddingRun {
    std::uint64_t seed;
    EdgeError error;
};

/// One seed: the distance from whole batches after each step, for each way.
struct WaysRun {
    std::uint64_t seed;
    std::vector<std::vector<double>> in_double, in_float;  // [way][step]
};

namespace detail {

/// "1.2e−06", with a real minus sign.
inline std::string scientific(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", value);
    std::string result = text;
    if (const std::size_t minus = result.find('-'); minus != std::string::npos) result.replace(minus, 1, "−");
    return result;
}

template <class Run>
std::string seeds_text(const std::vector<Run>& runs) {
    const std::string first = std::to_string(runs.front().seed), last = std::to_string(runs.back().seed);
    return first == last ? "seed " + first : "seeds " + first + "–" + last;
}

/// A column with a number of each run.
template <class Run, class Number>
Column column_of(const std::string& name, const std::vector<Run>& runs, const Number& number) {
    Column column{name, {}};
    for (const Run& run : runs) column.values.push_back(static_cast<double>(number(run)));
    return column;
}

template <class Run, class Number>
double median_of(const std::vector<Run>& runs, const Number& number) {
    return spread_of(column_of("", runs, number).values).median;
}

inline std::string training_text(const Dataset& data, int epochs) {
    return data.name + ", trained on " + std::to_string(data.train.size()) + " images, " + std::to_string(epochs) +
           (epochs == 1 ? " epoch" : " epochs");
}

}  // namespace detail

/// Left, how far each seed's logits move; right, how many times as fast inference is, against the batch's size.
inline Figure folding_figure(const std::vector<FoldingRun>& runs, const Dataset& data, int epochs) {
    using detail::column_of;
    Figure figure;
    figure.name = "ch14_folding";
    figure.columns = {
        column_of("seed", runs, [](const FoldingRun& r) { return r.seed; }),
        column_of("largest_difference", runs, [](const FoldingRun& r) { return r.agreement.largest_difference; }),
        column_of("largest_logit", runs, [](const FoldingRun& r) { return r.agreement.largest_logit; }),
        column_of("images", runs, [](const FoldingRun& r) { return r.agreement.images; }),
        column_of("same_class", runs, [](const FoldingRun& r) { return r.agreement.same_class; })};
    double worst = 0, top = 1;
    for (const FoldingRun& run : runs) worst = std::max(worst, run.agreement.largest_difference);
    Column batches{"batch", {}}, seeds{"race_seed", {}}, batch_sizes{"batch_size", {}};
    std::vector<Column> races = {{"layers_ratio", {}},  {"layers_ms", {}},    {"layers_folded_ms", {}},
                                 {"sweeps_ratio", {}},  {"sweeps_ms", {}},    {"sweeps_folded_ms", {}},
                                 {"layers_median", {}}, {"sweeps_median", {}}};
    for (const auto& [batch, unused] : runs.front().apart) {
        for (const FoldingRun& run : runs) {
            batches.values.push_back(static_cast<double>(batch));
            seeds.values.push_back(static_cast<double>(run.seed));
            for (std::size_t k = 0; k < 2; ++k) {
                const Race& race = (k == 0 ? run.apart : run.together).at(batch);
                races[3 * k].values.push_back(race.ratio());
                races[3 * k + 1].values.push_back(1e3 * race.first);
                races[3 * k + 2].values.push_back(1e3 * race.second);
                top = std::max(top, race.ratio());
            }
        }
        batch_sizes.values.push_back(static_cast<double>(batch));
        const Index size = batch;
        races[6].values.push_back(
            detail::median_of(runs, [&](const FoldingRun& r) { return r.apart.at(size).ratio(); }));
        races[7].values.push_back(
            detail::median_of(runs, [&](const FoldingRun& r) { return r.together.at(size).ratio(); }));
    }
    figure.columns.insert(figure.columns.end(), {batches, seeds, races[0], races[1], races[2], races[3], races[4],
                                                 races[5], batch_sizes, races[6], races[7]});
    const std::vector<double> heights =
        detail::label_heights({races[6].values.back(), races[7].values.back()}, 0.07 * top);
    figure.title = "Folded: logits move by " + detail::scientific(worst) + " at most, inference is " +
                   number_text(races[6].values.back(), 2) + " times as fast";
    figure.subtitle = detail::training_text(data, epochs) + "; " + detail::seeds_text(runs) + ", " +
                      std::to_string(runs.front().agreement.images) + " images; batches of " +
                      std::to_string(static_cast<Index>(batch_sizes.values.back())) + ", layer by layer";
    figure.commands =
        panel(90, 350, 112, 400) +
        fill_in(R"(
set logscale y; set format y '10^{%T}'; set yrange [1e-8:1e-4]; set xrange [<first>-0.6:<last>+0.6]
set xtics 1; set xlabel 'seed' tc rgb INK
set label 1 '{/:Bold largest difference of a logit}' at graph 0,1.06 left tc rgb INK
set arrow 1 from graph 0,first 1e-5 to graph 1,first 1e-5 nohead lc rgb MUTED dt 2 lw 1
set label 2 'the tests accept up to here' at graph 0.03,first 1.5e-5 left tc rgb MUTED font f11
plot DATA using 'seed':'largest_difference' with points pt 7 ps 0.8 lc rgb C1
unset arrow 1; unset label 2; unset logscale y; set format y '%g'
)",
                {{"first", std::to_string(runs.front().seed)}, {"last", std::to_string(runs.back().seed)}}) +
        panel(460, 690, 112, 400) +
        fill_in(R"(
set logscale x; set xrange [<first>*0.7:<last>*1.4]; set yrange [0:<top>]; set xtics (1, 10, 100); set ytics 0.5
set xlabel 'images in a batch' tc rgb INK
set label 1 '{/:Bold time without folding / with}' at graph 0,1.06 left tc rgb INK
set label 3 'layer by layer' at graph 1,first <layers> offset 1,0 left tc rgb C1
set label 4 'in sweeps (ch06)' at graph 1,first <sweeps> offset 1,0 left tc rgb C2
set arrow 2 from graph 0,first 1 to graph 1,first 1 nohead lc rgb MUTED dt 2 lw 1
plot DATA using 'batch':'layers_ratio' with points pt 7 ps 0.6 lc rgb C1, \
     DATA using 'batch_size':'layers_median' with lines lw 1.9 lc rgb C1, \
     DATA using 'batch':'sweeps_ratio' with points pt 7 ps 0.6 lc rgb C2, \
     DATA using 'batch_size':'sweeps_median' with lines lw 1.9 lc rgb C2
)",
                {{"first", number_text(batch_sizes.values.front())},
                 {"last", number_text(batch_sizes.values.back())},
                 {"top", number_text(0.5 * std::ceil(2 * top + 0.2))},
                 {"layers", number_text(heights[0], 3)},
                 {"sweeps", number_text(heights[1], 3)}});
    return figure;
}

/// Left, where conv1's outputs are wrong; right, what that does to the accuracy.
inline Figure padding_figure(const std::vector<PaddingRun>& runs, const Dataset& data, int epochs) {
    using detail::column_of;
    Figure figure;
    figure.name = "ch14_padding";
    figure.columns = {column_of("seed", runs, [](const PaddingRun& r) { return r.seed; }),
                      column_of("edge", runs, [](const PaddingRun& r) { return r.error.edge; }),
                      column_of("inside", runs, [](const PaddingRun& r) { return r.error.inside; }),
                      column_of("neutral_padding", runs, [](const PaddingRun& r) { return r.error.largest_padded; }),
                      column_of("accuracy", runs, [](const PaddingRun& r) { return r.error.accuracy; }),
                      column_of("accuracy_folded", runs, [](const PaddingRun& r) { return r.error.accuracy_folded; }),
                      column_of("accuracy_neutral", runs, [](const PaddingRun& r) { return r.error.accuracy_padded; })};
    const Tensor<double>& map = runs.front().error.map;
    figure.columns.push_back({"map", {map.values().begin(), map.values().end()}});
    const auto median = [&](double EdgeError::*member) {
        return detail::median_of(runs, [&](const PaddingRun& r) { return r.error.*member; });
    };
    double edge = 0, inside = 0, low = 1, high = 0;
    for (const PaddingRun& run : runs) {
        edge = std::max(edge, run.error.edge);
        inside = std::max(inside, run.error.inside);
        for (const double a : {run.error.accuracy, run.error.accuracy_folded, run.error.accuracy_padded}) {
            low = std::min(low, a);
            high = std::max(high, a);
        }
    }
    figure.title = "Folded into the convolution after it: off by " + number_text(edge, 1) + " at the edge, " +
                   detail::scientific(inside) + " inside";
    figure.subtitle = detail::training_text(data, epochs) + "; " + detail::seeds_text(runs) +
                      "; the colours' standardisation folded into conv1";
    figure.commands = panel(40, 340, 112, 412) +
                      fill_in(R"(
unset grid; unset tics; set border 15 lc rgb '#8c959f' lw 0.8
set label 1 '{/:Bold conv1: largest error at each place (seed <seed>)}' at graph 0,1.04 left tc rgb INK
set palette defined (0 '#ffffff', 1 C2); set cbrange [0:*]
set colorbox user origin screen px(352),py(412) size screen 12/880.0,300/460.0
set cbtics nomirror out scale 0.35 tc rgb MUTED font f11
array A[1024]
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('map')) every ::::1023 nooutput
set samples 160; set isosamples 160
set xrange [0:32]; set yrange [32:0]
set datafile nocolumnheaders
plot sample [u=0.1:31.9] [v=0.1:31.9] '++' using (u):(v):(A[1+floor(u)+32*floor(v)]) with image
set datafile columnheaders
unset label; unset colorbox; set border 3 lc rgb '#8c959f' lw 0.8; set tics nomirror out scale 0.35 tc rgb MUTED font f11
)",
                              {{"seed", std::to_string(runs.front().seed)}}) +
                      panel(520, 850, 112, 380) +
                      fill_in(R"(
set grid ytics lt 1 lw 0.5 lc rgb GRID
set xrange [0.4:3.6]; set yrange [<low>:<high>]; set ytics autofreq
set xtics ("as it is\n<a>" 1, "folded\n<b>" 2, "folded, padded\nneutrally <c>" 3)
set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK
plot DATA using (1):(100*column('accuracy')) with points pt 7 ps 0.8 lc rgb C1, \
     DATA using (2):(100*column('accuracy_folded')) with points pt 7 ps 0.8 lc rgb C2, \
     DATA using (3):(100*column('accuracy_neutral')) with points pt 7 ps 0.8 lc rgb C1
)",
                              {{"low", number_text(std::floor(100 * low - 0.5))},
                               {"high", number_text(std::ceil(100 * high + 0.5))},
                               {"a", number_text(100 * median(&EdgeError::accuracy), 1)},
                               {"b", number_text(100 * median(&EdgeError::accuracy_folded), 1)},
                               {"c", number_text(100 * median(&EdgeError::accuracy_padded), 1)}});
    return figure;
}

/// How far each way is from whole batches, step by step: left in double, right in float. Medians over seeds are drawn.
inline Figure ways_figure(const std::vector<Way>& ways, const std::vector<WaysRun>& runs, const TrainingPlan& plan,
                          const Dataset& data) {
    Figure figure;
    figure.name = "ch14_ranks";
    const std::size_t steps = static_cast<std::size_t>(plan.steps);
    Column step{"step", {}}, seed{"seed", {}}, at{"at_step", {}};
    for (const WaysRun& run : runs)
        for (std::size_t s = 0; s < steps; ++s) {
            step.values.push_back(static_cast<double>(s + 1));
            seed.values.push_back(static_cast<double>(run.seed));
        }
    for (std::size_t s = 0; s < steps; ++s) at.values.push_back(static_cast<double>(s + 1));
    figure.columns = {step, seed, at};
    std::map<std::string, double> last;  // the largest over seeds, after the last step
    std::string plots[2];
    for (std::size_t p = 0; p < 2; ++p)
        for (std::size_t w = 0; w < ways.size(); ++w) {
            const std::string name = (p == 0 ? "double_" : "float_") + ways[w].name;
            Column all{name, {}}, median{name + "_median", {}};
            for (const WaysRun& run : runs) {
                const std::vector<double>& values = (p == 0 ? run.in_double : run.in_float)[w];
                all.values.insert(all.values.end(), values.begin(), values.end());
                last[name] = std::max(last[name], values.back());
            }
            for (std::size_t s = 0; s < steps; ++s)
                median.values.push_back(detail::median_of(
                    runs, [&](const WaysRun& run) { return (p == 0 ? run.in_double : run.in_float)[w][s]; }));
            const char* looks[] = {"lw 2.4 lc rgb MUTED dt 3", "lw 1.4 lc rgb C1", "lw 1.9 lc rgb C4",
                                   "lw 1.9 lc rgb C2", "lw 2.4 lc rgb C3 dt 2"};
            plots[p] += (plots[p].empty() ? "plot " : ", \\\n     ") +
                        fill_in("DATA using 'at_step':'<name>' with lines <look>",
                                {{"name", median.name}, {"look", looks[static_cast<int>(ways[w].kind)]}});
            figure.columns.insert(figure.columns.end(), {all, median});
        }
    double synchronised = 0, own = 0;
    for (const Way& way : ways) {
        if (way.kind == Kind::synchronised) synchronised = std::max(synchronised, last["double_" + way.name]);
        if (way.kind == Kind::own) own = std::max(own, last["double_" + way.name]);
    }
    figure.title = "From whole batches after " + std::to_string(plan.steps) + " steps: synchronised " +
                   detail::scientific(synchronised) + ", own statistics " + detail::scientific(own);
    figure.subtitle = data.name + ", batches of " + std::to_string(plan.batch) +
                      "; largest difference of a parameter, median of " + detail::seeds_text(runs) +
                      " (title: the largest)";
    const auto draw = [&](double left, double right, const std::string& title, const std::string& range,
                          const std::string& plot) {
        return panel(left, right, 124, 400) +
               fill_in(R"(
set logscale y; set format y '10^{%T}'; set xrange [0:<steps>]; set yrange <range>; set xlabel 'step' tc rgb INK
set label 1 '{/:Bold <title>}' at graph 0,1.05 left tc rgb INK
)",
                       {{"steps", std::to_string(plan.steps)}, {"range", range}, {"title", title}}) +
               plot + "\n";
    };
    figure.commands =
        draw(80, 350, "in double", "[1e-18:1]", plots[0]) + draw(430, 700, "in float", "[1e-10:1]", plots[1]) + R"(
unset logscale; unset tics; unset grid; unset border; unset xlabel; set xrange [0:1]; set yrange [0:1]; unset label 1
set label 11 "own statistics,\n2 and 4 ranks" at screen px(712),py(136) left tc rgb C2
set label 12 "gradient accumulation,\n4 pieces" at screen px(712),py(184) left tc rgb C3
set label 13 "synchronised, uneven,\nequal weights" at screen px(712),py(232) left tc rgb C4
set label 14 "synchronised,\nright weights" at screen px(712),py(300) left tc rgb C1
set label 15 "one process, images\nin reverse order" at screen px(712),py(348) left tc rgb MUTED
plot NaN
)";
    return figure;
}

}  // namespace bn
