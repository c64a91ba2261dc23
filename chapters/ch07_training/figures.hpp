// Chapter 7's figure: accuracy over the epochs.
#pragma once

#include <string>
#include <vector>

#include "ch07_training/training.hpp"
#include "common/figure.hpp"

namespace bn {

/// The reports as columns, under the names that every chapter's table of epochs uses.
inline std::vector<Column> epoch_columns(const std::vector<EpochReport>& reports) {
    std::vector<Column> columns = {{"epoch", {}}, {"loss", {}}, {"train_accuracy", {}}, {"validation_accuracy", {}}, {"seconds", {}}};
    for (const EpochReport& r : reports) {
        const double row[] = {static_cast<double>(r.epoch), r.loss, r.train_accuracy, r.validation_accuracy, r.seconds};
        for (std::size_t c = 0; c < columns.size(); ++c) columns[c].values.push_back(row[c]);
    }
    return columns;
}

/// Training and validation accuracy, named at their ends.
inline Figure plain_cnn_figure(const std::vector<EpochReport>& reports, const std::string& data, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch07_plain_cnn";
    figure.title = "A plain network learns birds and aeroplanes";
    figure.subtitle = "Accuracy in eval mode after each epoch; " + data + ", seed " + std::to_string(seed) + ", 1 run";
    figure.columns = epoch_columns(reports);
    const EpochReport& last = reports.back();
    char ends[500];
    std::snprintf(ends, sizeof ends,
                  "set label 'training %.1f %%' at %d,%g offset 1,%g tc rgb C1\n"
                  "set label 'validation %.1f %%' at %d,%g offset 1,%g tc rgb C2\n",
                  100 * last.train_accuracy, last.epoch, 100 * last.train_accuracy, last.train_accuracy > last.validation_accuracy ? 0.3 : -0.3,
                  100 * last.validation_accuracy, last.epoch, 100 * last.validation_accuracy, last.train_accuracy > last.validation_accuracy ? -0.3 : 0.3);
    figure.commands = panel(80, 700, 80, 400) + "set xrange [1:" + std::to_string(std::max(last.epoch, 2)) + "]\n" + ends + R"(
set xlabel 'epoch' tc rgb INK; set ylabel 'accuracy (%)' tc rgb INK; set yrange [*<70:100]
plot DATA using 'epoch':(100*column('train_accuracy')) with linespoints pt 7 ps 0.5 lc rgb C1 lw 1.9, \
     DATA using 'epoch':(100*column('validation_accuracy')) with linespoints pt 7 ps 0.5 lc rgb C2 lw 1.9
)";
    return figure;
}

}  // namespace bn
