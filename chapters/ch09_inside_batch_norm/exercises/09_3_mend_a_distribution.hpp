// Mend it: a class that gathers the distribution of numbers that come in batches, with three faults.
//
//   1. A batch of 64 numbers with mean 1, then one of 16 with mean 6: the mean is said to be 3.5. It is 2.
//      (The last batch of an epoch is smaller than the others.)
//   2. Two numbers that are 0, then two that are 2: sigma is said to be 0. It is 1.
//   3. The histogram of any smooth distribution around 0 has a peak in the middle, twice as high as its neighbours.
//
// Find the faults, mend them, and take the throw away. Eqs. (9.5), (9.6) and (9.8) of the chapter's README.
#pragma once

#include <cmath>
#include <map>
#include <span>

#include "common/todo.hpp"

namespace mine {

class Distribution {
public:
    static constexpr double bin_width = 0.5;

    /// Adds a batch of one number or more, of which nothing is kept.
    void add(std::span<const double> batch) {
        throw bn::Todo("09_3");  // take this line away

        const double n = static_cast<double>(batch.size());
        double mean = 0, squares = 0;
        for (double value : batch) mean += value / n;
        for (double value : batch) squares += (value - mean) * (value - mean);

        ++batches_;
        mean_ += (mean - mean_) / batches_;
        squares_ += squares;
        count_ += n;
        for (double value : batch) ++histogram_[static_cast<int>(value / bin_width)];
    }

    double mean() const { return mean_; }
    double sigma() const { return std::sqrt(squares_ / count_); }  // biased

    /// How many numbers lie in [k * bin_width, (k + 1) * bin_width). k may be negative.
    long count_in(int k) const {
        const auto found = histogram_.find(k);
        return found == histogram_.end() ? 0 : found->second;
    }

private:
    double batches_ = 0, count_ = 0, mean_ = 0, squares_ = 0;  // squares: of the deviations from the mean
    std::map<int, long> histogram_;
};

}  // namespace mine
