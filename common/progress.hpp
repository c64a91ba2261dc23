// A progress bar on stderr: "epoch 3/15  ████████░░░░  84/157  loss 0.312  1.2 s". Silent when stderr is no terminal.
#pragma once

#include <string>

namespace bn {

class Progress {
public:
    /// `total` steps of what `label` names.
    Progress(std::string label, long total);
    ~Progress() { erase(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `done` steps are finished; `note` stands at the end of the line.
    void update(long done, const std::string& note = "");

    /// Takes the bar off the screen, for a line on stdout to stand in its place.
    void erase();

private:
    std::string label_;
    long total_;
    bool terminal_;
    double start_;           // seconds
    double last_drawn_ = 0;  // seconds
};

/// Seconds of a clock that never goes back.
double now();

}  // namespace bn
