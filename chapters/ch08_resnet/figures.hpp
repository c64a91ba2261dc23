// Chapter 8's figure: the article's network with and without batch norm.
#pragma once

#include <algorithm>
#include <cmath>
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
    const auto points = [](double more) {
        return (more < 0 ? "" : "+") + number_text(100 * more, 2, true) + " points";
    };
    figure.title = "With batch norm: training " + points(last.train_accuracy - other.train_accuracy) + ", validation " +
                   points(last.validation_accuracy - other.validation_accuracy);
    figure.subtitle = "The article's network, accuracy in eval mode after each epoch; " + data + ", " + schedule +
                      " rate, seed " + std::to_string(seed) + ", 1 run each";
    figure.columns = epoch_columns(with);
    for (const Column& column : epoch_columns(without))
        if (column.name != "epoch") figure.columns.push_back({"without_" + column.name, column.values});

    double lowest = 0.84;
    for (const auto* reports : {&with, &without})
        for (const EpochReport& r : *reports) lowest = std::min({lowest, r.train_accuracy, r.validation_accuracy});
    figure.commands = fill_in(
        "set xrange [1:<epochs>]; set yrange [<low>:100]; set xlabel 'epoch' tc rgb INK\n",
        {{"epochs", std::to_string(std::max(last.epoch, 2))}, {"low", number_text(5 * std::floor(20 * lowest))}});
    const auto side = [&](double left, const std::string& name, double article, double with_end, double without_end) {
        const double above = with_end >= without_end ? 0.35 : -0.35;  // labels keep clear of each other
        figure.commands += panel(left, left + 290, 100, 400);
        figure.commands +=
            fill_in(R"(
set title '{/:Bold <name> accuracy (%)}' tc rgb INK
set label 1 'with <with>' at <epoch>,<with> offset 0.7,<above> tc rgb C1
set label 2 'without <without>' at <epoch>,<without> offset 0.7,<below> tc rgb C2
set label 3 'article: <article> %' at 1,<article> offset 0.5,0.6 tc rgb MUTED font f11
plot <article> with lines dt 2 lw 1 lc rgb MUTED, \
     DATA using 'epoch':(100*column('without_<column>')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'epoch':(100*column('<column>')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1
)",
                    {{"name", name},
                     {"column", (name == "training" ? "train" : "validation") + std::string("_accuracy")},
                     {"with", number_text(100 * with_end, 2)},
                     {"without", number_text(100 * without_end, 2)},
                     {"epoch", std::to_string(last.epoch)},
                     {"above", number_text(above)},
                     {"below", number_text(-above)},
                     {"article", number_text(article)}});
    };
    side(60, "training", 95, last.train_accuracy, other.train_accuracy);
    side(480, "validation", 89, last.validation_accuracy, other.validation_accuracy);
    return figure;
}

}  // namespace bn
