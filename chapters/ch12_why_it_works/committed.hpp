// For the tests: the committed figures' tables and scripts.
#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "ch12_why_it_works/experiment.hpp"

namespace bn {

/// The runs in plots/NAME.tsv: as many rows as its column seed has. Throws std::runtime_error if it is not there.
inline RunTable committed_runs(const std::string& name) {
    std::ifstream file(project_root() / "plots" / (name + ".tsv"));
    if (!file) throw std::runtime_error("there is no plots/" + name + ".tsv");
    std::string line, cell;
    std::getline(file, line);
    std::vector<Column> columns;
    for (std::istringstream cells(line); std::getline(cells, cell, '\t');) columns.push_back({cell, {}});
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        std::vector<double> row;
        while (std::getline(cells, cell, '\t')) row.push_back(std::stod(cell));
        if (std::isnan(row.at(0))) break;  // from here on, only medians
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].values.push_back(row.at(i));
    }
    return RunTable(columns);
}

/// The line of plots/NAME.gp that has the figure's title. Throws std::runtime_error if there is none.
inline std::string committed_title(const std::string& name) {
    std::ifstream file(project_root() / "plots" / (name + ".gp"));
    std::string line;
    while (std::getline(file, line))
        if (line.starts_with("set label 1 '{/:Bold ")) return line;
    throw std::runtime_error("there is no title in plots/" + name + ".gp");
}

}  // namespace bn
