#include "common/catch.hpp"

#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/noise_and_drift.hpp"
#include "ch12_why_it_works/same_state.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

// The parts of two epochs' trainings on 640 images, 40 steps each.
std::vector<Parts> record(const Dataset& data, ResNet<float>& model, Index steps) {
    const Batch<float> fixed = DataLoader<float>(data.train, 16).batch(0);
    PartsRecorder recorder(model, fixed.images);
    std::vector<Parts> all;
    recorder.begin();
    train_with(Recipe{.epochs = 2, .batch = 16}, model, data.train, 0, [&](Index step, Index) {
        if (step % steps != 0) return recorder.next_step();
        all.push_back(recorder.end());
        if (step < 2 * steps) recorder.begin();
    });
    return all;
}

}  // namespace

TEST_CASE("noise-and-drift: shares of known series") {
    Random random(1);
    Parts parts{{{}}, {{}}, {{}}};
    for (int t = 0; t < 2000; ++t) {
        const double choice = random.normal(), drift = std::sin(0.01 * t);
        parts.noise[0].push_back(5 + choice);
        parts.drift[0].push_back(-3 + drift);
        parts.total[0].push_back(choice + drift);
    }
    const Shares raw = shares_of(parts, std::nullopt), running = shares_of(parts, 0.1);
    CHECK(raw.noise == Approx(1 / 1.5).epsilon(0.1));  // variances 1 and 1/2
    CHECK(raw.drift == Approx(0.5 / 1.5).epsilon(0.1));
    CHECK(raw.rest < 1e-20);
    CHECK(raw.sum == Approx(1));
    // A moving average leaves 1/19 of what is chosen anew, Eq. (10.4), and nearly all of what drifts slowly
    CHECK(running.noise / running.drift == Approx(2.0 / 19).epsilon(0.25));
    CHECK(running.rest < 1e-20);  // it is linear: Eq. (12.29)
    CHECK(moving_average({1, 1, 1}, 0.1) == std::vector<double>{1, 1, 1});
    const std::vector<double> averages = moving_average({0, 3}, 0.5);
    CHECK(averages[0] == Approx(0.75));  // from 1.5, the mean of the first values
    CHECK(averages[1] == Approx(1.875));
}

TEST_CASE("noise-and-drift: at an epoch's first step there is no drift yet, and nothing is missing") {
    // Eq. (12.28): with θ_t = θ_0 the total is the noise
    const Dataset data = make_sketches(2, 320, 20);
    Random random(3);
    ResNet<float> model(random);
    const std::vector<Parts> epochs = record(data, model, 20);
    REQUIRE(epochs.size() == 2);
    for (const Parts& parts : epochs) {
        REQUIRE(parts.total.size() == 16);
        for (std::size_t c = 0; c < 16; ++c) {
            REQUIRE(parts.total[c].size() == 20);
            REQUIRE(parts.noise[c].size() == 20);
            REQUIRE(parts.drift[c].size() == 20);
            CHECK(parts.total[c][0] == Approx(parts.noise[c][0]).margin(1e-7));
            CHECK(parts.total[c][19] != parts.noise[c][19]);
            CHECK(parts.drift[c][0] != parts.drift[c][1]);
        }
    }
    // The second epoch's drift begins where the first one's went to
    const Batch<float> fixed = DataLoader<float>(data.train, 16).batch(0);
    const std::vector<double> last = means_entering(model, model.res_block1.bn1, fixed.images);
    CHECK(std::abs(last[0] - epochs[1].drift[0][19]) < std::abs(last[0] - epochs[0].drift[0][0]));
}

TEST_CASE("noise-and-drift: recording leaves the model and its training as they were") {
    const Dataset data = make_sketches(2, 320, 20);
    Random random(3), same(3);
    ResNet<float> model(random), undisturbed(same);
    train_with(Recipe{.epochs = 2, .batch = 16}, undisturbed, data.train, 0, [](Index, Index) {});
    record(data, model, 20);
    CHECK(all_numbers(model) == all_numbers(undisturbed));
    const std::vector<double> before = all_numbers(model);
    means_entering(model, model.res_block1.bn1, DataLoader<float>(data.train, 16).batch(0).images);
    CHECK(all_numbers(model) == before);
}

TEST_CASE("noise-and-drift: run afresh on sketches, the running mean drifts", "[afresh]") {
    Parts last;
    const RunTable runs = noise_and_drift_runs(make_sketches(1, 1280, 20), {10, 11}, {.epochs = 2}, &last);
    CAPTURE(noise_and_drift_title(runs));
    CHECK(last.total.size() == 16);
    CHECK(runs.median("running_drift", {{"epoch", 1}}) > 0.8);
    CHECK(runs.median("running_noise", {{"epoch", 1}}) < 0.05);
    for (const double epoch : {1.0, 2.0}) {
        CHECK(runs.median("running_noise", {{"epoch", epoch}}) < 0.5 * runs.median("batch_noise", {{"epoch", epoch}}));
        CHECK(runs.median("batch_sum", {{"epoch", epoch}}) == Approx(1).epsilon(0.15));
        CHECK(runs.median("batch_rest", {{"epoch", epoch}}) < 0.05);
        CHECK(runs.median("running_sum", {{"epoch", epoch}}) == Approx(1).epsilon(0.15));
        CHECK(runs.median("running_rest", {{"epoch", epoch}}) < 0.05);
    }
}

TEST_CASE("noise-and-drift: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_noise_and_drift");
    CHECK_THAT(committed_title("ch12_noise_and_drift"), contains(noise_and_drift_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    CHECK(runs.median("running_noise", {{"epoch", 1}}) < 0.05);
    CHECK(runs.median("running_drift", {{"epoch", 1}}) > 0.8);
    for (const double epoch : runs.distinct("epoch")) {
        CHECK(runs.median("running_noise", {{"epoch", epoch}}) < 0.6 * runs.median("batch_noise", {{"epoch", epoch}}));
        CHECK(runs.median("batch_rest", {{"epoch", epoch}}) < 0.1);
    }
}
