#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/same_state.hpp"
#include "ch12_why_it_works/shift.hpp"
#include "common/sketches.hpp"

using namespace bn;

TEST_CASE("shift: the noise is what Eq. (12.20) says, and its gradient is right") {
    const Index N = 400, C = 50;
    Tensor<double> x({N, C, 1, 2});
    Random(1).fill_normal(x.values());
    ShiftNoise<double> noise(C, {}, 7);
    noise.hold(true);
    const Tensor<double> y = noise(x);
    double means = 0, scales = 0;  // over channels
    for (Index c = 0; c < C; ++c) {
        double mean = 0, scale = 0;
        for (Index n = 0; n < N; ++n) {
            const double x0 = x(n, c, 0, 0), x1 = x(n, c, 0, 1), s = (y(n, c, 0, 1) - y(n, c, 0, 0)) / (x1 - x0);
            const double m = y(n, c, 0, 0) - s * x0;
            CHECK(std::abs(m) < 0.6);
            mean += m / N;
            scale += s / N;
        }
        CHECK(std::abs(mean) < 0.5 + 0.02);
        CHECK(scale > 1 - 0.03);
        CHECK(scale < 1.25 + 0.03);
        means += mean * mean / C;
        scales += scale / C;
    }
    CHECK(means == Approx(0.25 / 3).epsilon(0.4));  // of numbers even between −0.5 and 0.5
    CHECK(scales == Approx(1.125).epsilon(0.03));

    // Held, it draws the same; then, one for each pass
    const Tensor<double> again = noise(x);
    CHECK(std::equal(y.values().begin(), y.values().end(), again.values().begin()));
    Tensor<double> cotangent(x.shape());
    Random(2).fill_normal(cotangent.values());
    const Tensor<double> d_x = noise.backprop(cotangent);
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return inner_product(cotangent.values(), noise(x).values());
    };
    CHECK(relative_error(d_x.values().first(20), numerical_gradient(loss, x.values().first(20))) < 1e-6);
    noise.hold(false);
    noise(x);
    const Tensor<double> other = noise(x);
    CHECK_FALSE(std::equal(y.values().begin(), y.values().end(), other.values().begin()));
    noise.eval();
    CHECK(noise(x)[3] == Approx(1.125 * x[3]));
    CHECK_THROWS_AS(noise(Tensor<double>({1, C + 1, 1, 2})), ShapeError);
}

TEST_CASE("shift: the inputs' shift of known noise") {
    // Eq. (12.21): means even between −0.5 and 0.5 in every step; 0.36 is derived in README.md
    const Dataset data = make_sketches(2, 640, 20);
    Random random(3);
    SlotNet<float> model(shift_slots(ShiftVariant::noisy, 3), random);
    const InputShift shift(model);
    train_with(Recipe{.batch = 16}, model, data.train, 0, [](Index, Index) {});
    CHECK(shift.value() == Approx(0.36).epsilon(0.08));
}

TEST_CASE("shift: the gradients' shift, Eq. (12.22)") {
    const Dataset data = make_sketches(2, 64, 20);
    const Batch<float> probe = DataLoader<float>(data.train, 32).batch(0);
    Random random(3);
    SlotNet<float> model(shift_slots(ShiftVariant::with, 3), random);
    const auto clones = [&] {
        std::vector<Tensor<float>> all;
        for (const auto& [name, parameter] : model.named_parameters()) all.push_back(parameter->value.clone());
        return all;
    };
    const std::vector<Tensor<float>> before = clones();
    // Nothing was updated: no shift
    for (const GradientShift& shift : gradient_shifts(model, before, probe)) {
        CHECK(shift.relative < 1e-5);
        CHECK(shift.cosine == Approx(1));
    }
    // The last layer alone was updated: no layer's predecessors were
    for (float& value : model.fc2.weight.value.values()) value *= 3;
    for (const GradientShift& shift : gradient_shifts(model, before, probe)) CHECK(shift.relative < 1e-5);
    // fc1 was: only fc2, the last of five, notices
    for (float& value : model.fc1.weight.value.values()) value *= 3;
    const std::vector<GradientShift> one = gradient_shifts(model, before, probe);
    REQUIRE(one.size() == 5);
    for (int i = 0; i < 4; ++i) CHECK(one[static_cast<std::size_t>(i)].relative < 1e-5);
    CHECK(one[4].relative > 0.1);
    // conv1 was, before a batch norm, by a power of two: nobody notices, up to ε
    for (std::size_t p = 0; p < before.size(); ++p) model.named_parameters()[p].second->value.copy_(before[p]);
    for (Parameter<float>* parameter : {&model.conv1.weight, &model.conv1.bias})
        for (float& value : parameter->value.values()) value *= 2;
    for (const GradientShift& shift : gradient_shifts(model, before, probe)) CHECK(shift.relative < 1e-2);
}

TEST_CASE("shift: a gradient twice as long points where it did") {
    // By hand: the second layer's weights are 0, so the loss's gradient by the logits is the same whatever comes in;
    // the weights' gradient is its product with what comes in, which the first layer doubles
    Random random(3);
    Sequential<float> model;
    auto& first = model.add<FastLinear<float>>(3, 4, false, random);
    model.add<FastLinear<float>>(4, 2, false, random).weight.value.fill_(0);
    Batch<float> batch{Tensor<float>({5, 3}), {0, 1, 1, 0, 0}};
    Random(4).fill_normal(batch.images.values());
    std::vector<Tensor<float>> before;
    for (const auto& [name, parameter] : model.named_parameters()) before.push_back(parameter->value.clone());
    for (float& value : first.weight.value.values()) value *= 2;
    const std::vector<GradientShift> shifts = gradient_shifts(model, before, batch);
    REQUIRE(shifts.size() == 1);
    CHECK(shifts[0].relative == Approx(1).epsilon(1e-5));
    CHECK(shifts[0].cosine == Approx(1).epsilon(1e-5));
}

TEST_CASE("shift: measuring leaves the model and its training as they were, noise too") {
    const Dataset data = make_sketches(2, 64, 20);
    const Batch<float> probe = DataLoader<float>(data.train, 20).batch(0);
    for (const ShiftVariant variant : {ShiftVariant::without, ShiftVariant::with, ShiftVariant::noisy}) {
        Random random(3), same(3);
        SlotNet<float> model(shift_slots(variant, 3), random), undisturbed(shift_slots(variant, 3), same);
        train_with(Recipe{.batch = 16}, undisturbed, data.train, 0, [](Index, Index) {});
        {
            InputShift input(model);
            train_with(Recipe{.batch = 16}, model, data.train, 0, [&](Index, Index) {
                const std::vector<double> before = all_numbers(model);
                std::vector<Tensor<float>> earlier;
                for (const auto& [name, parameter] : model.named_parameters())
                    earlier.push_back(parameter->value.clone());
                hold_noise(model, true);
                gradient_shifts(model, earlier, probe);
                hold_noise(model, false);
                CHECK(all_numbers(model) == before);
            });
        }
        CHECK(all_numbers(model) == all_numbers(undisturbed));
    }
}

TEST_CASE("shift: run afresh on sketches, inputs that shift more do no harm, and gradients shift more with batch norm",
          "[afresh]") {
    const RunTable runs = shift_runs(make_sketches(1, 1500, 600), {10, 11, 12}, {.epochs = 2}, 4);
    CAPTURE(shift_title(runs));
    CHECK(shift_ratio(runs, "input_shift", ShiftVariant::noisy) > 2);
    CHECK(shift_ratio(runs, "input_shift", ShiftVariant::with) < 0.1);
    CHECK(shift_ratio(runs, "gradient_shift", ShiftVariant::with) > 1.5);
    CHECK(shift_points(runs, ShiftVariant::noisy, ShiftVariant::with) > -3);
    CHECK(shift_points(runs, ShiftVariant::noisy, ShiftVariant::without) > 2);
}

TEST_CASE("shift: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_shift");
    CHECK_THAT(committed_title("ch12_shift"), contains(shift_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    CHECK(shift_ratio(runs, "input_shift", ShiftVariant::noisy) > 2);
    CHECK(shift_ratio(runs, "gradient_shift", ShiftVariant::with) > 0.8);  // not reduced
    CHECK(std::abs(shift_points(runs, ShiftVariant::noisy, ShiftVariant::with)) < 1.5);
    CHECK(shift_points(runs, ShiftVariant::noisy, ShiftVariant::without) > 0);
}
