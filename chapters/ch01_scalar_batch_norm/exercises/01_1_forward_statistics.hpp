// Write it: mean, variance, standard deviation, and the standardised numbers.
//
// Equations (1.1)-(1.5) of chapters/ch01_scalar_batch_norm/README.md, for a batch of m numbers. Fill in the two
// functions; ./tutorial try 01_1 checks them.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

struct Statistics {
    double mean;      // of the batch
    double variance;  // biased: the mean of the squared distances from the mean
    double std;       // what x - mean will be divided by; eps is in here
};

/// The statistics of x, which has at least one number. `eps` keeps std away from zero.
inline Statistics statistics(std::span<const double> x, double eps) {
    throw bn::Todo("01_1");
}

/// x_hat: each number of x, standardised. As many as x has.
inline std::vector<double> standardise(std::span<const double> x, double eps) {
    throw bn::Todo("01_1");
}

}  // namespace mine
