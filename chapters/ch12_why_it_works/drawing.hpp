// Pieces of figures that several experiments draw: medians and ranges of runs as columns, lines and bands.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ch12_why_it_works/experiment.hpp"
#include "common/figure.hpp"

namespace bn {

/// Medians and ranges of column `name` for each value of column `over`, in the rows that meet `where`: columns
/// <prefix>_<over>, <prefix>_median, <prefix>_low, <prefix>_high.
inline std::vector<Column> summary(const RunTable& runs, const std::string& prefix, const std::string& name,
                                   const std::string& over, const RunTable::Where& where = {}) {
    Column at{prefix + "_" + over, {}}, median{prefix + "_median", {}}, low{prefix + "_low", {}},
        high{prefix + "_high", {}};
    for (const double value : runs.distinct(over)) {
        RunTable::Where here = where;
        here.emplace_back(over, value);
        const std::vector<double> values = runs.values(name, here);
        if (values.empty()) continue;
        const Spread spread = spread_of(values);
        at.values.push_back(value);
        median.values.push_back(spread.median);
        low.values.push_back(spread.low);
        high.values.push_back(spread.high);
    }
    return {at, median, low, high};
}

/// Adds columns to a figure's.
inline void append(std::vector<Column>& columns, const std::vector<Column>& more) {
    columns.insert(columns.end(), more.begin(), more.end());
}

/// "1, 4, 15", for gnuplot's set xtics (…).
inline std::string joined(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : ", ") + number_text(value);
    return text;
}

/// A clause for gnuplot's `plot`: what summary() made under `prefix`, as a line with a band behind it; values times
/// `factor`.
inline std::string line_with_band(const std::string& prefix, const std::string& over, const std::string& colour,
                                  double factor = 1) {
    return fill_in(
        "DATA using '<p>_<x>':(<f>*column('<p>_low')):(<f>*column('<p>_high')) with filledcurves lc rgb <c> fs "
        "transparent solid 0.18 noborder, \\\n"
        "     DATA using '<p>_<x>':(<f>*column('<p>_median')) with lines lw 1.9 lc rgb <c>",
        {{"p", prefix}, {"x", over}, {"c", colour}, {"f", number_text(factor)}});
}

/// The same with a point at each value, and its range as a bar. `shift` multiplies the places, so that bars stand side
/// by side.
inline std::string points_with_bars(const std::string& prefix, const std::string& over, const std::string& colour,
                                    double factor = 1, double shift = 1) {
    return fill_in(
        "DATA using "
        "(<s>*column('<p>_<x>')):(<f>*column('<p>_median')):(<f>*column('<p>_low')):(<f>*column('<p>_high')) with "
        "yerrorbars pt 0 lw 1 lc rgb <c>, \\\n"
        "     DATA using (<s>*column('<p>_<x>')):(<f>*column('<p>_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb "
        "<c>",
        {{"p", prefix}, {"x", over}, {"c", colour}, {"f", number_text(factor)}, {"s", number_text(shift)}});
}

}  // namespace bn
