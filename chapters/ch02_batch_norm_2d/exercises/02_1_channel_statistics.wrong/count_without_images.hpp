// Fails: two images of one channel and one row
#pragma once

#include <vector>

#include "common/tensor.hpp"

namespace mine {

struct ChannelStatistics {
    std::vector<double> mean, variance;
};

inline ChannelStatistics channel_statistics(const bn::Tensor<double>& x) {
    const bn::Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    const double count = static_cast<double>(H * W);
    ChannelStatistics s;
    for (bn::Index c = 0; c < C; ++c) {
        double mean = 0, variance = 0;
        for (bn::Index n = 0; n < N; ++n)
            for (bn::Index h = 0; h < H; ++h)
                for (bn::Index w = 0; w < W; ++w) mean += x(n, c, h, w) / count;
        for (bn::Index n = 0; n < N; ++n)
            for (bn::Index h = 0; h < H; ++h)
                for (bn::Index w = 0; w < W; ++w) variance += (x(n, c, h, w) - mean) * (x(n, c, h, w) - mean) / count;
        s.mean.push_back(mean);
        s.variance.push_back(variance);
    }
    return s;
}

}  // namespace mine
