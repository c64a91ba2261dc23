// Chapter 7's figure: accuracy over the epochs.
#pragma once

#include <string>
#include <vector>

#include "ch07_training/training.hpp"
#include "common/figure.hpp"
#include "common/sketches.hpp"

namespace bn {

/// The reports as columns, under the names that every chapter's table of epochs uses.
inline std::vector<Column> epoch_columns(const std::vector<EpochReport>& reports) {
    std::vector<Column> columns = {
        {"epoch", {}}, {"loss", {}}, {"train_accuracy", {}}, {"validation_accuracy", {}}, {"seconds", {}}};
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
    figure.subtitle = "Accuracy in eval mode after each epoch; " + data + ", seed " + std::to_string(seed) + ", 1 run";
    figure.columns = epoch_columns(reports);
    const EpochReport& last = reports.back();
    figure.title = "Without batch norm, a plain network tells " + number_text(100 * last.validation_accuracy, 1) +
                   " % of new images right";
    const double above =
        last.train_accuracy >= last.validation_accuracy ? 0.3 : -0.3;  // labels keep clear of each other
    figure.commands = panel(80, 700, 80, 400) + fill_in(R"(
set xrange [1:<last>]; set xlabel 'epoch' tc rgb INK; set yrange [*<70:100]; set ylabel 'accuracy (%)' tc rgb INK
set label 'training <train> %' at <epoch>,<train> offset 1,<above> tc rgb C1
set label 'validation <validation> %' at <epoch>,<validation> offset 1,<below> tc rgb C2
plot DATA using 'epoch':(100*column('train_accuracy')) with linespoints pt 7 ps 0.5 lc rgb C1 lw 1.9, \
     DATA using 'epoch':(100*column('validation_accuracy')) with linespoints pt 7 ps 0.5 lc rgb C2 lw 1.9
)",
                                                        {{"last", std::to_string(std::max(last.epoch, 2))},
                                                         {"epoch", std::to_string(last.epoch)},
                                                         {"train", number_text(100 * last.train_accuracy, 1)},
                                                         {"validation", number_text(100 * last.validation_accuracy, 1)},
                                                         {"above", number_text(above)},
                                                         {"below", number_text(-above)}});
    return figure;
}

/// Ten of the drawings that stand in for photographs: airplanes above, birds below.
inline Figure sketches_figure() {
    Figure figure;
    figure.name = "ch07_sketches";
    figure.title = "What the programs draw when there are no photographs";
    figure.subtitle = "Sketches of 32×32 pixels: airplanes above, birds below; always the same 12,000";
    figure.height = 450;
    constexpr Index per_row = 5, width = per_row * (image_side + 2) - 2, height = 2 * image_side + 2;  // gaps of 2
    const ImageSet drawings = make_sketches().train;
    const std::size_t pixels = static_cast<std::size_t>(width * height);
    figure.columns = {{"x", {}}, {"y", {}}};
    for (Index i = 0; i < width * height; ++i) {
        figure.columns[0].values.push_back(static_cast<double>(i % width));
        figure.columns[1].values.push_back(static_cast<double>(i / width));
    }
    for (const char* colour : {"red", "green", "blue"})
        figure.columns.push_back({colour, std::vector<double>(pixels, 255.0)});
    Index drawn[2] = {0, 0};
    for (Index n = 0; n < drawings.size(); ++n) {
        const std::uint8_t label = drawings.labels[static_cast<std::size_t>(n)];
        if (drawn[label] == per_row) continue;
        const Index left = (image_side + 2) * drawn[label]++, top = (image_side + 2) * label;
        for (Index i = 0; i < image_bytes; ++i) {
            const Index c = i / 1024, y = top + i % 1024 / image_side, x = left + i % image_side;
            figure.columns[static_cast<std::size_t>(2 + c)].values[static_cast<std::size_t>(y * width + x)] =
                drawings.pixels[static_cast<std::size_t>(n * image_bytes + i)];
        }
    }
    figure.commands = panel(16, 864, 76, 430) + R"(
unset border; unset tics; unset grid
set xrange [-0.5:167.5]; set yrange [65.5:-0.5]
plot DATA using 'x':'y':'red':'green':'blue' with rgbimage
)";
    return figure;
}

}  // namespace bn
