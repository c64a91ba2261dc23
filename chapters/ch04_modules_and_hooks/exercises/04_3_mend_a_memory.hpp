// Mend it: a layer that mixes up what it remembers for its backward pass.
//
// The layer is y = a*x, number by number; the chapter's Eqs. (4.5), (4.6) and (4.8). As it stands:
//   1. Called twice, y = a*(a*x) with a = 3, x = 2, d_y = 1: d_factor becomes 18. It should be 12, as 2*a*x.
//   2. Two passes, one with x = 2, one with x = 5, each taken back with d_y = 1: d_factor is 5. It should be 7.
//   3. A look at other data between a forward pass and its backward pass (remember = false) changes the gradient: with
//      x = 2 in the forward pass and 100 in the look, d_factor is 100. It should be 2.
//   4. A backward pass too many goes unnoticed. It should throw std::logic_error.
//
// Find the faults, mend them, and take the throw away. (With only some of it mended, the numbers change.)
#pragma once

#include <cstddef>
#include <stdexcept>
#include <vector>

#include "common/todo.hpp"

namespace mine {

class Scale {
public:
    explicit Scale(double initial) : factor(initial) {}

    double factor;         // a
    double d_factor = 0;   // of the loss, added up over all backward passes
    bool remember = true;  // false: no backward pass is going to follow

    std::vector<double> forward(const std::vector<double>& x) {
        throw bn::Todo("04_3");  // take this line away

        saved_ = x;
        std::vector<double> y;
        for (double value : x) y.push_back(factor * value);
        return y;
    }

    /// d_x from d_y, for the last forward pass that has not been taken back.
    std::vector<double> backward(const std::vector<double>& d_y) {
        d_factor = 0;
        std::vector<double> d_x;
        for (std::size_t i = 0; i < d_y.size(); ++i) {
            d_factor += d_y[i] * saved_[i];
            d_x.push_back(d_y[i] * factor);
        }
        return d_x;
    }

private:
    std::vector<double> saved_;  // x
};

}  // namespace mine
