#include "common/catch.hpp"

#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/same_state.hpp"
#include "ch12_why_it_works/smoothness.hpp"
#include "common/sketches.hpp"

using namespace bn;

TEST_CASE("smoothness: along the gradient, by hand") {
    // One linear layer without bias, all weights 0: each answer is 1/2, and the curvature is known
    Tensor<float> x({8, 3});
    Random(1).fill_normal(x.values());
    const std::vector<std::uint8_t> labels = {0, 1, 1, 0, 1, 0, 0, 1};
    std::vector<double> betas;
    for (const float factor : {1.0f, 2.0f}) {
        Tensor<float> scaled = x.clone();
        for (float& value : scaled.values()) value *= factor;
        Random random(2);
        FastLinear<float> linear(3, 2, false, random);
        linear.weight.value.fill_(0);
        const Surroundings around = look_along_gradient(linear, {scaled, labels}, {1e-3, 1e-2});
        CHECK(around.loss == Approx(std::log(2)).epsilon(1e-6));
        // To first order the loss falls by η‖g‖², Eq. (12.23)
        CHECK((around.loss - around.steps[1].loss) / (1e-2 * around.gradient_norm * around.gradient_norm) ==
              Approx(1).epsilon(0.05));
        CHECK(around.steps[1].beta == Approx(around.steps[1].change / 1e-2));
        betas.push_back(around.steps[1].beta);
    }
    CHECK(betas[1] / betas[0] == Approx(4).epsilon(0.02));  // inputs twice as large: Eq. (12.26)
}

TEST_CASE("smoothness: the loss does not end above the bound of Eq. (12.25)") {
    const Dataset data = make_sketches(2, 100, 20);
    const Batch<float> probe = DataLoader<float>(data.train, 100).batch(0);
    std::vector<double> etas;
    for (int k = 1; k <= 24; ++k) etas.push_back(0.01 * k);
    for (const Landscape landscape : {Landscape::without, Landscape::with}) {
        const Surroundings around = look_along_gradient(*make_landscape(landscape, 3), probe, etas);
        const double g2 = around.gradient_norm * around.gradient_norm;
        double beta = 0;
        for (const StepAlong& step : around.steps) {
            beta = std::max(beta, step.beta);  // so far along the way
            CHECK(step.loss <= around.loss - step.eta * g2 * (1 - 0.5 * step.eta * beta) + 1e-5);
        }
    }
}

TEST_CASE("smoothness: larger first weights keep the size of what passes through") {
    // Eq. (12.27): behind ReLU, in layers that look at 16 channels; at images' edges a few of these are missing
    Tensor<float> x({16, 16, 16, 16});
    Random(2).fill_normal(x.values());
    fast_relu_(x);
    const auto mean_square = [&](Landscape landscape) {
        double sum = 0;
        for (const std::uint64_t seed : {1, 2, 3, 4}) {
            const auto model = make_landscape(landscape, seed);
            FastConv2d<float>& conv = model->res_block1.conv2;
            conv.bias.value.fill_(0);
            const Tensor<float> y = conv(x);
            for (const float value : y.values()) sum += static_cast<double>(value) * static_cast<double>(value);
        }
        return sum / 4 / static_cast<double>(x.numel());
    };
    const double inside = (46.0 / 48) * (46.0 / 48);  // the share of a window's pixels that is inside of the image
    CHECK(mean_square(Landscape::without_larger) == Approx(inside).epsilon(0.15));
    CHECK(mean_square(Landscape::without) == Approx(inside / 6).epsilon(0.15));
}

TEST_CASE("smoothness: looking leaves the model and its training as they were") {
    const Dataset data = make_sketches(2, 64, 20);
    const Batch<float> probe = DataLoader<float>(data.train, 20).batch(0);
    const auto model = make_landscape(Landscape::with, 3), undisturbed = make_landscape(Landscape::with, 3);
    train_with(Recipe{.batch = 16}, *undisturbed, data.train, 0, [](Index, Index) {});
    train_with(Recipe{.batch = 16}, *model, data.train, 0, [&](Index, Index) {
        const std::vector<double> before = all_numbers(*model);
        look_along_gradient(*model, probe, {0.01, 1});
        CHECK(all_numbers(*model) == before);
    });
    CHECK(all_numbers(*model) == all_numbers(*undisturbed));
}

TEST_CASE("smoothness: the title is what the runs say") {
    RunTable runs({"seed", "landscape", "step", "beta"});
    for (const double seed : {1.0, 2.0, 3.0})
        for (const double landscape : {0.0, 1.0, 2.0})
            for (const double step : {0.0, 10.0, 20.0})
                for (const double beta : {1.0, 2.0 + 10 * landscape + step + seed})
                    runs.add({seed, landscape, step, beta});
    CHECK(effective_beta(runs, Landscape::without_larger, Moment::start) == 24);
    CHECK(smoothness_title(runs) == "Effective β at the start 14 with batch norm, 4 without; later 29 and 19");
}

TEST_CASE("smoothness: a row is what was seen from there") {
    const Dataset data = make_sketches(2, 64, 20);
    const RunTable runs = smoothness_runs(data, {3}, {.batch = 16}, 1);
    const Batch<float> probe = DataLoader<float>(data.train, 200).batch(0);
    for (const Landscape landscape : {Landscape::without, Landscape::with, Landscape::without_larger}) {
        const Surroundings around = look_along_gradient(*make_landscape(landscape, 3), probe, grid_of_steps(0.01));
        const RunTable::Where at_start = {{"landscape", static_cast<double>(landscape)}, {"step", 0}};
        CHECK(runs.values("loss_before", at_start).at(0) == Approx(around.loss).epsilon(1e-4));
        CHECK(runs.values("gradient_norm", at_start).at(0) == Approx(around.gradient_norm).epsilon(1e-3));
        for (std::size_t i = 0; i < around.steps.size(); ++i) {
            CHECK(runs.values("loss_ratio", at_start).at(i) ==
                  Approx(around.steps[i].loss / around.loss).epsilon(1e-3));
            CHECK(runs.values("change", at_start).at(i) == Approx(around.steps[i].change).epsilon(1e-2));
            CHECK(runs.values("beta", at_start).at(i) == Approx(around.steps[i].beta).epsilon(1e-2));
        }
        CHECK(runs.values("loss_ratio", at_start).at(0) < 1);  // a small step along the negative gradient
    }
}

TEST_CASE(
    "smoothness: run afresh on sketches, effective beta at the start is larger with batch norm, and with larger "
    "weights",
    "[afresh]") {
    const RunTable runs = smoothness_runs(make_sketches(1, 1000, 100), {10, 11, 12}, {.epochs = 2}, 2);
    CAPTURE(smoothness_title(runs));
    const double without = effective_beta(runs, Landscape::without, Moment::start);
    CHECK(effective_beta(runs, Landscape::with, Moment::start) > 2 * without);
    CHECK(effective_beta(runs, Landscape::without_larger, Moment::start) > 2 * without);
    // One common grid, one common start
    for (const double landscape : {0.0, 1.0, 2.0})
        CHECK(runs.values("eta", {{"landscape", landscape}, {"seed", 10}, {"step", 0}}) == grid_of_steps(0.01));
}

TEST_CASE("smoothness: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_smoothness");
    CHECK_THAT(committed_title("ch12_smoothness"), contains(smoothness_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    const auto beta = [&](Landscape landscape, Moment moment) { return effective_beta(runs, landscape, moment); };
    // At the start far less smooth, as is the network with larger weights; later a little smoother than both
    CHECK(beta(Landscape::with, Moment::start) > 4 * beta(Landscape::without, Moment::start));
    CHECK(beta(Landscape::without_larger, Moment::start) > 4 * beta(Landscape::without, Moment::start));
    CHECK(beta(Landscape::with, Moment::later) < 0.9 * beta(Landscape::without, Moment::later));
    CHECK(beta(Landscape::with, Moment::later) < 0.9 * beta(Landscape::without_larger, Moment::later));
}
