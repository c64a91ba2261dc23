// Fails: it rejects a loop that ends too early
#pragma once

#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"

namespace mine {

struct Block {
    virtual ~Block() = default;
    virtual bn::Tensor<double> forward(const bn::Tensor<double>& x) = 0;
    virtual bn::Tensor<double> backward(const bn::Tensor<double>& d_y) = 0;
};

inline bool accepts(Block& block) {
    // Twice, with other numbers: what is left over from the first time would spoil the second
    for (bn::Index N : {5, 3}) {
        bn::Tensor<double> x({N, 3}), cotangent({N, 4});
        bn::Random random(static_cast<std::uint64_t>(N));
        random.fill_normal(x.values());
        random.fill_normal(cotangent.values());

        // backward first: numerical_gradient calls forward with other x
        block.forward(x);
        const bn::Tensor<double> d_x = block.backward(cotangent);
        if (d_x.shape() != x.shape()) return false;
        const auto loss = [&] { return bn::inner_product(cotangent.values(), block.forward(x).values()); };
        const std::vector<double> numeric = bn::numerical_gradient(loss, x.values());
        if (!(std::abs(d_x[0] - numeric[0]) < 1e-6)) return false;
    }
    return true;
}

}  // namespace mine
