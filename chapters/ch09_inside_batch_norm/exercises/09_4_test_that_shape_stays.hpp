// Test it: a test that tells a standardisation, which keeps the shape, from transforms that do not.
//
// Here you write the test. `accepts` gets a function that someone else wrote. A right one returns as many numbers as it
// gets, with mean 0 and standard deviation 1 (nearly: eps is 1e-5), and the *shape* they had: Eqs. (9.3) and (9.4) with
// gamma = 1. It will be tried on right ones, and on broken ones that give mean 0 and standard deviation 1 as well, or
// nearly, and change the shape. Choose numbers in which that shows.
//
// You may use bn::moments(std::span<const double>(numbers)): .mean, .variance, .skewness, .kurtosis.
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "ch02_batch_norm_2d/distribution.hpp"
#include "common/todo.hpp"

namespace mine {

using Standardise = std::function<std::vector<double>(std::span<const double> x)>;

inline bool accepts(const Standardise& standardise) {
    throw bn::Todo("09_4");
}

}  // namespace mine
