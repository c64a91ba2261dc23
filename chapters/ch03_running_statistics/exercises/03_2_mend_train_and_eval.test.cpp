#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

Numbers forward(mine::BatchNorm& batch_norm, const Numbers& x) {
    const Numbers x_hat = batch_norm(x);
    require_elements("x_hat", x_hat.size(), x.size());
    return x_hat;
}

}  // namespace

TEST_CASE("in training the batch's own statistics normalise") {
    mine::BatchNorm norm;
    const Numbers x = {1, 7, 9, 15};
    CHECK(relative_error(forward(norm, x), batch_norm(x, 1, 0).x_hat) < 1e-12);
}

TEST_CASE("symptom 1: the new batch has the share momentum") {
    mine::BatchNorm norm;
    forward(norm, {8, 12});
    CHECK(norm.running_mean == Approx(1));
    CHECK(norm.running_var == Approx(0.9 + 0.1 * 8));  // 4 is the biased variance, 8 the unbiased one
}

TEST_CASE("symptom 2: eval mode remembers nothing") {
    mine::BatchNorm norm;
    norm.training = false;
    forward(norm, {8, 12});
    CHECK(norm.running_mean == 0);
    CHECK(norm.running_var == 1);
}

TEST_CASE("symptom 3: in eval mode a number does not depend on its batch-mates") {
    mine::BatchNorm norm;
    norm.training = false;
    norm.running_mean = 3, norm.running_var = 4;
    for (const Numbers& x : {Numbers{5}, Numbers{5, 100}, Numbers{5, 5.5, -2}}) {
        CAPTURE(x);
        CHECK(forward(norm, x)[0] == Approx(1).epsilon(1e-4));
        norm.running_mean = 3, norm.running_var = 4;
    }
}
