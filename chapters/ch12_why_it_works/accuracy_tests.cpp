#include "common/catch.hpp"

#include "ch12_why_it_works/accuracy.hpp"
#include "ch12_why_it_works/committed.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

// One pair: right only with, right only without, of 2,000 images.
void add_pair(RunTable& runs, double seed, double budget, double only_with, double only_without) {
    const double both = 1600;
    runs.add({seed, 1, budget, (both + only_with) / 2000, 0.9, only_with, 2000});
    runs.add({seed, 0, budget, (both + only_without) / 2000, 0.9, only_without, 2000});
}

RunTable empty_runs() {
    return RunTable({"seed", "batch_norm", "budget", "last", "best", "only", "images"});
}

}  // namespace

TEST_CASE("accuracy: the title says whether the difference is more than sampling error") {
    RunTable runs = empty_runs();
    for (const double seed : {0.0, 1.0, 2.0}) {
        add_pair(runs, seed, 1, 200, 80);
        add_pair(runs, seed, 15, 80 + seed, 70);
    }
    // a = 0.1, b = 0.04: √((0.14 − 0.06²)/2000) = 0.00826, Eq. (8.9)
    const AccuracyDifference first = accuracy_difference(runs, 1);
    CHECK(first.median == Approx(0.06));
    CHECK(first.error == Approx(2 * 0.0082583));
    CHECK(first.clear());
    CHECK_FALSE(accuracy_difference(runs, 15).clear());
    CHECK(accuracy_title(runs) ==
          "+6.0 ± 1.7 points after 1 epoch, +0.6 ± 1.2 after 15: in the end no clear difference");

    RunTable better = empty_runs(), worse = empty_runs(), same = empty_runs();
    for (const double budget : {1.0, 15.0}) {
        add_pair(better, 0, budget, 200, 80);
        add_pair(worse, 0, budget, 80, 200);
        add_pair(same, 0, budget, 80, 74);
    }
    CHECK_THAT(accuracy_title(better), contains("+6.0 ± 1.7 after 15: more accurate"));
    CHECK_THAT(accuracy_title(worse), contains("−6.0 ± 1.7 after 15: in the end less accurate"));
    CHECK_THAT(accuracy_title(same), contains("+0.3 ± 1.2 after 15: in the end no clear difference"));
}

TEST_CASE("accuracy: counts and accuracies of a run agree") {
    const RunTable runs = accuracy_runs(make_sketches(1, 200, 100), {10, 11}, {1, 3}, {});
    CHECK(runs.columns()[0].values.size() == 8);
    for (const double seed : {10.0, 11.0})
        for (const double budget : {1.0, 3.0}) {
            const auto value = [&](const char* name, double with) {
                return runs.values(name, {{"seed", seed}, {"budget", budget}, {"batch_norm", with}}).at(0);
            };
            CHECK(100 * (value("last", 1) - value("last", 0)) ==
                  Approx(value("only", 1) - value("only", 0)).margin(1e-9));
            for (const double with : {0.0, 1.0}) CHECK(value("best", with) >= value("last", with));
            if (budget == 1) CHECK(value("best", 1) == value("last", 1));
        }
}

TEST_CASE("accuracy: run afresh on sketches, batch norm is ahead when training is short", "[afresh]") {
    // After one epoch of 1,000 sketches by five points or more; the title says so, and that it is less after four
    const RunTable runs = accuracy_runs(make_sketches(1, 1000, 500), {10, 11, 12}, {1, 4}, {});
    const AccuracyDifference first = accuracy_difference(runs, 1), last = accuracy_difference(runs, 4);
    CAPTURE(accuracy_title(runs));
    CHECK(first.median > 0.05);
    CHECK(last.median < first.median);
    CHECK_THAT(accuracy_title(runs), contains(difference_text(first) + " points after 1 epoch, "));
}

TEST_CASE("accuracy: the committed table bears its caption out: far ahead at first, by a little in the end") {
    const RunTable runs = committed_runs("ch12_accuracy");
    CHECK_THAT(committed_title("ch12_accuracy"), contains(accuracy_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    const AccuracyDifference first = accuracy_difference(runs, 1), last = accuracy_difference(runs, 15);
    CHECK(first.clear());
    CHECK(first.median > 0.02);
    CHECK(last.median < 0.5 * first.median);
    for (const double best : runs.values("best", {{"budget", 15}})) CHECK(best > 0.8);
}
