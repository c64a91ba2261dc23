// Mend it: a batch norm with three faults, of which you see the symptoms.
//
//   1. The batch (0, 1) becomes (-0.707, 0.707). It should become (-1, 1), nearly.
//   2. The batch (0.001, 0) becomes (0.697, -0.697) or, once 1 is mended, (0.980, -0.980). It should become
//      (0.156, -0.156): eps, 1e-5, is larger there than the variance.
//   3. The batch (10000.01, 9999.99, 10000.03, 9999.97) becomes numbers in the hundreds and thousands, or NaN. It
//   should
//      become what (0.01, -0.01, 0.03, -0.03) becomes: (0.443, -0.443, 1.328, -1.328).
//
// Find the faults, mend them, and take the throw away. (With only some of it mended, the tests say what is left.) What
// it should compute: Eqs. (1.1)-(1.5) of chapters/ch01_scalar_batch_norm/README.md.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "common/todo.hpp"

namespace mine {

/// x_hat of a batch of two numbers or more, rounded to float.
inline std::vector<float> standardise(std::span<const double> x, double eps) {
    throw bn::Todo("01_3");  // take this line away

    const float m = static_cast<float>(x.size());
    float sum = 0, squares = 0;
    for (double value : x) {
        sum += static_cast<float>(value);
        squares += static_cast<float>(value * value);
    }
    const float mean = sum / m;
    const float variance = (squares / m - mean * mean) * m / (m - 1);
    const float std = std::sqrt(variance) + static_cast<float>(eps);

    std::vector<float> x_hat;
    for (double value : x) x_hat.push_back((static_cast<float>(value) - mean) / std);
    return x_hat;
}

}  // namespace mine
