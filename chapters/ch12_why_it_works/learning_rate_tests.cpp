#include "common/catch.hpp"

#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/learning_rate.hpp"
#include "common/sketches.hpp"

using namespace bn;

TEST_CASE("learning-rate: the title is what the runs say") {
    RunTable runs({"seed", "batch_norm", "rate", "validation", "finite"});
    const auto add = [&](double with, double rate, const std::vector<double>& accuracies) {
        for (std::size_t seed = 0; seed < accuracies.size(); ++seed)
            runs.add({static_cast<double>(seed), with, rate, accuracies[seed], 1});
    };
    add(1, 0.01, {0.8, 0.82, 0.81});
    add(0, 0.01, {0.7, 0.75, 0.74});
    add(1, 0.1, {0.8, 0.5, 0.81});
    add(0, 0.1, {0.8, 0.5, 0.5});
    add(1, 1, {0.5, 0.5, 0.8});
    add(0, 1, {0.5, 0.5, 0.5});
    CHECK(failures(runs, true, 0.1) == 1);
    CHECK(failures(runs, false, 1) == 3);
    CHECK(highest_rate(runs, true) == 0.1);
    CHECK(highest_rate(runs, false) == 0.01);
    CHECK(gain_at(runs, 0.01) == Approx(0.07));
    CHECK(learning_rate_title(runs) == "Within 3 points of its best: rates 0.01 to 0.1 with batch norm, 0.01 without");
    CHECK(good_rates(runs, true) == std::pair(0.01, 0.1));
}

TEST_CASE("learning-rate: a run whose loss is no number is marked") {
    const RunTable runs = learning_rate_runs(make_sketches(2, 64, 20), {3}, {0.01, 1e30}, {.batch = 16});
    for (const double with : {0.0, 1.0})
        CHECK(runs.values("finite", {{"batch_norm", with}, {"rate", 0.01}}) == std::vector<double>{1});
    CHECK(runs.values("finite", {{"batch_norm", 0}, {"rate", 1e30}}) == std::vector<double>{0});
}

TEST_CASE("learning-rate: run afresh on sketches, batch norm is ahead at a low rate, and neither learns at 1",
          "[afresh]") {
    const RunTable runs = learning_rate_runs(make_sketches(1, 1000, 500), {10, 11, 12}, {0.003, 1}, {.epochs = 2});
    CAPTURE(learning_rate_title(runs));
    CHECK(gain_at(runs, 0.003) > 0.04);
    for (const bool with : {true, false}) {
        CHECK(failures(runs, with, 0.003) == 0);
        CHECK(failures(runs, with, 1) >= 2);
        CHECK(highest_rate(runs, with) == 0.003);
    }
}

TEST_CASE("learning-rate: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_learning_rate");
    CHECK_THAT(committed_title("ch12_learning_rate"), contains(learning_rate_title(runs)));
    CHECK(runs.distinct("rate") == learning_rates);
    CHECK(runs.distinct("seed").size() >= 5);
    // The highest rate is higher, but not by more than one step of three; at the lowest five points are gained
    CHECK(highest_rate(runs, true) == Approx(0.3));
    CHECK(highest_rate(runs, false) == Approx(0.1));
    CHECK(gain_at(runs, 0.001) > 0.05);
    for (const bool with : {true, false}) CHECK(failures(runs, with, 1) >= 4);
    // More rates are good enough, at the low end
    CHECK(good_rates(runs, true).first < 0.2 * good_rates(runs, false).first);
    CHECK(good_rates(runs, true).second == good_rates(runs, false).second);
    // At 0.1 they are level, within two points
    CHECK(std::abs(gain_at(runs, 0.1)) < 0.02);
}
