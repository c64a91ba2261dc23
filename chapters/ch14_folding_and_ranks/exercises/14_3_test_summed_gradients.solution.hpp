// Test it: a test that tells the right sum of the ranks' gradients from wrong ones.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

namespace mine {

using Gradient = std::vector<double>;  // one number for each parameter; as many on every rank

/// gradients[r] and counts[r] belong to rank r.
using Combine = std::function<Gradient(const std::vector<Gradient>& gradients, const std::vector<int>& counts)>;

inline bool accepts(const Combine& combine) {
    const auto near = [](const Gradient& a, const Gradient& b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!(std::abs(a[i] - b[i]) < 1e-9)) return false;
        return true;
    };
    // Uneven, even, and one rank alone
    return near(combine({{4, -1}, {8, 3}, {-12, 0}}, {1, 5, 2}), {2.5, 1.75}) &&
           near(combine({{4, -1}, {8, 3}}, {2, 2}), {6, 1}) && near(combine({{4, -1}}, {3}), {4, -1});
}

}  // namespace mine
