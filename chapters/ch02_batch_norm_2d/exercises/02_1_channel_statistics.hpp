// Write it: the mean and the variance of each channel of a batch of images.
//
// Equations (2.1)-(2.3) of chapters/ch02_batch_norm_2d/README.md. x is [N, C, H, W]; x.size(0) is N, and so on, and
// x(n, c, h, w) is one value. Which of the four do you average over, and how many values are that?
#pragma once

#include <vector>

#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct ChannelStatistics {
    std::vector<double> mean;      // C of them
    std::vector<double> variance;  // C of them, biased
};

inline ChannelStatistics channel_statistics(const bn::Tensor<double>& x) {
    throw bn::Todo("02_1");
}

}  // namespace mine
