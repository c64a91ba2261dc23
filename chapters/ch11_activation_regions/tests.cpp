#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch11_activation_regions/activations.hpp"
#include "ch11_activation_regions/figures.hpp"
#include "ch11_activation_regions/surviving_gradient.hpp"
#include "ch11_activation_regions/through_batch_norm.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Numbers = std::vector<double>;
const double nan_value = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

Numbers normal(std::uint64_t seed, std::size_t count, double mean = 0.0, double sigma = 1.0) {
    Numbers values(count);
    Random(seed).fill_normal<double>(values, mean, sigma);
    return values;
}

Numbers numeric_gradient(const Activation& f, Numbers x, const Numbers& d_a) {
    const auto loss = [&] {
        Numbers a;
        for (double value : x) a.push_back(f.value(value));
        return inner_product(d_a, a);
    };
    return numerical_gradient(loss, x);
}

}  // namespace

TEST_CASE("each derivative agrees with central differences") {
    Numbers x = normal(1, 60, 0, 2);
    for (double& value : x)
        if (std::abs(value) < 1e-3) value = 1e-3;  // away from ReLU's kink
    const Numbers d_a = normal(2, 60);
    for (const Activation& f : activations) {
        CAPTURE(f.name);
        CHECK(relative_error(activation_backward(f, x, d_a), numeric_gradient(f, x, d_a)) < 1e-6);
    }
}

TEST_CASE("the check rejects broken derivatives") {
    const Numbers x = normal(3, 60, 0, 2), d_a = normal(4, 60);
    const auto rejects = [&](Activation f, double (*broken)(double)) {
        f.derivative = broken;
        return relative_error(activation_backward(f, x, d_a), numeric_gradient(f, x, d_a)) > 1e-2;
    };
    CHECK(rejects(activations[0], [](double) { return 1.0; }));
    CHECK(rejects(activations[0], [](double v) { return v > 0.0 && v < 1.0 ? 1.0 : 0.0; }));  // the article's region
    CHECK(rejects(activations[1], [](double v) { return v * (1.0 - v); }));  // takes x for the output σ(x)
    CHECK(rejects(activations[1], [](double v) { return 1.0 - sigmoid(v); }));
    CHECK(rejects(activations[2], [](double v) { return 1.0 - std::tanh(v); }));  // forgets the square
    CHECK(rejects(activations[2], sigmoid_derivative));
}

TEST_CASE("relu at its kink and at its ends and at NaN") {
    CHECK(relu(0.0) == 0.0);
    CHECK(relu(-3.0) == 0.0);
    CHECK(relu(3.0) == 3.0);
    CHECK(relu(-infinity) == 0.0);
    CHECK(relu(infinity) == infinity);
    CHECK(std::isnan(relu(nan_value)));
    CHECK(relu_derivative(0.0) == 0.0);
    CHECK(relu_derivative(nan_value) == 1.0);
}

TEST_CASE("sigmoid and the derivatives keep their digits far out") {
    CHECK(sigmoid(1000.0) == 1.0);
    CHECK(sigmoid(-1000.0) == 0.0);
    CHECK(sigmoid(-700.0) == Approx(std::exp(-700.0)).epsilon(1e-12));
    CHECK(sigmoid(0.0) == 0.5);
    for (double x : {-40.0, 40.0}) CHECK(sigmoid_derivative(x) == Approx(std::exp(-40.0)).epsilon(1e-12));
    for (double x : {-20.0, 20.0}) CHECK(tanh_derivative(x) == Approx(4.0 * std::exp(-40.0)).epsilon(1e-12));
    for (double x : {-1.0, 0.3, 2.0}) CHECK(2.0 * sigmoid(2.0 * x) - 1.0 == Approx(tanh_activation(x)).epsilon(1e-12));
    CHECK(std::isnan(sigmoid(nan_value)));
    CHECK(std::isnan(tanh_activation(nan_value)));
}

TEST_CASE("the slopes that the text quotes") {
    CHECK(sigmoid_derivative(0.0) == 0.25);
    CHECK(sigmoid_derivative(1.0) == Approx(0.197).margin(5e-4));
    CHECK(sigmoid_derivative(-2.0) == Approx(0.105).margin(5e-4));
    CHECK(tanh_derivative(1.0) == Approx(0.42).margin(5e-4));
    for (double x : {1e-9, 0.5, 1.0, 2.0, 1000.0}) CHECK(relu_derivative(x) == 1.0);
    for (const Activation& f : activations) {
        double largest = 0.0;
        for (double x = -5.0; x <= 5.0; x += 0.25) largest = std::max(largest, f.derivative(x));
        CHECK(largest == f.steepest);
    }
}

TEST_CASE("the slope at the end of a steep region is the share asked for") {
    for (const Activation& f : {activations[1], activations[2]})
        for (double share : {0.1, 0.5, 0.9}) {
            const Region region = steep_region(f, share);
            CHECK(region.low == -region.high);
            CHECK(f.derivative(region.high) == Approx(share * f.steepest).epsilon(1e-12));
            CHECK(f.derivative(0.9 * region.high) > share * f.steepest);
        }
    CHECK(steep_region(activations[1], 0.5).high == Approx(1.763).margin(5e-4));
    CHECK(steep_region(activations[2], 0.5).high == Approx(0.881).margin(5e-4));
    CHECK(steep_region(activations[1], 1.0).high == 0.0);
    CHECK(steep_region(activations[0], 0.5).low == 0.0);
    CHECK(steep_region(activations[0], 0.5).high == infinity);
    for (double share : {0.0, -1.0, 1.1, nan_value})
        CHECK_THROWS_AS(steep_region(activations[1], share), std::invalid_argument);
}

TEST_CASE("surviving gradient and shares agree with random draws") {
    const std::size_t draws = 100'000;
    for (const auto& [mean, sigma] : {std::pair{0.0, 1.0}, {-1.5, 0.5}, {0.7, 10.0}, {3.0, 2.0}}) {
        const Numbers x = normal(5, draws, mean, sigma);
        for (const Activation& f : activations) {
            CAPTURE(f.name, mean, sigma);
            double slope = 0, inside = 0, flat = 0;
            for (double value : x) {
                const double d = f.derivative(value) / f.steepest;
                slope += d / draws;
                inside += (value >= f.article.low && value <= f.article.high) / static_cast<double>(draws);
                flat += (d < 0.1) / static_cast<double>(draws);
            }
            // Five standard errors, sqrt(p(1 − p)/draws), of a share are at most 0.008.
            CHECK(mean_derivative(f, mean, sigma) / f.steepest == Approx(slope).margin(0.008));
            CHECK(share_inside(f.article, mean, sigma) == Approx(inside).margin(0.008));
            CHECK(share_flat(f, mean, sigma) == Approx(flat).margin(0.008));
        }
    }
}

TEST_CASE("the integral is exact to many digits for narrow and wide inputs") {
    for (const Activation& f : {activations[1], activations[2]}) {
        CHECK(mean_derivative(f, 0.8, 1e-6) == Approx(f.derivative(0.8)).epsilon(1e-9));
        for (const auto& [mean, sigma] : {std::pair{0.0, 1.0}, {2.0, 0.25}, {-3.0, 10.0}, {1.0, 100.0}}) {
            // Midpoints over x, where the slope is not negligible: another variable and another rule.
            double sum = 0;
            const double step = 1e-3;
            for (double x = -50 + step / 2; x < 50; x += step) {
                const double z = (x - mean) / sigma;
                sum += f.derivative(x) * std::exp(-0.5 * z * z) * step;
            }
            CHECK(mean_derivative(f, mean, sigma) ==
                  Approx(sum / (sigma * std::sqrt(2.0 * std::numbers::pi))).epsilon(1e-9));
        }
    }
    CHECK(mean_derivative(activations[0], 1.0, 2.0) == Approx(0.6914624613).epsilon(1e-9));  // Φ(1/2)
    CHECK(normal_cdf(-1.96) == Approx(0.0249978951).epsilon(1e-8));
    for (double sigma : {0.0, -1.0, nan_value, infinity}) {
        CHECK_THROWS_AS(mean_derivative(activations[1], 0, sigma), std::invalid_argument);
        CHECK_THROWS_AS(share_inside({0, 1}, 0, sigma), std::invalid_argument);
        CHECK_THROWS_AS(share_flat(activations[1], 0, sigma), std::invalid_argument);
        CHECK_THROWS_AS(all_dead(0, sigma, 10), std::invalid_argument);
    }
}

TEST_CASE("the integral that the text adds up by hand") {
    // Eq. (11.11) for mean 0 and sigma 1, with steps of 1: seven terms will do
    const auto by_hand = [](const Activation& f) {
        double sum = 0;
        for (int z = -3; z <= 3; ++z) sum += f.derivative(z) * std::exp(-0.5 * z * z);
        return sum / std::sqrt(2.0 * std::numbers::pi);
    };
    CHECK(by_hand(activations[1]) == Approx(0.2066).margin(5e-5));
    CHECK(mean_derivative(activations[1], 0, 1) == Approx(0.2066).margin(5e-5));
    CHECK(by_hand(activations[2]) == Approx(0.6099).margin(5e-5));
    CHECK(mean_derivative(activations[2], 0, 1) == Approx(0.6057).margin(5e-5));
}

TEST_CASE("the derivatives from the output are the same near zero and lost far out") {
    for (double x : {-3.0, -0.2, 0.0, 1.0, 4.0}) {
        const double s = sigmoid(x), t = tanh_activation(x);
        CHECK(s * (1 - s) == Approx(sigmoid_derivative(x)));  // Eq. (11.7)
        CHECK(1 - t * t == Approx(tanh_derivative(x)));
        CHECK(sigmoid_derivative(x) == Approx(0.25 / std::pow(std::cosh(x / 2), 2)));  // Eq. (11.8)
        CHECK(tanh_derivative(x) == Approx(1 / std::pow(std::cosh(x), 2)));
        CHECK(sigmoid_derivative(x) == Approx(1 / (2 + std::exp(x) + std::exp(-x))));
    }
    CHECK(sigmoid(37) * (1 - sigmoid(37)) == 0);
    CHECK(1 - std::pow(tanh_activation(20), 2) == 0);
    CHECK(sigmoid_derivative(37) > 0);
    CHECK(tanh_derivative(20) > 0);
    CHECK(std::max(0.0, nan_value) == 0);  // the trap that relu() avoids
}

TEST_CASE("a random gradient loses about two of its dimensions") {
    const std::size_t m = 256, draws = 2000;
    const Numbers x = normal(14, m, 1, 3), x_hat = batch_norm(x, 1, 0).x_hat;
    Random random(15);
    Numbers d_a(m);
    for (const Activation& f : activations) {
        double removed = 0;
        for (std::size_t k = 0; k < draws; ++k) {
            random.fill_normal<double>(d_a);
            removed += way_back(f, x, d_a).removed / draws;
        }
        CAPTURE(f.name);
        CHECK(removed_at_random(f, x_hat) == Approx(removed).epsilon(0.08));  // Eq. (11.19); two standard errors: 0.05
        CHECK(removed < 2.2 / m);
    }
}

TEST_CASE("standardising takes narrow inputs out of the article's region") {
    for (const Activation& f : activations)
        CHECK(share_inside(f.article, 0, 0.25) > 1.4 * share_inside(f.article, 0, 1));
    CHECK(share_inside(activations[0].article, 0, 1) == Approx(0.341).margin(5e-4));
    for (const Activation& f : {activations[1], activations[2]})
        CHECK(share_inside(f.article, 0, 1) == Approx(0.683).margin(5e-4));
    CHECK(mean_derivative(activations[2], 0, 0.25) == Approx(0.944).margin(5e-4));
}

TEST_CASE("whole channels die without batch norm and cannot with it") {
    CHECK(all_dead(0, 1, 3) == Approx(0.125));
    CHECK(all_dead(-5, 1, 1024) == Approx(0.9997).margin(5e-5));
    CHECK(all_dead(5, 1, 1) == Approx(normal_cdf(-5.0)));
    for (double mean : {-100.0, -5.0, 0.0, 7.0})
        for (std::size_t m : {2u, 3u, 1024u}) {
            const Numbers y = batch_norm(normal(m, m, mean, 0.1), 1.0, 0.0).y;
            CHECK(*std::max_element(y.begin(), y.end()) > 0.0);
        }
}

TEST_CASE("the figures' titles say what is so") {
    const std::string slopes = activations_figure().title, survivors = surviving_figure().title;
    CHECK_THAT(slopes, contains("sigmoid keeps 79 %") && contains("tanh 42 %") && contains("ReLU all"));
    CHECK(sigmoid_derivative(1.0) / 0.25 == Approx(0.786).margin(5e-4));
    CHECK(tanh_derivative(1.0) == Approx(0.420).margin(5e-4));
    CHECK(relu_derivative(1.0) == 1.0);
    CHECK_THAT(survivors, contains("83 % of sigmoid") && contains("61 % of tanh") && contains("50 % of ReLU"));
    CHECK(mean_derivative(activations[1], 0, 1) / 0.25 == Approx(0.826).margin(5e-4));
    CHECK(mean_derivative(activations[2], 0, 1) == Approx(0.606).margin(5e-4));
    CHECK(mean_derivative(activations[0], 0, 1) == 0.5);
}

TEST_CASE("a bar shows where the slope is at least half of its largest") {
    const std::string commands = activations_figure().commands;
    const double edge = 2 * std::acosh(std::sqrt(2.0));  // 1.76275, tanh's is half of it: Eq. (11.9)
    CHECK(sigmoid_derivative(edge) == Approx(0.125));
    CHECK(tanh_derivative(edge / 2) == Approx(0.5));
    CHECK_THAT(commands, contains("arrow 1 from 0,0.5 to 4,0.5 "));
    CHECK_THAT(commands, contains("arrow 1 from -1.76275,0.125 to 1.76275,0.125 ") && contains("|x| ≤ 1.76'"));
    CHECK_THAT(commands, contains("arrow 1 from -0.881374,0.5 to 0.881374,0.5 ") && contains("|x| ≤ 0.88'"));
}

TEST_CASE("each line of the surviving gradient has its own spread") {
    const Figure figure = surviving_figure();
    REQUIRE(figure.columns.size() == 1 + 9);
    const Numbers& means = figure.columns[0].values;
    std::size_t next = 1;
    for (const Activation& f : activations)
        for (const auto& [sigma, name] : {std::pair{0.25, "_sigma_0.25"}, {1.0, "_sigma_1"}, {4.0, "_sigma_4"}}) {
            const Column& column = figure.columns[next++];
            CHECK(column.name == std::string(f.name) + name);
            CAPTURE(column.name);
            REQUIRE(column.values.size() == means.size());
            for (std::size_t i = 0; i < means.size(); i += 20)
                CHECK(column.values[i] == Approx(mean_derivative(f, means[i], sigma) / f.steepest).margin(1e-12));
        }
    // ReLU's share above zero at the mean 1: Φ(4), Φ(1), Φ(1/4)
    REQUIRE(means[180] == Approx(1));
    CHECK(figure.columns[1].values[180] == Approx(0.9999683));
    CHECK(figure.columns[2].values[180] == Approx(0.8413447));
    CHECK(figure.columns[3].values[180] == Approx(0.5987063));
}

TEST_CASE("the gradient through batch norm and activation agrees with central differences") {
    Numbers x = normal(8, 24, -5, 2);
    const Numbers d_a = normal(9, 24);
    for (double y : batch_norm(x, 1, 0).y) REQUIRE(std::abs(y) > 1e-3);  // away from ReLU's kink
    for (const Activation& f : activations) {
        CAPTURE(f.name);
        const auto loss = [&] {
            Numbers a;
            for (double y : batch_norm(x, 1, 0).y) a.push_back(f.value(y));
            return inner_product(d_a, a);
        };
        const Numbers truth = numerical_gradient(loss, x);
        const WayBack way = way_back(f, x, d_a);
        CHECK(relative_error(way.d.d_x, truth) < 1e-6);

        // Broken: only the factor 1/s, nothing removed.
        Numbers broken = activation_backward(f, batch_norm(x, 1, 0).y, d_a);
        for (double& d : broken) d *= way.inverse_std;
        CHECK(relative_error(broken, truth) > 1e-2);
    }
    CHECK_THROWS_AS(way_back(activations[0], x, Numbers(3)), std::invalid_argument);
}

TEST_CASE("what batch norm passes on depends on the inputs' scale only through 1 over s") {
    const Numbers x = normal(10, 1024, -5, 2), d_a = normal(11, 1024);
    Numbers moved = x;
    for (double& value : moved) value = 10 * value + 300;
    for (const Activation& f : activations) {
        const WayBack way = way_back(f, x, d_a), other = way_back(f, moved, d_a);
        CHECK(way.with_batch_norm ==
              Approx(way.past_activation * way.inverse_std * std::sqrt(1 - way.removed)).epsilon(1e-12));
        CHECK(other.past_activation == Approx(way.past_activation).epsilon(1e-4));
        CHECK(other.inverse_std == Approx(way.inverse_std / 10).epsilon(1e-4));
        CHECK(other.with_batch_norm == Approx(way.with_batch_norm / 10).epsilon(1e-4));  // Eq. (11.20)
        CHECK(way.alone == Approx(rms(activation_backward(f, x, d_a)) / rms(d_a)));
    }
}

TEST_CASE("batch norm removes two components of the gradient and beta and gamma receive them") {
    const std::size_t m = 4096;
    const Numbers x = normal(12, m, -5, 2), ones(m, 1.0);
    for (const Activation& f : activations) {
        CAPTURE(f.name);
        const WayBack way = way_back(f, x, ones);
        CHECK(std::abs(inner_product(ones, way.d.d_x)) < 1e-9);
        CHECK(std::abs(inner_product(way.x_hat, way.d.d_x)) < 1e-2);

        // Eq. (11.17)
        const double squares = way.past_activation * way.past_activation * static_cast<double>(m);
        const double received = (way.d.d_beta * way.d.d_beta + way.d.d_gamma * way.d.d_gamma) / static_cast<double>(m);
        CHECK(way.removed == Approx(received / squares).epsilon(1e-4));
        CHECK(way.d.d_beta / static_cast<double>(m) == Approx(mean_derivative(f, 0, 1)).margin(0.02));
    }
    // For ReLU and many normal inputs, 1/2 + 1/π: Eq. (11.18)
    CHECK(way_back(activations[0], x, ones).removed == Approx(0.5 + std::numbers::inv_pi).margin(0.01));
    CHECK(way_back(activations[0], x, normal(13, m)).removed < 0.01);
}
