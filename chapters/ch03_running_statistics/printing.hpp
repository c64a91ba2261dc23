// Tables on stdout: averages by hand, and the curves against the test batch size.
#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <vector>

#include "ch03_running_statistics/averages.hpp"
#include "ch03_running_statistics/broken.hpp"
#include "ch03_running_statistics/train_and_eval.hpp"

namespace bn {

/// The hand-sized batches, the averages after each, and what broken updates make of them.
inline void print_hand_sized() {
    std::printf("%18s |%8s%9s%9s | %9s: %-14s | %9s: %-14s\n", "", "mean", "biased", "unbiased", "0.1", "mean, var",
                "None", "mean, var");
    std::printf("%18s |%8s%9s%9s |%13.4f%13.4f |%13.4f%13.4f\n", "initially", "", "", "", 0.0, 1.0, 0.0, 1.0);
    RunningStatistics<double> moving(1), average(1);
    for (const Tensor<double>& x : hand_sized_batches()) {
        const ChannelStatistics s = channel_statistics(x);
        moving.update(s, 0.1);
        average.update(s, std::nullopt);
        std::printf("   (%g, %g, %g, %g)%*s |%8.4f%9.4f%9.4f |%13.4f%13.4f |%13.4f%13.4f\n", x[0], x[1], x[2], x[3],
                    x[3] > 9 ? 2 : 3, "", s.mean[0], s.variance[0], s.variance[0] * 4 / 3, moving.running_mean[0],
                    moving.running_var[0], average.running_mean[0], average.running_var[0]);
    }
    for (const BrokenUpdate& broken : broken_updates()) {
        const BrokenAverages wrong = averages_with(broken);
        std::printf("   broken: %-35s |%13.4f%13.4f |%13.4f%13.4f\n", broken.name, wrong.moving.running_mean[0],
                    wrong.moving.running_var[0], wrong.average.running_mean[0], wrong.average.running_var[0]);
    }
}

inline void print_errors(const std::vector<EvalErrors>& all) {
    for (const EvalErrors& e : all)
        std::printf("  %-36s d_x %.1e   d_weight %.1e   d_bias %.1e\n", e.name.c_str(), e.d_x, e.d_weight, e.d_bias);
}

inline void print_looks(const std::vector<DriftLook>& looks) {
    for (const DriftLook& look : looks)
        std::printf("  level %5.2f, running mean %5.2f: accuracy in eval mode %.1f %%, recalibrated %.1f %%\n",
                    look.level, look.running_mean, 100 * look.accuracy, 100 * look.recalibrated_accuracy);
}

/// One line for each test batch size.
inline void print_curves(const BatchSizeCurves& c) {
    std::printf("%6s |%12s%12s%20s |%18s%24s%12s\n", "N", "train mode", "eval", "eval after 5", "train, shuffled",
                "train, sorted by class", "eval");
    for (std::size_t i = 0; i < c.size.size(); ++i)
        std::printf("%6g |%12.3f%12.3f%20.3f |%16.1f %%%22.1f %%%10.1f %%\n", c.size[i], c.error_train[i],
                    c.error_eval[i], c.error_early[i], 100 * c.accuracy_mixed[i], 100 * c.accuracy_one_class[i],
                    100 * c.accuracy_eval[i]);
}

}  // namespace bn
