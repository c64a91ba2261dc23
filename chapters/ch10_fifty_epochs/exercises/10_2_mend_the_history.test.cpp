#include "common/exercise_test.hpp"

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include EXERCISE

using namespace bn;

namespace {

// Two channels whose batch means are (step, 10 * step).
Tensor<double> batch(double step) {
    return Tensor<double>({1, 2, 1, 2}, {step - 1, step + 1, 10 * step - 1, 10 * step + 1});
}

void require_rows(const mine::History& history, std::size_t steps) {
    require_elements("running_mean", history.running_mean.size(), steps);
    require_elements("batch_mean", history.batch_mean.size(), steps);
    for (const Tensor<double>& row : history.running_mean) require_shape("a row of running_mean", row, {2});
    for (const Numbers& row : history.batch_mean) require_elements("a row of batch_mean", row.size(), 2);
}

}  // namespace

TEST_CASE("symptom 1: each row is what the running mean was then") {
    BatchNorm2d<double> layer(2);
    mine::History history(layer);
    double expected = 0;
    Numbers then;
    for (int step = 1; step <= 50; ++step) {
        layer(batch(step));
        expected = 0.9 * expected + 0.1 * step;
        then.push_back(expected);
    }
    require_rows(history, 50);
    for (std::size_t step = 0; step < 50; ++step) {
        CAPTURE(step);
        CHECK(history.running_mean[step][0] == Approx(then[step]));
        CHECK(history.running_mean[step][1] == Approx(10 * then[step]));
    }
}

TEST_CASE("symptom 2: validation leaves no rows") {
    BatchNorm2d<double> layer(2);
    mine::History history(layer);
    layer(batch(1));
    layer.eval();
    layer(batch(7));
    layer(batch(8));
    layer.train();
    layer(batch(2));
    if (history.batch_mean.size() > 2) FAIL("rows that no training step has made");
    require_rows(history, 2);
    CHECK(history.running_mean[1][0] == Approx(0.9 * 0.1 + 0.1 * 2));
}

TEST_CASE("symptom 3: the batch means are those of what comes in") {
    BatchNorm2d<double> layer(2);
    mine::History history(layer);
    for (int step = 1; step <= 3; ++step) layer(batch(step));
    require_rows(history, 3);
    for (std::size_t step = 0; step < 3; ++step) {
        CHECK(history.batch_mean[step][0] == Approx(static_cast<double>(step + 1)));
        CHECK(history.batch_mean[step][1] == Approx(10 * static_cast<double>(step + 1)));
    }
}

TEST_CASE("looking on changes nothing") {
    BatchNorm2d<double> watched(2), alone(2);
    mine::History history(watched);
    for (int step = 1; step <= 3; ++step) {
        const Tensor<double> x = normal_tensor(static_cast<std::uint64_t>(step), {3, 2, 2, 2}, 1, 2);
        const Tensor<double> y = watched(x), expected = alone(x);
        require_shape("the layer's output", y, expected.shape());
        for (Index i = 0; i < y.numel(); ++i) CHECK(y[i] == expected[i]);
    }
    for (Index c = 0; c < 2; ++c) CHECK(watched.running_mean()[c] == alone.running_mean()[c]);
}
