#include "common/exercise_test.hpp"

#include "ch03_running_statistics/running_statistics.hpp"
#include EXERCISE

using namespace bn;

TEST_CASE("the new batch has the share momentum") {
    mine::RunningStatistics running;
    mine::update(running, 10, 1, 1000000, 0.1);
    CHECK(running.mean == Approx(1));  // 0.9 of 0 and 0.1 of 10
    mine::update(running, 10, 1, 1000000, 0.1);
    CHECK(running.mean == Approx(1.9));
}

TEST_CASE("batches are counted") {
    mine::RunningStatistics running;
    for (int k = 1; k <= 3; ++k) {
        mine::update(running, 0, 1, 10, 0.1);
        CHECK(running.batches == k);
    }
}

TEST_CASE("the variance that is kept is unbiased") {
    // 1, 7, 9, 15: mean 8, biased variance 25, unbiased 100/3
    mine::RunningStatistics running;
    mine::update(running, 8, 25, 4, 0.3);
    CHECK(running.variance == Approx(0.7 + 0.3 * 100 / 3));
}

TEST_CASE("without momentum it is the plain average") {
    mine::RunningStatistics running;
    for (double mean : {3.0, 5.0, 10.0}) mine::update(running, mean, 2 * mean, 5, std::nullopt);
    CHECK(running.mean == Approx(6));
    CHECK(running.variance == Approx(2 * 6 * 5 / 4.0));  // nothing is left of the 1 that it began with
}

TEST_CASE("many batches") {
    for (std::optional<double> momentum :
         {std::optional<double>(0.1), std::optional<double>(0.4), std::optional<double>()}) {
        CAPTURE(momentum.value_or(-1));
        const Numbers means = normal_numbers(1, 20), deviations = normal_numbers(2, 20, 3);
        RunningStatistics<double> expected(1);
        mine::RunningStatistics running;
        for (std::size_t i = 0; i < 20; ++i) {
            const double variance = deviations[i] * deviations[i];
            expected.update({{means[i]}, {variance}, 6}, momentum);
            mine::update(running, means[i], variance, 6, momentum);
        }
        CHECK(running.mean == Approx(expected.running_mean[0]));
        CHECK(running.variance == Approx(expected.running_var[0]));
    }
}
