#include <cmath>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch10_fifty_epochs/figures.hpp"
#include "ch10_fifty_epochs/history.hpp"
#include "common/random.hpp"

using namespace bn;

TEST_CASE("the history holds every step and follows the moving average's formula") {
    BatchNorm2d<float> layer(3);
    BatchNormHistory history(layer);
    Random random(1);
    for (int step = 0; step < 20; ++step) {
        Tensor<float> x({4, 3, 5, 5});
        random.fill_normal(x.values(), 2.0, 1.0);
        layer.train();
        layer(x);
        layer.eval();
        layer(x);  // evaluation is not recorded
        layer.weight.value[1] = static_cast<float>(step);
        history.record_step();
    }
    CHECK(history.batch_mean[2].size() == 20);
    CHECK(history.running_mean[2].size() == 20);
    CHECK(history.weight[1].back() == 19);
    for (std::size_t step = 1; step < 20; ++step)
        CHECK(history.running_mean[0][step] ==
              Approx(0.9 * history.running_mean[0][step - 1] + 0.1 * history.batch_mean[0][step]).epsilon(1e-5));
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
    const Spreads spreads = spreads_in_epoch(history, 1, 2);
    CHECK(spreads.batch_mean == Approx(1));
    CHECK(spreads.running_mean == Approx(0.5));
    CHECK(spreads.ratio == Approx(0.5));
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
