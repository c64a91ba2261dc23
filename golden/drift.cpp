// How two correct programs drift apart in training: this project's and PyTorch's, and PyTorch's and itself. Draws
// golden_drift, from vectors/trajectory.txt and the same run made here. Usage: build/bin/golden_drift [--plots DIR]
#include <cstdio>
#include <string>
#include <vector>

#include "common/figure.hpp"
#include "golden/trajectory.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

// Two programs, and by how much their losses differ at most until each step.
struct Pair {
    std::string column, label, style;
    std::vector<double> difference;
};

// In powers of ten, as far as one can say: 4e-07.
std::string rounded(double value) {
    char text[16];
    std::snprintf(text, sizeof text, "%.0e", value);
    return text;
}

std::vector<Pair> all_pairs(const Case& c) {
    const auto pytorch = [&](const std::string& name) { return c.vector(name).values; };
    const Index steps = std::ssize(pytorch("float"));
    const std::vector<double> ours = training_losses<float>(c, steps);
    std::printf("Rate %s: the loss goes from %.3f to %.3f\n", c.text("lr").c_str(), ours.front(), ours.back());
    const auto against_itself = [&](const std::string& name) {
        return largest_so_far(pytorch("float " + name), pytorch("float"));
    };
    return {
        {"ours", "this project and PyTorch", "lw 2.6 lc rgb C2", largest_so_far(ours, pytorch("float"))},
        {"ours_reversed", "this project, batches reversed", "lw 1.4 lc rgb C5",
         largest_so_far(training_losses<float>(c, steps, -1), ours)},
        {"pytorch_reversed", "PyTorch, batches reversed", "lw 1.4 lc rgb C1", against_itself("reversed")},
        {"pytorch_2_threads", "PyTorch, 1 and 2 threads", "lw 1.4 lc rgb C6", against_itself("2 threads")},
        {"pytorch_channels_last", "PyTorch, two memory layouts", "lw 1.4 lc rgb C3", against_itself("channels_last")},
        {"pytorch_without_mkldnn", "PyTorch, its two convolutions", "lw 1.4 lc rgb C4",
         against_itself("without mkldnn")},
        {"ours_double", "double: this project and PyTorch", "lw 2.6 dt (6,3) lc rgb C2",
         largest_so_far(training_losses<double>(c, steps), pytorch("double"))},
        {"pytorch_double_reversed", "double: PyTorch, batches reversed", "lw 1.4 dt (3,3) lc rgb C1",
         largest_so_far(pytorch("double reversed"), pytorch("double"))},
    };
}

void print_table(const std::vector<Pair>& pairs) {
    const std::vector<std::size_t> looked_at = {1, 5, 10, 20, 50, 100, 200};
    std::printf("  %-34s", "difference of the loss until step");
    for (const std::size_t step : looked_at) std::printf("%8zu", step);
    for (const Pair& pair : pairs) {
        std::printf("\n  %-34s", pair.label.c_str());
        for (const std::size_t step : looked_at) std::printf("   %s", rounded(pair.difference.at(step - 1)).c_str());
    }
    std::printf("\n\n");
}

// What makes a jump: one ReLU whose input is a rounding error away from 0.
void print_first_decisions(const Case& c, Index steps) {
    Decisions decisions, reversed;
    const std::vector<double> a = training_losses<float>(c, steps, 1, &decisions);
    const std::vector<double> b = training_losses<float>(c, steps, -1, &reversed);
    std::printf("Rate %s, this project and its batches reversed: ReLUs of a step that decide otherwise\n",
                c.text("lr").c_str());
    Index shown = 0;
    for (std::size_t k = 0; k < a.size() && shown < 8; ++k) {
        const Index count = differing(decisions[k], reversed[k], static_cast<std::size_t>(c.number("batch")));
        if (count == 0) continue;
        std::printf("  step %3zu: %5lld, the losses differ by %s\n", k + 1, static_cast<long long>(count),
                    rounded(std::abs(a[k] - b[k])).c_str());
        ++shown;
    }
    if (shown == 0) std::printf("  none in %lld steps\n", static_cast<long long>(steps));
    std::printf("\n");
}

// The curves of one rate, between two pixels.
void add_panel(Figure& figure, const std::vector<Pair>& pairs, const std::string& rate, double left, double right,
               bool legend) {
    figure.commands +=
        panel(left, right, 100, 325) +
        fill_in(R"(
set title 'learning rate <rate>' tc rgb INK
set key <key>
plot )",
                {{"rate", rate},
                 {"key",
                  legend ? "at screen px(60),py(385) Left reverse left top maxrows 4 samplen 2.5 font f11" : "off"}});
    std::string before;
    for (const Pair& pair : pairs) {
        const std::string column = pair.column + "_" + rate;
        figure.columns.push_back({column, pair.difference});
        if (pair.difference.back() == 0) continue;  // the same bits: nothing that a logarithmic axis could show
        figure.commands +=
            before + "DATA using 'step':'" + column + "' with lines " + pair.style + " title '" + pair.label + "'";
        before = ", \\\n     ";
    }
    figure.commands += "\n";
}

void drift(const Options& options) {
    const PlotFolder plots(options.plots);
    const std::vector<Case> cases = read_cases("trajectory.txt");
    Figure figure;
    figure.name = "golden_drift";
    figure.height = 480;
    figure.subtitle =
        "Largest difference of the loss so far, same weights and batches; chapter 8's network, SGD, 64 images of "
        "noise a step; 1 run each";
    figure.columns = {{"step", {}}};
    figure.commands = R"(
set ylabel 'difference of the loss' offset 1.5,0 tc rgb INK; set logscale y; set format y '10^{%T}'; set yrange [1e-17:3]
set xlabel 'step' tc rgb INK
)";
    for (std::size_t i : {1u, 2u}) {
        const std::vector<Pair> pairs = all_pairs(cases.at(i));
        print_table(pairs);
        if (i == 1)
            for (std::size_t k = 1; k <= pairs[0].difference.size(); ++k)
                figure.columns[0].values.push_back(static_cast<double>(k));
        else
            figure.title = "Two correct float programs: " + rounded(pairs[0].difference.at(9)) +
                           " apart after 10 steps, " + rounded(pairs[0].difference.at(99)) + " after 100; in double " +
                           rounded(pairs[6].difference.at(99));
        add_panel(figure, pairs, cases.at(i).text("lr"), i == 1 ? 80 : 510, i == 1 ? 430 : 860, i == 1);
    }
    print_first_decisions(cases.at(2), 60);
    plots.save({figure});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "golden_drift",
                        .purpose = "How two correct programs drift apart in training.",
                        .takes = {Option::threads, Option::plots}},
                       argc, argv, drift);
}
