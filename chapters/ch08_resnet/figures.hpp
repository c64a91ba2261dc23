// Chapter 8's figure: the article's network with and without batch norm.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "ch07_training/figures.hpp"
#include "ch07_training/training.hpp"
#include "common/figure.hpp"

namespace bn {

/// Training accuracy on the left, validation accuracy on the right, each with and without batch norm and with the
/// article's figure as a dashed line. The title says who is ahead, as the numbers have it.
inline Figure learning_curves_figure(const std::vector<EpochReport>& with, const std::vector<EpochReport>& without,
                                     const std::string& data, const std::string& schedule, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch08_with_and_without";
    const EpochReport &last = with.back(), &other = without.back();
    char title[160];
    std::snprintf(title, sizeof title, "With batch norm: training %+.1f points, validation %+.1f points",
                  100 * (last.train_accuracy - other.train_accuracy), 100 * (last.validation_accuracy - other.validation_accuracy));
    figure.title = title;
    figure.subtitle = "The article's network, accuracy in eval mode after each epoch; " + data + ", " + schedule + " rate, seed " + std::to_string(seed) + ", 1 run each";
    figure.columns = epoch_columns(with);
    for (const Column& column : epoch_columns(without))
        if (column.name != "epoch") figure.columns.push_back({"without_" + column.name, column.values});

    const int epochs = std::max(last.epoch, 2);
    double lowest = 0.84;
    for (const auto* reports : {&with, &without})
        for (const EpochReport& r : *reports) lowest = std::min({lowest, r.train_accuracy, r.validation_accuracy});
    char range[160];
    std::snprintf(range, sizeof range, "set xrange [1:%d]; set yrange [%g:100]; set xlabel 'epoch' tc rgb INK\n", epochs, std::max(0.0, 5 * std::floor(20 * lowest)));
    figure.commands = range;
    struct Panel {
        const char *column, *title, *label;
        double left, article, with_end, without_end;
    };
    const Panel panels[] = {{"train_accuracy", "training", "article: 95 %", 60, 95, last.train_accuracy, other.train_accuracy},
                            {"validation_accuracy", "validation", "article: 89 %", 480, 89, last.validation_accuracy, other.validation_accuracy}};
    for (const Panel& p : panels) {
        // The labels at the right end keep clear of each other
        const double above = p.with_end >= p.without_end ? 0.35 : -0.35;
        char text[1400];
        std::snprintf(text, sizeof text, R"(
set title '{/:Bold %s accuracy (%%)}' tc rgb INK
set label 1 'with %.1f' at %d,%g offset 0.7,%g tc rgb C1
set label 2 'without %.1f' at %d,%g offset 0.7,%g tc rgb C2
set label 3 '%s' at 1,%g offset 0.5,0.6 tc rgb MUTED font f11
plot %g with lines dt 2 lw 1 lc rgb MUTED, \
     DATA using 'epoch':(100*column('without_%s')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'epoch':(100*column('%s')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1
)",
                      p.title, 100 * p.with_end, last.epoch, 100 * p.with_end, above, 100 * p.without_end, other.epoch, 100 * p.without_end, -above, p.label,
                      p.article, p.article, p.column, p.column);
        figure.commands += panel(p.left, p.left + 290, 100, 400) + text;
    }
    return figure;
}

}  // namespace bn
