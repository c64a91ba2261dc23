#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

const Numbers x_of_four = {1, 7, 9, 15}, d_y_of_four = {1, 2, -1, 2};

mine::Gradients backward_of_four() {
    return mine::backward(batch_norm(x_of_four, 2, 1, 0).x_hat, 5, 2, d_y_of_four);
}

}  // namespace

TEST_CASE("d_x has as many numbers as the batch") {
    require_elements("d_x", backward_of_four().d_x.size(), 4);
}

TEST_CASE("d_beta of the batch of four from the text") {
    CHECK(backward_of_four().d_beta == Approx(4));
}

TEST_CASE("d_gamma of the batch of four from the text") {
    CHECK(backward_of_four().d_gamma == Approx(0.8));
}

TEST_CASE("d_x of the batch of four from the text") {
    const Numbers d_x = backward_of_four().d_x;
    require_elements("d_x", d_x.size(), 4);
    CHECK(d_x[0] == Approx(0.112));
    CHECK(d_x[1] == Approx(0.416));
    CHECK(d_x[2] == Approx(-0.816));
    CHECK(d_x[3] == Approx(0.288));
}

TEST_CASE("d_x adds up to zero") {
    const ScalarForward f = batch_norm(normal_numbers(1, 20, 3, 2), 1.7, 0);
    double sum = 0;
    for (double d : mine::backward(f.x_hat, f.std, 1.7, normal_numbers(2, 20)).d_x) sum += d;
    CHECK(std::abs(sum) < 1e-12);
}

TEST_CASE("d_x has no part along x_hat") {
    const ScalarForward f = batch_norm(normal_numbers(3, 20, 3, 2), 1.7, 0, 0);
    const Numbers d_x = mine::backward(f.x_hat, f.std, 1.7, normal_numbers(4, 20)).d_x;
    require_elements("d_x", d_x.size(), 20);
    CHECK(std::abs(inner_product(d_x, f.x_hat)) < 1e-12);
}

TEST_CASE("d_x agrees with central differences") {
    for (std::size_t m : {3u, 5u, 32u}) {
        CAPTURE(m);
        Numbers x = normal_numbers(m, m, 3, 2);
        const Numbers d_y = normal_numbers(100 + m, m);
        const ScalarForward f = batch_norm(x, -1.7, 0.4, 0.5);
        const Numbers d_x = mine::backward(f.x_hat, f.std, -1.7, d_y).d_x;
        require_elements("d_x", d_x.size(), m);
        const auto loss = [&] { return inner_product(d_y, batch_norm(x, -1.7, 0.4, 0.5).y); };
        CHECK(relative_error(d_x, numerical_gradient(loss, x)) < 1e-6);
    }
}
