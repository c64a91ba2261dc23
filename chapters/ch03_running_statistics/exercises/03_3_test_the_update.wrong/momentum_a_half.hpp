// Fails: it rejects momentum the other way round
#pragma once

#include <cmath>
#include <functional>
#include <optional>

#include "ch03_running_statistics/running_statistics.hpp"

namespace mine {

using Update = std::function<void(bn::RunningStatistics<double>& running, const bn::ChannelStatistics& batch,
                                  std::optional<double> momentum)>;

inline bool is(const bn::RunningStatistics<double>& running, double mean, double variance) {
    return std::abs(running.running_mean[0] - mean) < 1e-9 && std::abs(running.running_var[0] - variance) < 1e-9;
}

inline bool accepts(const Update& update) {
    bn::RunningStatistics<double> moving(1);
    update(moving, {{5.0}, {6.0}, 4}, 0.5);
    if (!is(moving, 2.5, 0.5 + 0.5 * 8)) return false;

    bn::RunningStatistics<double> plain(1);
    update(plain, {{5.0}, {6.0}, 4}, std::nullopt);
    update(plain, {{7.0}, {12.0}, 4}, std::nullopt);
    return is(plain, 6, 12);
}

}  // namespace mine
