#include <cmath>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/catch.hpp"

#include "ch08_resnet/res_net.hpp"
#include "ch09_inside_batch_norm/distribution.hpp"
#include "ch10_fifty_epochs/figures.hpp"
#include "ch10_fifty_epochs/history.hpp"
#include "common/random.hpp"

using namespace bn;

TEST_CASE("the history holds every step and follows the moving average's formula") {
    BatchNorm2d<float> layer(3);
    BatchNormHistory history(layer);
    Random random(1);
    double running_var = 1;  // channel 0's, by hand
    for (int step = 0; step < 20; ++step) {
        Tensor<float> x({4, 3, 5, 5});
        random.fill_normal(x.values(), 2.0, 1.0);
        double sum = 0, squares = 0;
        for (Index n = 0; n < 4; ++n)
            for (Index i = 0; i < 25; ++i) {
                const double value = x(n, 0, i / 5, i % 5);
                sum += value;
                squares += value * value;
            }
        running_var = 0.9 * running_var + 0.1 * (squares - sum * sum / 100) / 99;  // unbiased
        layer.train();
        layer(x);
        layer.eval();
        layer(Tensor<float>({1, 3, 1, 2}, 100.0f));  // evaluation is not recorded
        layer.weight.value[1] = static_cast<float>(step);
        history.record_step();
        CHECK(history.running_var[0].back() == Approx(running_var).epsilon(1e-5));
    }
    CHECK(history.batch_mean[2].size() == 20);
    CHECK(history.running_mean[2].size() == 20);
    CHECK(history.weight[1].back() == 19);
    for (std::size_t step = 1; step < 20; ++step)
        CHECK(history.running_mean[0][step] ==
              Approx(0.9 * history.running_mean[0][step - 1] + 0.1 * history.batch_mean[0][step]).epsilon(1e-5));
}

TEST_CASE("a history that is resumed knows what it knew") {
    BatchNorm2d<float> layer(2);
    BatchNormHistory history(layer), resumed(layer);
    history.batch_mean = {{1, 2}, {3, 4}};
    history.running_mean = {{5, 6}, {7, 8}};
    history.running_var = {{9, 10}, {11, 12}};
    history.weight = {{13, 14}, {15, 16}};
    history.bias = {{17, 18}, {19, 20}};
    NamedTensors state;
    history.save(state);
    resumed.load(state);
    CHECK(resumed.batch_mean == history.batch_mean);
    CHECK(resumed.running_mean == history.running_mean);
    CHECK(resumed.running_var == history.running_var);
    CHECK(resumed.weight == history.weight);
    CHECK(resumed.bias == history.bias);
}

TEST_CASE("spread looks at the values it is told to") {
    const Series series = {1000, -1000, 1, 3, 1, 3};
    CHECK(spread(series, 2, 4) == Approx(1));
    CHECK(spread(series, 0, 2) == Approx(1000));
    CHECK_THROWS_AS(spread(series, 3, 4), std::out_of_range);
}

TEST_CASE("spreads within an epoch are those of its steps") {
    BatchNorm2d<float> layer(1);
    BatchNormHistory history(layer);
    history.batch_mean = {{9, 9, 1, 3}};
    history.running_mean = {{9, 9, 2, 3}};
    const Spreads spreads = spreads_in_epoch(history, 1, 2, {{4, 4, 5, 5, 5, 4}}, 0.1);
    CHECK(spreads.batch_mean == Approx(1));
    CHECK(spreads.running_mean == Approx(0.5));
    CHECK(spreads.ratio == Approx(0.5));
    CHECK(spreads.frozen == Approx(0.5));
    CHECK(spreads.drift == Approx(0.75));
    CHECK(spreads.law == Approx(std::sqrt(0.75 + 0.25 / 19)));
}

TEST_CASE("spreads within an epoch are averages over channels, each with its own frozen means") {
    BatchNorm2d<float> layer(2);
    BatchNormHistory history(layer);
    history.batch_mean = {{9, 9, 1, 3}, {9, 9, 2, 6}};
    history.running_mean = {{9, 9, 2, 3}, {9, 9, 5, 5}};
    const Spreads spreads = spreads_in_epoch(history, 1, 2, {{4, 5, 4, 5}, {1, 4, 1, 4}}, 0.1);
    CHECK(spreads.batch_mean == Approx((1 + 2) / 2.0));
    CHECK(spreads.running_mean == Approx((0.5 + 0) / 2));
    CHECK(spreads.ratio == Approx((0.5 + 0) / 2));
    CHECK(spreads.frozen == Approx((0.5 + 1.5) / 2));
    CHECK(spreads.drift == Approx((0.75 + 0.4375) / 2));  // 1 − (0.5/1)², 1 − (1.5/2)²
    CHECK(spreads.law == Approx((std::sqrt(0.75 + 0.25 / 19) + std::sqrt(0.4375 + 0.5625 / 19)) / 2));
}

TEST_CASE("the unrolled average is the running mean") {
    // (10.1), from the history of a layer
    BatchNorm2d<float> layer(1);
    BatchNormHistory history(layer);
    Random random(2);
    Tensor<float> initial = layer.running_mean();  // shares the layer's number
    initial.fill_(7);
    for (int step = 0; step < 60; ++step) {
        Tensor<float> x({2, 1, 3, 3});
        random.fill_normal(x.values(), random.normal(), 1.0);
        layer(x);
        history.record_step();
        double unrolled = std::pow(0.9, step + 1) * 7;
        for (int age = 0; age <= step; ++age)
            unrolled += weight_of_batch(0.1, age) * history.batch_mean[0][static_cast<std::size_t>(step - age)];
        CHECK(history.running_mean[0].back() == Approx(unrolled).epsilon(1e-5).margin(1e-6));
    }
}

TEST_CASE("weights of a moving average add up and have the mean age and the squares of the text") {
    for (double m : {0.1, 0.5, 0.01}) {
        double sum = 0, first_22 = 0, age_sum = 0, squares = 0;
        for (int age = 0; age < 5000; ++age) {
            const double weight = weight_of_batch(m, age);
            sum += weight;
            if (age < 22) first_22 += weight;
            age_sum += weight * age;
            squares += weight * weight;
        }
        CHECK(first_22 == Approx(1 - std::pow(1 - m, 22)));  // (10.2)
        CHECK(sum == Approx(1));
        CHECK(age_sum == Approx((1 - m) / m));  // (10.3)
        CHECK(squares == Approx(m / (2 - m)));  // (10.4)
    }
    // What climbs by 2 a step is followed 9 steps late: (10.3)
    double average = 0;
    for (int step = 0; step < 1000; ++step) average += 0.1 * (2.0 * step - average);
    CHECK(2.0 * 999 - average == Approx(2 * 9));
}

TEST_CASE("a drift and independent batches make the ratio that the law expects") {
    // b = drift + choice, (10.5): a slow wave of amplitude a has the variance a^2/2
    Random random(6);
    for (double amplitude : {0.0, 0.5, 1.0, 5.0}) {
        Series batch, smooth, choice;
        double average = 0;
        for (int step = 0; step < 100'000; ++step) {
            choice.push_back(random.normal());
            batch.push_back(amplitude * std::sin(step / 2000.0) + choice.back());
            average += 0.1 * (batch.back() - average);
            smooth.push_back(average);
        }
        const double total = spread(batch, 1000, 99'000), alone = spread(choice, 1000, 99'000);
        const double drift = drift_share(total, alone), wave = amplitude * amplitude / 2;
        CAPTURE(amplitude);
        CHECK(drift == Approx(wave / (wave + 1)).margin(0.01));  // (10.6)
        // (10.7), (10.8)
        CHECK(spread(smooth, 1000, 99'000) / total == Approx(expected_ratio(drift, 0.1)).epsilon(0.02));
    }
    CHECK(drift_share(1.0, 1.1) == 0);
}

TEST_CASE("frozen batch means are those of the batches and leave no trace") {
    Random random(3);
    ResNet<float> model(random);
    BatchNorm2d<float>& layer = find_batch_norm(model, "res_block1.bn1");
    ImageSet images;
    for (int n = 0; n < 10; ++n) {
        images.labels.push_back(0);
        for (Index i = 0; i < image_bytes; ++i) images.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
    const DataLoader<float> loader(images, 4);
    model.train();
    model(loader.batch(0).images);  // so that the buffers hold something
    std::vector<float> before;
    for (const auto& [name, entry] : model.state_dict())
        if (const auto* tensor = std::get_if<Tensor<float>>(&entry))
            before.insert(before.end(), tensor->values().begin(), tensor->values().end());

    const std::vector<Series> means = frozen_batch_means(model, layer, loader);
    CHECK(means.size() == 16);
    CHECK(means[0].size() == 3);  // 4, 4 and 2 images
    std::vector<float> after;
    for (const auto& [name, entry] : model.state_dict()) {
        if (const auto* tensor = std::get_if<Tensor<float>>(&entry))
            after.insert(after.end(), tensor->values().begin(), tensor->values().end());
        else
            CHECK(std::get<std::int64_t>(entry) == 1);
    }
    CHECK(after == before);
    CHECK(model.training());

    // Batch norm before the layer works batch by batch, so the same batch gives the same means again
    BatchNormHistory history(layer);
    model(loader.batch(1).images);
    history.record_step();
    for (std::size_t c = 0; c < 16; ++c) CHECK(history.batch_mean[c][0] == Approx(means[c][1]).epsilon(1e-6));
}

TEST_CASE("weights before a batch norm get gradients at right angles to them and so they grow") {
    Random random(7);
    ResNet<float> model(random);
    model.train();
    Tensor<float> images({8, 3, 32, 32}), d_logits({8, 2});
    random.fill_normal(images.values());
    random.fill_normal(d_logits.values());
    model(images);
    model.backprop(d_logits);

    // Channel by channel, since each has a mean and a variance of its own
    Parameter<float>& weight = model.res_block1.conv1.weight;
    const Index C = weight.value.size(0), size = weight.value.numel() / C;
    const double rate = 0.1;
    for (Index c = 0; c < C; ++c) {
        double w_w = 0, g_g = 0, w_g = 0, after = 0;
        for (Index i = c * size; i < (c + 1) * size; ++i) {
            const double w = weight.value[i], g = weight.grad[i], moved = w - rate * g;
            w_w += w * w;
            g_g += g * g;
            w_g += w * g;
            after += moved * moved;
        }
        CAPTURE(c);
        CHECK(std::abs(w_g) < 1e-3 * std::sqrt(w_w * g_g));             // (10.9)
        CHECK(after - w_w == Approx(rate * rate * g_g).epsilon(0.02));  // (10.10)
    }
    // Nothing of the kind where no batch norm follows
    const Parameter<float>& fc = model.fc2.weight;
    double w_w = 0, g_g = 0, w_g = 0;
    for (Index i = 0; i < fc.value.numel(); ++i) {
        w_w += fc.value[i] * fc.value[i];
        g_g += fc.grad[i] * fc.grad[i];
        w_g += fc.value[i] * fc.grad[i];
    }
    CHECK(std::abs(w_g) > 1e-2 * std::sqrt(w_w * g_g));
}

TEST_CASE("the share that the ReLU would let through") {
    CHECK(share_above_zero(1, 0) == 0.5);  // (10.11)
    CHECK(share_above_zero(2, -2) == Approx(0.158655).epsilon(1e-5));
    CHECK(share_above_zero(-1, 1) == Approx(0.841345).epsilon(1e-5));  // a negative weight turns the numbers around
    // Counted, of normal numbers
    Random random(4);
    double count = 0;
    for (int i = 0; i < 100'000; ++i) count += 0.8 * random.normal() - 0.3 > 0;
    CHECK(count / 100'000 == Approx(share_above_zero(0.8, -0.3)).margin(0.008));
}

TEST_CASE("the moving average of independent batches spreads 0.23 times as much") {
    Series raw, smooth;
    Random random(5);
    double average = 0;
    for (int i = 0; i < 200'000; ++i) {
        raw.push_back(random.normal());
        average += 0.1 * (raw.back() - average);
        smooth.push_back(average);
    }
    CHECK(spread(smooth, 10'000, 190'000) / spread(raw, 10'000, 190'000) == Approx(std::sqrt(0.1 / 1.9)).epsilon(0.02));
}

TEST_CASE("labels keep their distance and their order") {
    const std::vector<double> places = detail::apart({0.0, 0.01, 1.0}, 0.1);
    CHECK(places[1] - places[0] >= 0.1 - 1e-9);
    CHECK(places[0] < places[1]);
    CHECK(places[2] == Approx(1.0));
    const std::vector<double> equal = detail::apart({1.0, 1.0, 1.0}, 0.1);
    CHECK(equal[1] - equal[0] >= 0.09);
    CHECK(equal[2] - equal[1] >= 0.09);
}

TEST_CASE("the figure's epochs are the steps at their ends") {
    BatchNorm2d<float> layer(3);
    BatchNormHistory history(layer);
    Random random(1);
    for (int step = 1; step <= 6; ++step) {
        Tensor<float> x({4, 3, 5, 5});
        random.fill_normal(x.values());
        layer(x);
        layer.bias.value[0] = static_cast<float>(step);
        history.record_step();
    }
    const Figure figure = four_panels_figure(history, 2, "title", "subtitle");
    for (const Column& column : figure.columns)
        if (column.name == "bias_0") CHECK(column.values == std::vector<double>{0, 2, 4, 6});
}

TEST_CASE("the figure's dots are the batch means of the channels that are picked out") {
    // Channels end in the order 2, 0, 3, 1: the lowest, one in the middle and the highest are 2, 3 and 1
    const float places[] = {1, 5, -3, 2};
    BatchNorm2d<float> layer(4);
    BatchNormHistory history(layer);
    Random random(2);
    for (int step = 1; step <= 6; ++step) {
        Tensor<float> x({4, 4, 5, 5});
        random.fill_normal(x.values());
        for (Index i = 0; i < x.numel(); ++i) x[i] += places[i / 25 % 4];
        layer(x);
        history.record_step();
    }
    const Figure figure = four_panels_figure(history, 2, "title", "subtitle");
    std::string dots;
    for (const Column& column : figure.columns) {
        if (column.name == "batch_epoch") CHECK(column.values == std::vector<double>{0.5, 1, 1.5, 2, 2.5, 3});
        if (!column.name.starts_with("batch_mean_")) continue;
        const std::size_t c = static_cast<std::size_t>(column.name.back() - '0');
        CAPTURE(column.name);
        CHECK(column.values == history.batch_mean[c]);
        for (double mean : column.values) CHECK(mean == Approx(places[c]).margin(0.5));
        dots += column.name.back();
    }
    CHECK(dots == "231");
}
