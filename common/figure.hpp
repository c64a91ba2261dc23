// Figures. Each is three files: NAME.tsv (the numbers), NAME.gp (a gnuplot script that draws them, with or without
// this program) and the picture as NAME.svg and NAME.png.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bn {

/// A named column of a .tsv. Columns may differ in length: what is missing is written as NaN, which gnuplot skips.
struct Column {
    std::string name;
    std::vector<double> values;
};

/// One figure: a title that states the finding, a subtitle that says what is shown and of how many, the numbers, and
/// the gnuplot commands that draw them.
///
/// The commands may use what the style defines: DATA (the .tsv's name; columns are addressed by name or number),
/// colours INK MUTED GRID CTX C1…C6, fonts f11 f12 f17, W and H, and px(x), py(y): screen coordinates from pixels,
/// counted from the top left.
struct Figure {
    std::string name;      // "ch08_learning_curves"
    std::string title;     // the finding
    std::string subtitle;  // data, seed, number of runs
    std::vector<Column> columns;
    std::string commands;
    int width = 880;  // pixels
    int height = 460;
};

/// `text` with each <name> in it replaced by the value given for that name.
std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values);

/// A number for a command or a label: `decimals` places, or as few digits as needed (up to six) if it is −1. With a
/// real minus sign where `label` is true; gnuplot's commands want the hyphen. Never a negative zero.
std::string number_text(double value, int decimals = -1, bool label = false);

/// gnuplot commands that place the next plot between the given pixels, counted from the figure's top left.
std::string panel(double left, double right, double top, double bottom);

/// The folder that a run's figures go to.
class PlotFolder {
public:
    /// Makes the folder. Throws at once, before any long work, if nothing can be written there.
    explicit PlotFolder(std::filesystem::path folder);

    /// Writes all the .tsv files, then draws each figure and says so on stdout. Every file is complete or not
    /// there: it gets its name when it is whole, so figures of an earlier run survive a failure. Throws
    /// std::runtime_error naming what failed, after trying the rest.
    void save(const std::vector<Figure>& figures) const;

    /// Writes a table without a picture.
    void save_table(const std::string& name, const std::vector<Column>& columns) const;

private:
    std::filesystem::path folder_;
};

}  // namespace bn
