// Fails: every step begins at theta
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace mine {

inline double effective_beta(const std::function<std::vector<double>(const std::vector<double>&)>& gradient,
                             const std::vector<double>& theta, const std::vector<double>& etas) {
    const std::vector<double> g = gradient(theta);
    double largest = 0;
    std::vector<double> there = theta;
    for (const double eta : etas) {
        for (std::size_t i = 0; i < theta.size(); ++i) there[i] -= eta * g[i];
        const std::vector<double> g_there = gradient(there);
        double change = 0, length = 0;
        for (std::size_t i = 0; i < theta.size(); ++i) {
            change += (g_there[i] - g[i]) * (g_there[i] - g[i]);
            length += g[i] * g[i];
        }
        largest = std::max(largest, std::sqrt(change) / (eta * std::sqrt(length)));
    }
    return largest;
}

}  // namespace mine
