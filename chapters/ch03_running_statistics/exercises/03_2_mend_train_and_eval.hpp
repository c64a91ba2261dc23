// Mend it: a batch norm of one channel that mixes up train and eval mode.
//
//   1. After one training batch of mean 10 (momentum 0.1), running_mean is 9. It should be 1.
//   2. Whoever validates changes the network: in eval mode, running_mean moves with every call.
//   3. In eval mode, a number's output depends on the numbers that come with it. A number alone becomes NaN or, once 2
//      is mended, always 0.
//
// Find the faults, mend them, and take the throw away. What it should do: Eqs. (3.1) and (3.2) in training, Eq. (3.8)
// in eval mode, of chapters/ch03_running_statistics/README.md.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "common/todo.hpp"

namespace mine {

class BatchNorm {
public:
    bool training = true;  // false: eval mode
    double running_mean = 0, running_var = 1;
    double momentum = 0.1, eps = 1e-5;

    /// x_hat of x: two numbers or more in training, one or more in eval mode.
    std::vector<double> operator()(std::span<const double> x) {
        throw bn::Todo("03_2");  // take this line away

        const double n = static_cast<double>(x.size());
        const bn::ScalarForward batch = bn::batch_norm(x, 1, 0, eps);
        running_mean = momentum * running_mean + (1 - momentum) * batch.mean;
        running_var = momentum * running_var + (1 - momentum) * batch.variance * n / (n - 1);
        if (training) return batch.x_hat;

        std::vector<double> x_hat;
        for (double value : x) x_hat.push_back((value - batch.mean) / std::sqrt(running_var + eps));
        return x_hat;
    }
};

}  // namespace mine
