// Test it: a test that tells the right sum of the ranks' gradients from wrong ones.
//
// Here you write the test. Each rank has a part of the batch, and the gradient of the mean loss of its own images.
// There may be one rank or several, with equally many images or not. `combine(gradients, counts)` should return the
// gradient of the mean loss of all images: Eqs. (14.11) and (14.12) of chapters/ch14_folding_and_ranks/README.md. No norm
// is synchronised here, so that weighting afterwards is right, too.
// `accepts` says whether it does. It will be tried on a right one and on several broken ones.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "common/todo.hpp"

namespace mine {

using Gradient = std::vector<double>;  // one number for each parameter; as many on every rank

/// gradients[r] and counts[r] belong to rank r.
using Combine = std::function<Gradient(const std::vector<Gradient>& gradients, const std::vector<int>& counts)>;

inline bool accepts(const Combine& combine) {
    // To begin with: combine({{4, -1}, {8, 3}}, {2, 2})
    throw bn::Todo("14_3");
}

}  // namespace mine
