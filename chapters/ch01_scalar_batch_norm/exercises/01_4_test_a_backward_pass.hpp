// Test it: a gradient check that tells a right backward pass from broken ones.
//
// Here you write the test. `accepts` gets a backward pass that someone else wrote, calls it as often as you like, and
// returns whether it is right. It will be tried on two right ones and on several broken ones: it has to accept the
// right ones and to reject each of the others. "A check that can fail" in chapters/ch01_scalar_batch_norm/README.md
// helps: Eqs. (1.21)-(1.23).
//
// You may use the chapter's forward pass, bn::batch_norm(x, gamma, beta), and its bn::numerical_gradient,
// bn::relative_error and bn::inner_product. (To call bn::batch_norm_backward would be to copy the answer.)
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/todo.hpp"

namespace mine {

/// d_x = backward(f, gamma, d_y), where f is what bn::batch_norm returned; all have as many numbers as the batch.
using Backward =
    std::function<std::vector<double>(const bn::ScalarForward& f, double gamma, std::span<const double> d_y)>;

inline bool accepts(const Backward& backward) {
    throw bn::Todo("01_4");
}

}  // namespace mine
