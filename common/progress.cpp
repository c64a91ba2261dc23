#include "common/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace bn {

Progress::Progress(std::string label, long total)
    : label_(std::move(label)), total_(std::max(total, 1L)), terminal_(::isatty(STDERR_FILENO) == 1), start_(now()) {}

void Progress::erase() {
    if (terminal_) std::fputs("\r\033[K", stderr);
}

void Progress::update(long done, const std::string& note) {
    const double time = now();
    if (!terminal_ || (time - last_drawn_ < 0.05 && done < total_)) return;
    last_drawn_ = time;
    constexpr long width = 24;
    const long filled = width * std::min(done, total_) / total_;
    std::string bar;
    for (long i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
    std::fprintf(stderr, "\r\033[K%s  %s  %ld/%ld  %s  %.1f s", label_.c_str(), bar.c_str(), done, total_, note.c_str(),
                 time - start_);
    std::fflush(stderr);
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace bn
