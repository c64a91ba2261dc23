// Test it: a test that tells a residual block with a right backward pass from broken ones.
//
// Here you write the test. `accepts` gets a block whose forward pass is right, Eq. (8.1), and says whether its backward
// pass is: README.md, "Back through the block". It will be tried on a right block and on several broken ones: a
// forgotten shortcut, a ReLU that mixes up its three calls, and more. forward and backward may be called as often as
// you like; backward belongs to the latest forward.
//
// You may use bn::numerical_gradient, bn::relative_error and bn::inner_product of chapter 1, and bn::Random.
#pragma once

#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/random.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace mine {

struct Block {
    virtual ~Block() = default;
    virtual bn::Tensor<double> forward(const bn::Tensor<double>& x) = 0;     // [N, 3] -> [N, 4]
    virtual bn::Tensor<double> backward(const bn::Tensor<double>& d_y) = 0;  // [N, 4] -> d_x, [N, 3]
};

inline bool accepts(Block& block) {
    // To begin with: bn::Tensor<double> x({5, 3}); bn::Random(1).fill_normal(x.values());
    throw bn::Todo("08_4");
}

}  // namespace mine
