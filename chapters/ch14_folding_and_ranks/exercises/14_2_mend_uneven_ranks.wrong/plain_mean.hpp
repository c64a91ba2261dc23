// Fails: symptom 1: a rank counts as much as it has values
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace mine {

struct Part {
    double count, mean, variance;  // variance: the squared deviations divided by count
};

/// Of all ranks' values together.
inline Part merged(const std::vector<Part>& ranks) {
    Part whole = ranks[0];
    for (std::size_t r = 1; r < ranks.size(); ++r) {
        const Part& rank = ranks[r];
        const double count = whole.count + rank.count, delta = rank.mean - whole.mean;
        const double squares = whole.count * whole.variance + rank.count * rank.variance +
                               delta * delta * whole.count * rank.count / count;
        whole = {count, whole.mean + delta / 2, squares / count};
    }
    return whole;
}

/// What each rank sums over its own values: d_y, and d_y times (x - mean of all).
struct Sums {
    double d_y, d_y_centred;
};

/// d_x of rank `own`, which has the values x and d_y. `sums` are all ranks', `counts` how many values each has.
inline std::vector<double> d_x(std::size_t own, const std::vector<double>& x, const std::vector<double>& d_y,
                               const Part& whole, const std::vector<Sums>& sums, const std::vector<double>& counts,
                               double eps) {
    (void)own, (void)counts;
    const double std = std::sqrt(whole.variance + eps), n = whole.count;
    Sums all{0, 0};
    for (const Sums& rank : sums) {
        all.d_y += rank.d_y;
        all.d_y_centred += rank.d_y_centred;
    }
    std::vector<double> result;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double x_hat = (x[i] - whole.mean) / std;
        result.push_back((d_y[i] - all.d_y / n - x_hat * all.d_y_centred / std / n) / std);
    }
    return result;
}

}  // namespace mine
