// Mend it: a synchronised batch norm that is right only while all ranks have equally many values.
//
// One channel, with weight 1 and bias 0. Each rank knows count, mean and biased variance of its own values.
//
//   1. Ranks with the values (0, 0) and (8, 8, 8, 8, 8, 8): the mean comes out as 4. It should be 6.
//   2. Ranks with (1, 1) and (5, 5): the variance comes out as 0. It should be 4.
//   3. With uneven ranks, d_x is not the gradient that one process with all values gets. (With one rank it is.)
//
// Find the faults, mend them, and take the throws away. What it should do: Eqs. (14.13) to (14.15), (14.18) and (14.19)
// of chapters/ch14_folding_and_ranks/README.md. Never by E[x^2] - mu^2: values near 1e9 have to keep their digits.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "common/todo.hpp"

namespace mine {

struct Part {
    double count, mean, variance;  // variance: the squared deviations divided by count
};

/// Of all ranks' values together.
inline Part merged(const std::vector<Part>& ranks) {
    throw bn::Todo("14_2");  // take this line away

    Part whole{0, 0, 0};
    for (const Part& rank : ranks) {
        whole.count += rank.count;
        whole.mean += rank.mean / static_cast<double>(ranks.size());
    }
    for (const Part& rank : ranks) whole.variance += rank.count * rank.variance / whole.count;
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
    throw bn::Todo("14_2");  // take this line away

    const double std = std::sqrt(whole.variance + eps), n = counts[own];
    std::vector<double> result;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double x_hat = (x[i] - whole.mean) / std;
        result.push_back((d_y[i] - sums[own].d_y / n - x_hat * sums[own].d_y_centred / std / n) / std);
    }
    return result;
}

}  // namespace mine
