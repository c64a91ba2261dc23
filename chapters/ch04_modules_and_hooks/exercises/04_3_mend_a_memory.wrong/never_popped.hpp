// Fails: symptom 1
#pragma once

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace mine {

class Scale {
public:
    explicit Scale(double initial) : factor(initial) {}

    double factor;
    double d_factor = 0;
    bool remember = true;

    std::vector<double> forward(const std::vector<double>& x) {
        if (remember) saved_.push_back(x);
        std::vector<double> y;
        for (double value : x) y.push_back(factor * value);
        return y;
    }

    std::vector<double> backward(const std::vector<double>& d_y) {
        if (saved_.empty()) throw std::logic_error("a backward pass without a forward pass before it");
        const std::vector<double> x = saved_.back();

        std::vector<double> d_x;
        for (std::size_t i = 0; i < d_y.size(); ++i) {
            d_factor += d_y[i] * x[i];
            d_x.push_back(d_y[i] * factor);
        }
        return d_x;
    }

private:
    std::vector<std::vector<double>> saved_;  // a stack of x
};

}  // namespace mine
