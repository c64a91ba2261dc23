// Mend it: a batch norm of one channel that mixes up train and eval mode.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"

namespace mine {

class BatchNorm {
public:
    bool training = true;
    double running_mean = 0, running_var = 1;
    double momentum = 0.1, eps = 1e-5;

    std::vector<double> operator()(std::span<const double> x) {
        if (training) {
            // The batch's own statistics, which are remembered, too: Eqs. (3.1), (3.2)
            const double n = static_cast<double>(x.size());
            const bn::ScalarForward batch = bn::batch_norm(x, 1, 0, eps);
            running_mean = (1 - momentum) * running_mean + momentum * batch.mean;
            running_var = (1 - momentum) * running_var + momentum * batch.variance * n / (n - 1);
            return batch.x_hat;
        }

        // What was remembered, and nothing of the batch: Eq. (3.8)
        std::vector<double> x_hat;
        for (double value : x) x_hat.push_back((value - running_mean) / std::sqrt(running_var + eps));
        return x_hat;
    }
};

}  // namespace mine
