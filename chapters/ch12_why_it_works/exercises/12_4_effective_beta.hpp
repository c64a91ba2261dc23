// Write it: how far a gradient can be trusted.
//
// A step of size eta against the gradient goes from theta to theta - eta g. How much has the gradient changed there, by
// the length of the way? That is beta(eta), Eq. (12.24), derived in chapters/ch12_why_it_works/README.md; the largest
// over a grid of steps is the effective beta.
#pragma once

#include <functional>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// The largest beta(eta) over the steps `etas`, each positive and each taken from `theta` itself. `gradient(x)` is the
/// loss's gradient at x, as long as x; at `theta` it is not zero. `etas` is not empty.
inline double effective_beta(const std::function<std::vector<double>(const std::vector<double>&)>& gradient,
                             const std::vector<double>& theta, const std::vector<double>& etas) {
    throw bn::Todo("12_4");
}

}  // namespace mine
