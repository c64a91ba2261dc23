#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/broken_backward.hpp"
#include "ch01_scalar_batch_norm/checked_batch.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch01_scalar_batch_norm/removed.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Numbers = std::vector<double>;
constexpr double scale = 1.7, shift = -0.4;

Numbers normal(std::uint64_t seed, std::size_t count, double mean = 0.0, double sigma = 1.0) {
    Numbers values(count);
    Random(seed).fill_normal<double>(values, mean, sigma);
    return values;
}

}  // namespace

TEST_CASE("the batch of four that one can do by hand") {
    const ScalarForward f = batch_norm(Numbers{1, 7, 9, 15}, 2, 1, 0);
    CHECK(f.mean == 8);
    CHECK(f.centred == Numbers{-7, -1, 1, 7});
    CHECK(f.variance == 25);
    CHECK(f.std == 5);
    CHECK(relative_error(f.x_hat, Numbers{-1.4, -0.2, 0.2, 1.4}) < 1e-15);
    CHECK(relative_error(f.y, Numbers{-1.8, 0.6, 1.4, 3.8}) < 1e-15);

    const Numbers d_y = {1, 2, -1, 2}, d_x = {0.112, 0.416, -0.816, 0.288};
    const ScalarBackward b = batch_norm_backward_staged(f, 2, d_y);
    CHECK(b.d_beta == 4);
    CHECK(b.d_gamma == Approx(0.8));
    CHECK(b.d_x_hat == Numbers{2, 4, -2, 4});
    CHECK(b.d_std == Approx(-0.32));
    CHECK(b.d_variance == Approx(-0.032));
    CHECK(relative_error(b.d_centred, Numbers{0.512, 0.816, -0.416, 0.688}) < 1e-14);
    CHECK(b.d_mean == Approx(-1.6));
    CHECK(relative_error(b.d_x, d_x) < 1e-14);

    const ScalarGradients g = batch_norm_backward(f, 2, d_y);
    CHECK(relative_error(g.d_x, d_x) < 1e-14);
    CHECK(g.d_gamma == Approx(0.8));
    CHECK(g.d_beta == 4);
}

TEST_CASE("a large mean costs the variance no digit") {
    // The batch of four, 1e8 further on. The squares of such numbers are even, so E[x²] − μ² cannot be 25.
    const ScalarForward f = batch_norm(Numbers{1e8 + 1, 1e8 + 7, 1e8 + 9, 1e8 + 15}, 2, 1, 0);
    CHECK(f.mean == 1e8 + 8);
    CHECK(f.variance == 25);
    CHECK(f.y == batch_norm(Numbers{1, 7, 9, 15}, 2, 1, 0).y);
}

TEST_CASE("the nudge of the text") {
    const Numbers d_y = {1, 2, -1, 2};
    const auto loss = [&](const Numbers& x) { return inner_product(d_y, batch_norm(x, 2, 1, 0).y); };
    CHECK(loss({1, 7, 9, 15}) == Approx(5.6).epsilon(1e-12));
    CHECK(loss({1.01, 7, 9, 15}) == Approx(5.60112).margin(5e-6));
}

TEST_CASE("the output has mean 0 and variance v over v + eps") {
    // Eq. (1.16)
    const ScalarForward f = batch_norm(normal(1, 200, 5, 3), 1, 0, 0.5);
    double mean = 0, variance = 0;
    for (double v : f.x_hat) mean += v / 200;
    for (double v : f.x_hat) variance += (v - mean) * (v - mean) / 200;
    CHECK(std::abs(mean) < 1e-14);
    CHECK(variance == Approx(f.variance / (f.variance + 0.5)).epsilon(1e-12));
}

TEST_CASE("staged and closed backward agree with each other and with finite differences") {
    for (std::size_t m : {2u, 3u, 5u, 32u}) {
        Numbers x = normal(m, m, 3, 2);
        const Numbers d_y = normal(100 + m, m);
        const ScalarForward f = batch_norm(x, scale, shift);
        const ScalarBackward staged = batch_norm_backward_staged(f, scale, d_y);
        const ScalarGradients closed = batch_norm_backward(f, scale, d_y);
        CAPTURE(m);
        if (m > 2) CHECK(relative_error(staged.d_x, closed.d_x) < 1e-12);
        CHECK(staged.d_gamma == Approx(closed.d_gamma));
        CHECK(staged.d_beta == Approx(closed.d_beta));

        Numbers parameters = {scale, shift};
        const auto loss = [&] { return inner_product(d_y, batch_norm(x, parameters[0], parameters[1]).y); };
        if (m > 2) CHECK(relative_error(closed.d_x, numerical_gradient(loss, x)) < 1e-6);
        CHECK(relative_error(Numbers{closed.d_gamma, closed.d_beta}, numerical_gradient(loss, parameters)) < 1e-6);
    }
}

TEST_CASE("every intermediate of the staged backward is the derivative it claims to be") {
    // Restart the forward pass from the intermediate and differentiate from there.
    const Numbers x = normal(7, 6, 3, 2), d_y = normal(8, 6);
    ScalarForward f = batch_norm(x, scale, shift, 1e-3);
    const ScalarBackward b = batch_norm_backward_staged(f, scale, d_y);
    const auto loss_from_c_and_s = [&](const Numbers& c, double s) {
        double sum = 0;
        for (std::size_t i = 0; i < c.size(); ++i) sum += d_y[i] * (scale * c[i] / s + shift);
        return sum;
    };
    const auto variance_of = [](const Numbers& c) { return inner_product(c, c) / static_cast<double>(c.size()); };

    Numbers std = {f.std}, variance = {f.variance}, mean = {f.mean}, centred = f.centred;
    CHECK(relative_error(Numbers{b.d_std},
                         numerical_gradient([&] { return loss_from_c_and_s(f.centred, std[0]); }, std)) < 1e-6);
    CHECK(relative_error(Numbers{b.d_variance},
                         numerical_gradient([&] { return loss_from_c_and_s(f.centred, std::sqrt(variance[0] + 1e-3)); },
                                            variance)) < 1e-6);
    CHECK(relative_error(
              b.d_centred,
              numerical_gradient([&] { return loss_from_c_and_s(centred, std::sqrt(variance_of(centred) + 1e-3)); },
                                 centred)) < 1e-6);
    const auto from_mean = [&] {
        Numbers c;
        for (double value : x) c.push_back(value - mean[0]);
        return loss_from_c_and_s(c, std::sqrt(variance_of(c) + 1e-3));
    };
    CHECK(relative_error(Numbers{b.d_mean}, numerical_gradient(from_mean, mean)) < 1e-6);
}

TEST_CASE("a random cotangent rejects every mistake but loss = sum of y only a wrong mean term") {
    Numbers x = normal(3, 16, 3, 2);
    const Numbers random = normal(4, 16), ones(16, 1.0);
    const ScalarForward f = batch_norm(x, scale, shift);
    const auto numeric = [&](const Numbers& cotangent) {
        return numerical_gradient([&] { return inner_product(cotangent, batch_norm(x, scale, shift).y); }, x);
    };
    const Numbers random_truth = numeric(random), sum_truth = numeric(ones);
    for (const Mistake& mistake : mistakes) {
        CAPTURE(mistake.name);
        const double error = relative_error(backward_with(mistake, f, scale, random), random_truth);
        CHECK((mistake.name == "right" ? error < 1e-6 : error > 1e-2));

        const Numbers d_x = backward_with(mistake, f, scale, ones);
        for (std::size_t i = 0; i < 16; ++i) {
            // What is left of γ/s · (1 − mean · 1 − x_hat · x̂ · 0), and the numeric gradient is zero.
            CHECK(d_x[i] == Approx(mistake.scale * scale / f.std * (1 - mistake.mean)).margin(1e-12));
            CHECK(std::abs(sum_truth[i]) < 1e-6);
        }
    }
    CHECK(relative_error(backward_with(mistakes[0], f, scale, random), batch_norm_backward(f, scale, random).d_x) <
          1e-13);

    Numbers one_percent_large = batch_norm_backward(f, scale, random).d_x;
    for (double& d : one_percent_large) d *= 1.01;
    CHECK(relative_error(one_percent_large, random_truth) == Approx(0.01).epsilon(1e-3));
}

TEST_CASE("the check is best between steps that round and steps that curve") {
    CheckedBatch batch(1);
    const StepErrors errors = errors_by_step(batch);
    REQUIRE(errors.steps.size() == 25);
    CHECK(errors.steps[14] == Approx(1e-5));
    CHECK(errors.right[14] < 1e-6);
    CHECK(errors.right[0] > 100 * errors.right[14]);   // 1e-12: rounding
    CHECK(errors.right[24] > 100 * errors.right[14]);  // 1: the loss is no straight line over that length
    for (double error : errors.broken) CHECK(error > 1e-2);
}

TEST_CASE("what batch norm removes from a gradient") {
    const Numbers x = normal(5, 64, -2, 0.5), d_y = normal(6, 64), ones(64, 1.0);
    const ScalarForward f = batch_norm(x, scale, shift);
    const Numbers d_x = batch_norm_backward(f, scale, d_y).d_x;
    CHECK(std::abs(inner_product(ones, d_x)) < 1e-12);  // Eq. (1.17)
    CHECK(std::abs(inner_product(ones, d_y)) > 0.1);
    // Along x̂ all but the share ε/(v + ε) goes: Eq. (1.18)
    const double left = scale / f.std * inner_product(d_y, f.x_hat) * 1e-5 / (f.variance + 1e-5);
    CHECK(inner_product(f.x_hat, d_x) == Approx(left).epsilon(1e-6));
    CHECK(std::abs(left) < 1e-3 * std::abs(inner_product(f.x_hat, d_y)));
}

TEST_CASE("a gradient comes in three parts of which batch norm keeps one and a share of another") {
    // The batch of four, with eps = 0 and with eps three times the variance
    const Numbers x = {1, 7, 9, 15}, d_y = {1, 2, -1, 2};
    for (double eps : {0.0, 75.0}) {
        CAPTURE(eps);
        const ScalarForward f = batch_norm(x, 2, 1, eps);
        const GradientParts parts = parts_of(f, d_y);
        CHECK(parts.mean == Numbers{1, 1, 1, 1});
        CHECK(relative_error(parts.along, Numbers{-0.28, -0.04, 0.04, 0.28}) < 1e-14);
        CHECK(relative_error(parts.rest, Numbers{0.28, 1.04, -2.04, 0.72}) < 1e-14);
        CHECK(share_kept(f) == Approx(eps == 0 ? 0 : 0.75));
        CHECK(relative_error(d_x_from_parts(parts, f, 2), eps == 0 ? Numbers{0.112, 0.416, -0.816, 0.288}
                                                                   : Numbers{0.014, 0.202, -0.402, 0.186}) < 1e-14);
    }
    // Any batch: at right angles, and together the closed form, Eq. (1.19)
    for (double eps : {0.0, 1e-5, 0.3}) {
        const Numbers z = normal(9, 40, 3, 2), d_z = normal(10, 40);
        const ScalarForward f = batch_norm(z, scale, shift, eps);
        const GradientParts p = parts_of(f, d_z);
        CHECK(std::abs(inner_product(p.mean, p.along)) < 1e-12);
        CHECK(std::abs(inner_product(p.mean, p.rest)) < 1e-12);
        CHECK(std::abs(inner_product(p.along, p.rest)) < 1e-12);
        CHECK(relative_error(d_x_from_parts(p, f, scale), batch_norm_backward(f, scale, d_z).d_x) < 1e-12);
    }
    const ScalarForward equal = batch_norm(Numbers{4, 4, 4}, 2, 1);
    CHECK(relative_error(d_x_from_parts(parts_of(equal, Numbers{1, 2, 3}), equal, 2),
                         batch_norm_backward(equal, 2, Numbers{1, 2, 3}).d_x) < 1e-12);
}

TEST_CASE("a batch of two becomes plus and minus one") {
    for (const Numbers& pair : {Numbers{0, 1}, Numbers{-70, 1000}, Numbers{3, 3.5}}) {
        const Numbers y = batch_norm(pair, 1, 0).y;
        CHECK(y[0] == Approx(-1).epsilon(1e-3));
        CHECK(y[1] == Approx(1).epsilon(1e-3));
    }
    // In full: ±b/√(b² + ε), where b is half their distance: Eq. (1.20)
    CHECK(batch_norm(Numbers{0.001, 0}, 1, 0).y[0] == Approx(5e-4 / std::sqrt(2.5e-7 + 1e-5)).epsilon(1e-12));
    // An output that cannot change has no gradient.
    for (double d : batch_norm_backward(batch_norm(Numbers{0, 1}, 1, 0, 0), 1, Numbers{3, -5}).d_x) CHECK(d == 0);
}

TEST_CASE("edges: equal numbers or one number or none") {
    for (double y : batch_norm(Numbers(5, 0.1), 2, 1).y) CHECK(y == Approx(1));
    CHECK(batch_norm(Numbers{4}, 2, 1).y[0] == 1);
    CHECK_THROWS_AS(batch_norm(Numbers{}, 1, 0), std::invalid_argument);
    CHECK(std::isnan(batch_norm(Numbers{1, std::nan("")}, 1, 0).y[0]));
    CHECK(std::isnan(batch_norm(Numbers{4, 4}, 1, 0, 0.0).y[0]));
    const ScalarForward four = batch_norm(Numbers{1, 7, 9, 15}, 1, 0);
    CHECK_THROWS_WITH(batch_norm_backward(four, 1, Numbers{1, 2, 3}),
                      "batch_norm_backward: d_y has 3 elements, the batch has 4");
    CHECK_THROWS_AS(batch_norm_backward_staged(four, 1, Numbers(5)), std::invalid_argument);
}

TEST_CASE("relative_error lets nothing through") {
    CHECK(relative_error(Numbers{1, 2}, Numbers{1, 4}) == 0.5);
    CHECK(relative_error(Numbers{1e-9}, Numbers{0}) == 1e-9);
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(std::isnan(relative_error(Numbers{1, std::nan("")}, Numbers{1, 1})));
    CHECK(std::isnan(relative_error(Numbers{1, 1}, Numbers{1, std::nan("")})));
    CHECK(std::isnan(relative_error(Numbers{1, infinity}, Numbers{5, infinity})));
    CHECK_THROWS_AS(relative_error(Numbers{1}, Numbers{1, 2}), std::invalid_argument);
    CHECK_THROWS_AS(inner_product(Numbers{1}, Numbers{1, 2}), std::invalid_argument);
}
