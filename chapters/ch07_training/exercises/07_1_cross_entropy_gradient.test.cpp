#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch07_training/cross_entropy.hpp"
#include EXERCISE

using namespace bn;

namespace {

using Classes = std::vector<std::uint8_t>;

Tensor<double> gradient(const Tensor<double>& logits, const Classes& targets) {
    const Tensor<double> d = mine::d_logits(logits, targets);
    require_shape("d_logits", d, logits.shape());
    return d;
}

}  // namespace

TEST_CASE("one image by hand") {
    const Tensor<double> d = gradient(Tensor<double>({1, 2}, {1, 3}), {1});
    CHECK(d(0, 0) == Approx(0.1192).epsilon(1e-3));
    CHECK(d(0, 1) == Approx(-0.1192).epsilon(1e-3));
}

TEST_CASE("two images share the mean") {
    const Tensor<double> d = gradient(Tensor<double>({2, 2}, {1, 3, 2, 2}), {1, 0});
    CHECK(d(0, 0) == Approx(0.0596).epsilon(1e-3));
    CHECK(d(0, 1) == Approx(-0.0596).epsilon(1e-3));
    CHECK(d(1, 0) == Approx(-0.25));
    CHECK(d(1, 1) == Approx(0.25));
}

TEST_CASE("each row adds up to zero") {
    const Tensor<double> d = gradient(normal_tensor(1, {4, 3}), {0, 2, 1, 1});
    for (Index n = 0; n < 4; ++n) {
        CAPTURE(n);
        CHECK(std::abs(d(n, 0) + d(n, 1) + d(n, 2)) < 1e-12);
    }
}

TEST_CASE("it agrees with central differences") {
    Tensor<double> logits = normal_tensor(2, {5, 4}, 0, 2);
    const Classes targets = {3, 0, 2, 2, 1};
    const auto loss = [&] { return cross_entropy<double>(logits, targets).loss; };
    CHECK(relative_error(gradient(logits, targets).values(), numerical_gradient(loss, logits.values())) < 1e-6);
}

TEST_CASE("logits of a thousand") {
    const Tensor<double> d = gradient(Tensor<double>({3, 2}, {1000, 998, -1000, -1000, 1000, -1000}), {1, 0, 0});
    CHECK(d(0, 0) == Approx(0.8808 / 3).epsilon(1e-3));
    CHECK(d(1, 0) == Approx(-0.5 / 3));
    CHECK(d(2, 0) == 0);
}

TEST_CASE("the logits stay as they were") {
    const Tensor<double> logits({1, 2}, {1, 3});
    gradient(logits, {0});
    CHECK(logits(0, 0) == 1);
    CHECK(logits(0, 1) == 3);
}
