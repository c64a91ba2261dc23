#include "common/catch.hpp"

#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/faster.hpp"
#include "common/sketches.hpp"

using namespace bn;

TEST_CASE("faster: epochs to a target are the first that reach it") {
    RunTable runs({"seed", "batch_norm", "epoch", "validation"});
    for (const double batch_norm : {1.0, 0.0})
        for (const double seed : {3.0, 4.0}) {
            runs.add({seed, batch_norm, 0.5, 0.7});
            runs.add({seed, batch_norm, 1.0, batch_norm > 0 || seed == 3 ? 0.86 : 0.8});
            runs.add({seed, batch_norm, 1.5, 0.84});
        }
    CHECK(epochs_to(runs, 0.85, true) == std::vector<double>{1, 1});
    CHECK(epochs_to(runs, 0.85, false) == std::vector<double>{1, std::numeric_limits<double>::infinity()});
    CHECK(faster_title(runs) == "85 % after 1 epoch with batch norm, after no epoch without: faster");
}

TEST_CASE("faster: an accuracy stands at the epoch after which it was measured") {
    const Dataset data = make_sketches(2, 128, 100);
    const Recipe recipe{.lr = 0.05, .epochs = 2, .batch = 16};
    const RunTable runs = faster_runs(data, {3}, recipe, 2);
    CHECK(runs.values("epoch", {{"batch_norm", 1}}) == std::vector<double>{0.5, 1, 1.5, 2});
    Random random(3);
    ResNet<float> model(random);
    std::vector<double> accuracies;
    train_with(recipe, model, data.train, 3, [&](Index step, Index) {  // 8 steps an epoch
        if (step % 4 == 0) accuracies.push_back(validation_accuracy(model, data.validation));
    });
    CHECK(runs.values("validation", {{"batch_norm", 1}}) == accuracies);
}

TEST_CASE("faster: run afresh on sketches, batch norm is faster", "[afresh]") {
    const Dataset data = make_sketches(1, 2000, 500);
    const RunTable runs = faster_runs(data, {10, 11, 12}, {.epochs = 3}, 4);
    CHECK(runs.columns()[0].values.size() == 3 * 2 * 12);
    // 85 % would take longer than a test should
    const double with = spread_of(epochs_to(runs, 0.75, true)).median,
                 without = spread_of(epochs_to(runs, 0.75, false)).median;
    CAPTURE(with, without);
    CHECK(with < 0.75 * without);
}

TEST_CASE("faster: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_faster");
    CHECK_THAT(committed_title("ch12_faster"), contains(faster_title(runs)));
    const std::vector<double> with = epochs_to(runs, faster_target, true),
                              without = epochs_to(runs, faster_target, false);
    REQUIRE(with.size() >= 5);
    for (std::size_t i = 0; i < with.size(); ++i) CHECK(with[i] < without[i]);  // seed by seed
    CHECK(spread_of(with).median < 0.7 * spread_of(without).median);
}
