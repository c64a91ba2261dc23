#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "ch03_running_statistics/averages.hpp"
#include "ch03_running_statistics/broken.hpp"
#include "ch03_running_statistics/population.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include "ch03_running_statistics/train_and_eval.hpp"
#include "common/catch.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Images = Tensor<double>;
using Running = RunningStatistics<double>;
using Momentum = std::optional<double>;
const Images none;

Images normal(std::uint64_t seed, Shape shape, double mean = 0.0, double sigma = 1.0) {
    Random random(seed);
    return normal_tensor(random, std::move(shape), mean, sigma);
}

std::vector<Images> batches(std::uint64_t seed, int count) {
    std::vector<Images> all;
    for (int k = 0; k < count; ++k)
        all.push_back(normal(seed + static_cast<std::uint64_t>(k), {2, 3, 2, 2}, 2.0 + k % 3, 1.0 + 0.2 * k));
    return all;
}

// Channel c of a batch, by the definitions: mean, and unbiased variance.
std::pair<double, double> mean_and_unbiased_variance(const Images& x, Index c) {
    const Images values = channel_of(x, c);
    double mean = 0, squares = 0;
    for (double v : values.values()) mean += v / static_cast<double>(values.numel());
    for (double v : values.values()) squares += (v - mean) * (v - mean);
    return {mean, squares / static_cast<double>(values.numel() - 1)};
}

// Whether an update follows the rule, checked against the sum that unrolls it: Eq. (3.5). No momentum: Eq. (3.3).
template <class Update>
bool follows_the_rule(const Update& update) {
    for (const Momentum momentum : {Momentum(0.1), Momentum(0.7), Momentum()}) {
        Running running(3);
        const std::vector<Images> seen = batches(100, 6);
        for (const Images& x : seen) update(running, channel_statistics(x), momentum);
        if (running.num_batches_tracked != 6) return false;
        for (Index c = 0; c < 3; ++c) {
            double mean = 0.0, variance = momentum ? std::pow(1 - *momentum, 6) : 0.0;
            for (int k = 0; k < 6; ++k) {
                const double share = momentum ? *momentum * std::pow(1 - *momentum, 5 - k) : 1.0 / 6.0;
                const auto [batch_mean, batch_variance] =
                    mean_and_unbiased_variance(seen[static_cast<std::size_t>(k)], c);
                mean += share * batch_mean;
                variance += share * batch_variance;
            }
            if (std::abs(running.running_mean[c] - mean) > 1e-12 || std::abs(running.running_var[c] - variance) > 1e-12)
                return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("three batches that one can do by hand") {
    Running moving(1), average(1);
    for (const std::vector<double>& values : {std::vector<double>{1, 7, 9, 15}, {2, 4, 4, 6}, {3, 3, 9, 9}}) {
        const ChannelStatistics s = channel_statistics(Images({4, 1, 1, 1}, values));
        moving.update(s, 0.1);
        average.update(s, std::nullopt);
    }
    CHECK(moving.running_mean[0] == Approx(0.81 * 0.8 + 0.09 * 4 + 0.1 * 6));
    CHECK(moving.running_var[0] == Approx(0.729 + 0.081 * 100 / 3 + 0.09 * 8 / 3 + 0.1 * 12));
    CHECK(average.running_mean[0] == Approx(6));
    CHECK(average.running_var[0] == Approx(16));
    CHECK(moving.num_batches_tracked == 3);
}

TEST_CASE("the update follows its rule and broken updates do not") {
    CHECK(follows_the_rule([](Running& running, const ChannelStatistics& s, Momentum m) { running.update(s, m); }));
    for (const BrokenUpdate& broken : broken_updates()) {
        CAPTURE(broken.name);
        CHECK_FALSE(follows_the_rule(broken.update));
    }
}

TEST_CASE("initial values and reset") {
    Running running(4);
    const Images mean = running.running_mean, var = running.running_var;
    for (int round = 0; round < 2; ++round) {
        CHECK(running.running_mean.shape() == Shape{4});
        CHECK(running.running_var.shape() == Shape{4});
        for (Index c = 0; c < 4; ++c) {
            CHECK(running.running_mean[c] == 0);
            CHECK(running.running_var[c] == 1);
        }
        CHECK(running.num_batches_tracked == 0);
        running.update(channel_statistics(normal(1, {2, 4, 3, 3}, 7)), 0.1);
        CHECK(running.num_batches_tracked == 1);
        CHECK(running.running_mean[2] > 0.5);
        running.reset();
    }
    CHECK(running.running_mean.shares_storage_with(mean));
    CHECK(running.running_var.shares_storage_with(var));
}

TEST_CASE("update and reset write into the tensors that others hold") {
    Running running(2);
    const Images held = running.running_mean;
    running.update(channel_statistics(normal(1, {3, 2, 2, 2}, 5)), std::nullopt);
    CHECK(held[1] == running.running_mean[1]);
    CHECK(held[1] > 3);
}

TEST_CASE("momentum 0 only counts and momentum 1 keeps the last batch") {
    const ChannelStatistics s = channel_statistics(normal(1, {3, 2, 2, 2}, 5, 2));
    Running still(2), last(2);
    for (int k = 0; k < 2; ++k) still.update(s, 0.0);
    CHECK(still.running_mean[0] == 0);
    CHECK(still.running_var[1] == 1);
    CHECK(still.num_batches_tracked == 2);
    last.update(channel_statistics(normal(2, {3, 2, 2, 2}, -9)), 1.0);
    last.update(s, 1.0);
    CHECK(last.running_mean[0] == s.mean[0]);
    CHECK(last.running_var[0] == Approx(s.variance[0] * 12 / 11));
}

TEST_CASE("of the initial values the share 0.9 to the k remains") {
    Running running(1);
    const ChannelStatistics s{{10.0}, {4.0}, 5};  // unbiased 5
    for (int k = 1; k <= 60; ++k) {
        running.update(s, 0.1);
        CHECK(running.running_mean[0] == Approx(10 * (1 - std::pow(0.9, k))));
        CHECK(running.running_var[0] == Approx(std::pow(0.9, k) + 5 * (1 - std::pow(0.9, k))));
    }
    running.reset();
    running.update(s, std::nullopt);
    CHECK(running.running_mean[0] == 10);
    CHECK(running.running_var[0] == 5);
}

TEST_CASE("the unbiased variance is right on average and the biased one is small by one n-th") {
    Random random(1);
    for (Index n : {2, 4, 8}) {
        const AverageOf average = average_statistics(random, n, 20000);
        const double tolerance = 5 * 4 * std::sqrt(2.0 / static_cast<double>(n - 1) / 20000);  // five standard errors
        CAPTURE(n);
        CHECK(std::abs(average.unbiased - 4) < tolerance);
        CHECK(std::abs(average.biased - 4.0 * static_cast<double>(n - 1) / static_cast<double>(n)) < tolerance);
        // A running σ would be too small: the mean of σ is not the root of the mean of σ².
        CHECK(average.sigma < 0.97 * std::sqrt(average.unbiased));
    }
}

TEST_CASE("the spread of the running mean of independent batches") {
    Random random(2);
    for (double momentum : {0.1, 0.5}) {
        const Spread spread = measure_spread(random, 20000, momentum);
        CHECK(spread.running_mean / spread.batch_mean == Approx(std::sqrt(momentum / (2 - momentum))).epsilon(0.1));
    }
}

TEST_CASE("the running mean lags behind a drift by nine batches") {
    // Without noise: b_k = a·k. Eq. (3.7)
    Running running(1);
    for (int k = 1; k <= 300; ++k) running.update({{0.5 * k}, {1.0}, 1000}, 0.1);
    CHECK(running.running_mean[0] == Approx(0.5 * (300 - 9)).epsilon(1e-12));

    Random random(5);
    const DriftLook look = validate_while_drifting(
                               random, [](int k) { return 0.1 * k; }, 200, 200)
                               .back();
    CHECK(look.level - look.running_mean == Approx(0.9).margin(0.15));
    CHECK(look.accuracy < 0.9);
    CHECK(look.recalibrated_accuracy > 0.95);
}

TEST_CASE("the record of a batch has the variance that is remembered") {
    Random random(8);
    const Record r = record_training(Population(), random, 1, 4);
    CHECK(r.variance_average[1] == Approx(r.batch_variance[1]));  // the average of one
}

TEST_CASE("values that are alike make the variance smaller than n over n minus 1 can mend") {
    // Eq. (3.4), with the variance of the batch mean measured, too
    Random random(6);
    const Population population;
    double mean = 0, square = 0;
    const int batches = 4000;
    for (int k = 0; k < batches; ++k) {
        const double m = channel_statistics(population.images(random, mixed_labels(random, 16))).mean[0];
        mean += m / batches;
        square += m * m / batches;
    }
    CHECK(square - mean * mean == Approx(population.variance_of_mean(16)).epsilon(0.15));
    CHECK(long_run(population, random, 4000, 16).running_var[0] ==
          Approx(population.expected_unbiased_variance(16)).margin(0.02));
    CHECK(population.expected_unbiased_variance(16) < 1.43);
}

TEST_CASE("the mean of sigma squared exceeds the square of the mean of sigma by its variance") {
    // Eq. (3.12), exact for any numbers
    double sum = 0, squares = 0, spread = 0;
    const std::vector<double> sigma = {1, 2, 2, 5};
    for (double s : sigma) sum += s / 4, squares += s * s / 4;
    for (double s : sigma) spread += (s - sum) * (s - sum) / 4;
    CHECK(sum * sum == Approx(squares - spread));
}

TEST_CASE("eval normalises by the running averages and by nothing else") {
    const Images x = normal(3, {4, 2, 3, 3}, 2, 3), mean({2}, {1, -2}), var({2}, {4, 0.25}), weight({2}, {3, 1}),
                 bias({2}, {0, 5});
    const Images y = batch_norm_2d_eval(x, mean, var, weight, bias, 0.1);
    for (Index n = 0; n < 4; ++n)
        for (Index c = 0; c < 2; ++c)
            CHECK(y(n, c, 1, 2) == Approx((x(n, c, 1, 2) - mean[c]) / std::sqrt(var[c] + 0.1) * weight[c] + bias[c]));

    // Not one bit of an image's output depends on the others; alone, and as a single pixel, it is the same.
    const Images other =
        batch_norm_2d_eval(with_other_mates(x, normal(4, x.shape(), 9), 1), mean, var, weight, bias, 0.1);
    CHECK(largest_difference(y.values().first(18), other.values().first(18)) == 0);
    const Images pixel({1, 2, 1, 1}, {x(0, 0, 0, 0), x(0, 1, 0, 0)});
    const Images alone = batch_norm_2d_eval(pixel, mean, var, weight, bias, 0.1);
    CHECK(alone[0] == y(0, 0, 0, 0));
    CHECK(alone[1] == y(0, 1, 0, 0));
}

TEST_CASE("eval with the statistics of the batch itself is train") {
    const Images x = normal(5, {4, 2, 3, 3}, 2, 3);
    const BatchNorm2dForward<double> f = batch_norm_2d(x, none, none);
    const Images y =
        batch_norm_2d_eval(x, Images({2}, f.statistics.mean), Images({2}, f.statistics.variance), none, none);
    CHECK(largest_difference(y.values(), f.y.values()) == 0);
}

TEST_CASE("eval leaves the running statistics alone and an eval that updates is found out") {
    const auto leaves_them_alone = [](const auto& eval) {
        Running running(2);
        running.update(channel_statistics(normal(6, {4, 2, 3, 3}, 2, 3)), 0.1);
        const Images mean = running.running_mean.clone(), var = running.running_var.clone();
        eval(running, normal(7, {4, 2, 3, 3}));
        return largest_difference(mean.values(), running.running_mean.values()) == 0 &&
               largest_difference(var.values(), running.running_var.values()) == 0 && running.num_batches_tracked == 1;
    };
    CHECK(leaves_them_alone([](Running& running, const Images& x) {
        const Images y = batch_norm_2d_eval(x, running.running_mean, running.running_var, none, none);
        batch_norm_2d_eval_backward(y, x, running.running_mean, running.running_var, none);
    }));
    CHECK_FALSE(
        leaves_them_alone([](Running& running, const Images& x) { running.update(channel_statistics(x), 0.1); }));
}

TEST_CASE("gradients in eval mode agree with central differences and broken ones do not") {
    for (const Shape& shape :
         {Shape{2, 3, 4, 5}, Shape{1, 2, 3, 3}, Shape{5, 7, 3, 9}, Shape{2, 1, 1, 1}, Shape{1, 4, 1, 1}}) {
        CAPTURE(to_string(shape));
        const Index C = shape[1];
        Images x = normal(1, shape, 2, 0.5), weight = normal(2, {C}), bias = normal(3, {C}), mean = normal(4, {C}),
               var({C});
        Random(5).fill_uniform(var.values(), 0.2, 3.0);
        const Images d_y = normal(6, shape);
        const auto loss = [&] {
            return inner_product(d_y.values(), batch_norm_2d_eval(x, mean, var, weight, bias, 0.1).values());
        };
        const std::vector<double> d_x = numerical_gradient(loss, x.values()),
                                  d_weight = numerical_gradient(loss, weight.values()),
                                  d_bias = numerical_gradient(loss, bias.values());
        const auto error = [&](const BatchNorm2dGradients<double>& g) {
            // A sum, since std::max would lose a NaN
            return relative_error(g.d_x.values(), d_x) + relative_error(g.d_weight.values(), d_weight) +
                   relative_error(g.d_bias.values(), d_bias);
        };
        CHECK(error(batch_norm_2d_eval_backward(d_y, x, mean, var, weight, 0.1)) < 1e-6);
        if (shape[0] * shape[2] * shape[3] == 1) continue;  // the broken ones ask for a batch's statistics
        for (const BrokenEvalBackward& broken : broken_eval_backwards()) {
            CAPTURE(broken.name);
            CHECK(error(broken.backward(d_y, x, mean, var, weight, 0.1)) > 1e-3);
        }
    }
}

TEST_CASE("float statistics are the double ones rounded") {
    RunningStatistics<float> single(3);
    Running wide(3);
    for (const Images& x : batches(50, 20)) {
        single.update(channel_statistics(x), 0.1);
        wide.update(channel_statistics(x), 0.1);
    }
    CHECK(relative_error(widened(single.running_mean).values(), wide.running_mean.values()) < 1e-6);
    CHECK(relative_error(widened(single.running_var).values(), wide.running_var.values()) < 1e-6);
}

TEST_CASE("a NaN in one batch stays in the averages of its channel") {
    Running running(2);
    Images x = normal(8, {3, 2, 2, 2});
    x(0, 1, 0, 0) = std::nan("");
    running.update(channel_statistics(x), 0.1);
    for (int k = 0; k < 100; ++k) running.update(channel_statistics(normal(9, {3, 2, 2, 2})), 0.1);
    CHECK(std::isfinite(running.running_mean[0]));
    CHECK(std::isnan(running.running_mean[1]));
    CHECK(std::isnan(running.running_var[1]));
}

TEST_CASE("wrong shapes are refused and a refused batch changes nothing") {
    const Images x = normal(1, {2, 8, 3, 3});
    Running running(16);
    CHECK_THROWS_AS(running.update(channel_statistics(x), 0.1), ShapeError);
    CHECK_THROWS_WITH(running.update(channel_statistics(x), 0.1),
                      contains("running_mean should contain 8 elements not 16"));
    CHECK_THROWS_AS(running.update(ChannelStatistics{std::vector<double>(16), std::vector<double>(16), 1}, 0.1),
                    ShapeError);
    CHECK(running.num_batches_tracked == 0);
    CHECK(running.running_mean[0] == 0);

    const Images of8({8}, 1.0), of16({16}, 1.0);
    const auto refused = [&](const Images& input, const Images& mean, const Images& var, const Images& weight,
                             const std::string& why) {
        CHECK_THROWS_AS(batch_norm_2d_eval(input, mean, var, weight, none), ShapeError);
        CHECK_THROWS_WITH(batch_norm_2d_eval(input, mean, var, weight, none), contains(why));
        CHECK_THROWS_WITH(batch_norm_2d_eval_backward(input, input, mean, var, weight), contains(why));
    };
    refused(x, of16, of8, none, "running_mean should contain 8 elements not 16");
    refused(x, of8, of16, none, "running_var should contain 8 elements not 16");
    refused(x, of8, of8, of16, "weight should contain 8 elements not 16");
    refused(Images({8, 3, 3}), of8, of8, none, "expected 4D input (got 3D input)");
    refused(Images({0, 8, 3, 3}), of8, of8, none, "there are no images");
    CHECK_THROWS_WITH(batch_norm_2d_eval_backward(normal(1, {2, 8, 3, 4}), x, of8, of8, none),
                      contains("[2, 8, 3, 4]") && contains("[2, 8, 3, 3]"));
}

TEST_CASE("three ways to go wrong") {
    Random random(3);
    const Population population;
    const Running warm = trained(population, random, 300);
    CHECK(warm.running_mean[0] == Approx(population.mean()).margin(0.2));
    CHECK(warm.running_var[0] == Approx(population.variance()).margin(0.2));
    std::vector<int> sorted(512, 0);
    std::fill(sorted.begin() + 256, sorted.end(), 1);
    const Images x = population.images(random, sorted);
    const auto accuracy_of = [&](Index N, const Running* running) { return accuracy(outputs(x, N, running), sorted); };

    // Eval forgotten: batches of one class, or of one image, carry no class at all.
    CHECK(accuracy_of(64, &warm) > 0.93);
    CHECK(accuracy_of(64, nullptr) < 0.65);
    CHECK(accuracy_of(1, nullptr) == 0.5);
    CHECK(largest_difference(outputs(x, 1, &warm).values(), outputs(x, 256, &warm).values()) == 0);

    // Validating in train mode overwrites the buffers; the original is left alone.
    const double mean = warm.running_mean[0];
    const Running overwritten = after_validating_in_train_mode(warm, x);
    CHECK(overwritten.num_batches_tracked == 308);
    CHECK(std::abs(overwritten.running_mean[0] - mean) > 0.1);
    CHECK(overwritten.running_var[0] < 0.8 * warm.running_var[0]);
    CHECK(warm.running_mean[0] == mean);

    // Eval before warm-up
    const Running early = trained(population, random, 5);
    CHECK(rms_difference(outputs(x, 64, &early), population.normalized(x)) >
          10 * rms_difference(outputs(x, 64, &warm), population.normalized(x)));
}

TEST_CASE("the population has the mean and variance that it says") {
    Random random(4);
    const Population population;
    const Images x = population.images(random, mixed_labels(random, 20000));
    const ChannelStatistics s = channel_statistics(x);
    CHECK(s.mean[0] == Approx(population.mean()).margin(0.05));
    CHECK(s.variance[0] == Approx(population.variance()).margin(0.05));
}

TEST_CASE("shuffled images keep their labels") {
    Random random(7);
    const Population population{.image_sigma = 0.01, .pixel_sigma = 0.01};  // level − 1 or level + 1, hardly more
    std::vector<int> sorted(20, 0);
    std::fill(sorted.begin() + 10, sorted.end(), 1);
    const auto [x, labels] = shuffled_images(random, population.images(random, sorted), sorted);
    CHECK(labels != sorted);
    for (std::size_t n = 0; n < 20; ++n) CHECK((x[static_cast<Index>(16 * n)] > population.level) == (labels[n] == 1));
}
