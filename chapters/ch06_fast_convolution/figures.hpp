// Chapter 6's figure: the speed of each pass, readable and fast.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "common/figure.hpp"

namespace bn {

struct KernelSpeed {
    std::string name;
    double naive, fast;  // GFLOP/s
};

/// One row a pass: chapter 5's speed, chapter 6's, and the machine's limit, on a logarithmic axis.
inline Figure speed_figure(const std::vector<KernelSpeed>& speeds, double limit, int threads) {
    Figure figure;
    figure.name = "ch06_speed";
    std::vector<double> row, naive, fast;
    std::string tics;
    double least = 1e9;
    for (const KernelSpeed& speed : speeds) {
        row.push_back(static_cast<double>(row.size()));
        naive.push_back(speed.naive);
        fast.push_back(speed.fast);
        least = std::min(least, speed.fast / speed.naive);
        tics += (tics.empty() ? "" : ", ") + ("'" + speed.name + "' ") + std::to_string(row.size() - 1);
    }
    for (std::size_t at = 0; (at = tics.find('_', at)) != std::string::npos; at += 2) tics.insert(at, "\\");
    char title[100], limit_text[200];
    std::snprintf(title, sizeof title, "The same arithmetic, at least %.0f times faster", std::floor(least));
    figure.title = title;
    figure.subtitle = "Convolutions of the article's network, 16 images, fastest of several runs, " +
                      std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    figure.columns = {{"row", row}, {"ch05", naive}, {"ch06", fast}, {"limit", {limit}}};
    std::snprintf(limit_text, sizeof limit_text,
                  "set arrow 1 from %g,graph 0 to %g,graph 1 nohead lc rgb MUTED lw 1 dt 2\n"
                  "set label 1 'multiply-adds alone' at %g,graph 1.035 right tc rgb MUTED font f11\n",
                  limit, limit, limit * 1.15);
    figure.commands = panel(220, 850, 96, 400) + limit_text + "set ytics (" + tics + ")\n" + R"(
set logscale x; set xlabel 'GFLOP/s (logarithmic)' tc rgb INK; set xrange [0.1:1000]
set yrange [8.6:-0.6]; unset grid; set grid xtics lt 1 lw 0.5 lc rgb GRID
plot DATA using (column('ch05')):'row':(column('ch06')-column('ch05')):(0) with vectors nohead lc rgb CTX lw 2, \
     DATA using 'ch05':'row' with points pt 7 ps 1 lc rgb C2, \
     DATA using 'ch06':'row' with points pt 7 ps 1 lc rgb C1, \
     DATA every ::0::0 using 'ch05':(-0.42):('ch05, to read') with labels center tc rgb C2 font f11, \
     DATA every ::0::0 using 'ch06':(-0.42):('ch06, to run') with labels right tc rgb C1 font f11
)";
    return figure;
}

}  // namespace bn
