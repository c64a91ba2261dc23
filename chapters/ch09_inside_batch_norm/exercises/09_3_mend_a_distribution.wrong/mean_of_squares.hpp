// Fails: a large mean costs no digits
#pragma once

#include <cmath>
#include <map>
#include <span>

namespace mine {

class Distribution {
public:
    static constexpr double bin_width = 0.5;

    void add(std::span<const double> batch) {
        const double n = static_cast<double>(batch.size());
        double mean = 0, squares = 0;
        for (double value : batch) mean += value / n;
        for (double value : batch) squares += value * value;

        const double common = mean_ + (mean - mean_) * n / (count_ + n);
        squares_ += squares;
        mean_ = common;
        count_ += n;

        for (double value : batch) ++histogram_[static_cast<int>(std::floor(value / bin_width))];
    }

    double mean() const { return mean_; }
    double sigma() const { return std::sqrt(squares_ / count_ - mean_ * mean_); }

    long count_in(int k) const {
        const auto found = histogram_.find(k);
        return found == histogram_.end() ? 0 : found->second;
    }

private:
    double count_ = 0, mean_ = 0, squares_ = 0;
    std::map<int, long> histogram_;
};

}  // namespace mine
