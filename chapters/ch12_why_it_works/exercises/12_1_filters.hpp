// Write it: how long a filter gets before a batch norm, and how far a step then turns it.
//
// Before a batch norm the gradient g is at right angles to the filter w. So after the steps w - lr g, one after the
// other, Pythagoras knows the squared length: Eq. (12.10). And the rate that counts is the effective one: Eq. (12.12).
// Both are derived in chapters/ch12_why_it_works/README.md.
#pragma once

#include <vector>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

/// ‖w‖² after the steps: `w` is the filter at the start, `gradients` has its gradient at each step, as long as w, each
/// at right angles to the filter as it then is. `lr` is the learning rate of all steps.
inline double squared_length_after(const std::vector<double>& w, const std::vector<std::vector<double>>& gradients,
                                   double lr) {
    throw bn::Todo("12_1");
}

/// The effective learning rate of each filter: `weight` is [F, C, kH, kW], F filters of C·kH·kW numbers; F rates.
inline std::vector<double> effective_rates(const bn::Tensor<double>& weight, double lr) {
    throw bn::Todo("12_1");
}

}  // namespace mine
