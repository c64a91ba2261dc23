#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch02_batch_norm_2d/broken.hpp"
#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch02_batch_norm_2d/figures.hpp"
#include "ch02_batch_norm_2d/jacobian.hpp"
#include "ch02_batch_norm_2d/samples.hpp"
#include "common/catch.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Images = Tensor<double>;
const Images none;

Images normal(std::uint64_t seed, Shape shape, double mean = 0.0, double sigma = 1.0) {
    Random random(seed);
    return normal_tensor(random, std::move(shape), mean, sigma);
}

// max|a − b|; NaN if there is one, which no tolerance accepts.
double difference(const Images& a, const Images& b) {
    REQUIRE(a.shape() == b.shape());
    double largest = 0;
    for (Index i = 0; i < a.numel(); ++i) {
        if (std::isnan(a[i] - b[i])) return a[i] - b[i];
        largest = std::max(largest, std::abs(a[i] - b[i]));
    }
    return largest;
}

template <class T>
bool all_nan(const Tensor<T>& x) {
    return std::all_of(x.values().begin(), x.values().end(), [](T value) { return std::isnan(value); });
}

}  // namespace

TEST_CASE("the batch that one can do by hand") {
    const Images weight({3}, {4, 1, 2}), bias({3}, {1, 0, -0.5});
    const BatchNorm2dForward<double> f = batch_norm_2d(hand_sized_batch(), weight, bias, 1e-12);
    CHECK(f.statistics.mean == std::vector<double>{5, 1000, 3});
    CHECK(f.statistics.variance == std::vector<double>{4, 100, 0});
    CHECK(f.statistics.count == 12);
    const std::vector<double> expected = {-5, -3, -1, -5, 1, -1, 3, 1, 5, 7, 3, 7};
    CHECK(relative_error(channel_of(f.y, 0).values(), expected) < 1e-12);
    for (Index i = 0; i < 12; ++i) CHECK(channel_of(f.y, 2)[i] == -0.5);
}

TEST_CASE("gradients agree with central differences") {
    const std::vector<Shape> shapes = {{2, 3, 4, 5}, {1, 2, 3, 3}, {5, 7, 3, 9}, {2, 1, 1, 1},
                                       {3, 2, 1, 1}, {1, 1, 1, 2}, {1, 3, 2, 1}, {4, 1, 1, 3}};
    for (const Shape& shape : shapes)
        for (double eps : {1e-5, 0.5}) {
            CAPTURE(to_string(shape), eps);
            Images x = normal(1, shape, 3, 1.5), weight = normal(2, {shape[1]}), bias = normal(3, {shape[1]});
            const Images d_y = normal(4, shape);
            const BatchNorm2dForward<double> f = batch_norm_2d(x, weight, bias, eps);
            const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, f.statistics, weight, eps);
            const auto loss = [&] {
                return inner_product(d_y.values(), batch_norm_2d(x, weight, bias, eps).y.values());
            };
            // With two values and a tiny ε the output is ±1 and d_x is zero up to ε: nothing to compare with.
            if (f.statistics.count > 2 || eps > 0.1)
                CHECK(relative_error(g.d_x.values(), numerical_gradient(loss, x.values())) < 1e-6);
            CHECK(relative_error(g.d_weight.values(), numerical_gradient(loss, weight.values())) < 1e-6);
            CHECK(relative_error(g.d_bias.values(), numerical_gradient(loss, bias.values())) < 1e-6);
        }
}

TEST_CASE("without weight and bias they are 1 and 0") {
    Images x = normal(1, {3, 2, 4, 4}, 2, 3);
    const Images d_y = normal(2, x.shape()), ones({2}, 1.0), zeros({2}, 0.0);
    const BatchNorm2dForward<double> f = batch_norm_2d(x, none, none);
    CHECK(difference(f.y, batch_norm_2d(x, ones, zeros).y) == 0);
    const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, f.statistics, none);
    CHECK(difference(g.d_x, batch_norm_2d_backward(d_y, x, f.statistics, ones).d_x) == 0);
    const auto loss = [&] { return inner_product(d_y.values(), batch_norm_2d(x, none, none).y.values()); };
    CHECK(relative_error(g.d_x.values(), numerical_gradient(loss, x.values())) < 1e-6);
}

TEST_CASE("the check rejects broken backward passes") {
    for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{5, 7, 3, 9}, Shape{3, 2, 1, 1}}) {
        Images x = normal(1, shape, 3, 0.5);
        const Images weight = normal(2, {shape[1]}), d_y = normal(3, shape);
        const ChannelStatistics s = channel_statistics(x);
        const auto loss = [&] { return inner_product(d_y.values(), batch_norm_2d(x, weight, none, 0.1).y.values()); };
        const std::vector<double> numeric = numerical_gradient(loss, x.values());
        CHECK(relative_error(batch_norm_2d_backward(d_y, x, s, weight, 0.1).d_x.values(), numeric) < 1e-6);
        // The instrument that breaks it is itself right when nothing is left out.
        CHECK(relative_error(d_x_from(d_y, x, s, weight, 0.1, true, true).values(), numeric) < 1e-6);
        for (const BrokenBackward& broken : broken_backwards()) {
            CAPTURE(to_string(shape), broken.name);
            CHECK(relative_error(broken.d_x(d_y, x, s, weight, 0.1).values(), numeric) > 1e-3);
        }
    }
}

TEST_CASE("the check and the values reject broken forward passes") {
    Images x = normal(1, {4, 3, 3, 2}, 3, 0.5);
    const Images d_y = normal(3, x.shape());
    const BatchNorm2dForward<double> right = batch_norm_2d(x, none, none, 0.1);
    const Images d_x = batch_norm_2d_backward(d_y, x, right.statistics, none, 0.1).d_x;
    for (const BrokenForward& broken : broken_forwards()) {
        CAPTURE(broken.name);
        const auto loss = [&] { return inner_product(d_y.values(), broken.x_hat(x, 0.1).values()); };
        CHECK(relative_error(d_x.values(), numerical_gradient(loss, x.values())) > 1e-3);
        CHECK(relative_error(broken.x_hat(x, 0.1).values(), right.y.values()) > 1e-3);
    }
}

TEST_CASE("each channel is standardised over images and positions") {
    const Images x = normal(7, {6, 4, 5, 3}, 20, 0.3);
    const BatchNorm2dForward<double> f = batch_norm_2d(x, none, none, 0.05);
    for (Index c = 0; c < 4; ++c) {
        const double variance = f.statistics.variance[static_cast<std::size_t>(c)];
        const Moments m = moments<double>(channel_of(f.y, c).values());
        CHECK(std::abs(m.mean) < 1e-12);
        CHECK(m.variance == Approx(variance / (variance + 0.05)).epsilon(1e-12));
    }
}

TEST_CASE("the output has mean beta and variance gamma squared times v over v plus eps") {
    const Images x = normal(8, {6, 2, 5, 3}, 20, 0.3);
    const BatchNorm2dForward<double> f = batch_norm_2d(x, Images({2}, {3, -0.5}), Images({2}, {-7, 2}), 0.05);
    for (Index c = 0; c < 2; ++c) {
        // Eq. (2.6)
        const double gamma = c ? -0.5 : 3, v = f.statistics.variance[static_cast<std::size_t>(c)];
        const Moments m = moments<double>(channel_of(f.y, c).values());
        CHECK(m.mean == Approx(c ? 2 : -7));
        CHECK(m.variance == Approx(gamma * gamma * v / (v + 0.05)).epsilon(1e-12));
    }
}

TEST_CASE("a value moves every output of its channel in every image and none of another") {
    Images x = normal(9, {3, 2, 2, 2}, 1, 2);
    const double eps = 0.3;
    const ChannelStatistics s = channel_statistics(x);
    std::vector<Position> positions;
    for (Index n : {0, 1, 2})
        for (Index c : {0, 1})
            for (Index h : {0, 1})
                for (Index w : {0, 1}) positions.push_back({n, c, h, w});
    for (const Position& to : positions) {
        // Every slope, Eq. (2.8), against a central difference of that one output
        const auto x_hat = [&] { return batch_norm_2d(x, none, none, eps).y(to.n, to.c, to.h, to.w); };
        const std::vector<double> numeric = numerical_gradient(x_hat, x.values());
        std::vector<double> slopes;
        for (const Position& from : positions) slopes.push_back(x_hat_slope(x, s, eps, to, from));
        CHECK(relative_error(slopes, numeric) < 1e-6);
    }
    // The slopes of the statistics themselves: Eq. (2.7)
    const auto mean_of = [&] { return channel_statistics(x).mean[1]; };
    const auto variance_of = [&] { return channel_statistics(x).variance[1]; };
    const std::vector<double> d_mean = numerical_gradient(mean_of, x.values()),
                              d_variance = numerical_gradient(variance_of, x.values());
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const Position& p = positions[i];
        CHECK(d_mean[i] == Approx(p.c == 1 ? 1.0 / 12 : 0).margin(1e-8));
        CHECK(d_variance[i] == Approx(p.c == 1 ? 2 * (x(p.n, 1, p.h, p.w) - s.mean[1]) / 12 : 0).margin(1e-8));
    }
}

TEST_CASE("the slopes of the text") {
    const Images x = hand_sized_batch();
    const ChannelStatistics s = channel_statistics(x);
    const auto slope = [&](const Position& from) { return x_hat_slope(x, s, 0, {0, 0, 0, 0}, from); };
    CHECK(slope({0, 0, 0, 0}) == Approx(35.0 / 96));
    CHECK(slope({0, 0, 0, 1}) == Approx(-10.0 / 96));
    CHECK(slope({2, 0, 1, 1}) == Approx(5.0 / 96));
    CHECK(slope({0, 1, 0, 0}) == 0);
}

TEST_CASE("a bias before batch norm changes nothing") {
    const Images x = normal(10, {4, 2, 3, 3});
    Images shifted = x.clone();
    for (Index n = 0; n < 4; ++n)
        for (Index i = 0; i < 9; ++i) shifted(n, 1, i / 3, i % 3) += 5;
    CHECK(difference(batch_norm_2d(shifted, none, none).y, batch_norm_2d(x, none, none).y) < 1e-14);
}

TEST_CASE("at one channel of one pixel it is the scalar batch norm of chapter 1") {
    for (Index N : {2, 3, 10, 33}) {
        const Images x = normal(11, {N, 1, 1, 1}, 3, 2), d_y = normal(12, x.shape());
        const Images weight({1}, 1.7), bias({1}, -0.4);
        const BatchNorm2dForward<double> f = batch_norm_2d(x, weight, bias);
        const BatchNorm2dGradients<double> g = batch_norm_2d_backward(d_y, x, f.statistics, weight);
        const ScalarForward scalar = batch_norm(x.values(), 1.7, -0.4);
        const ScalarGradients back = batch_norm_backward(scalar, 1.7, d_y.values());
        CHECK(relative_error(f.y.values(), scalar.y) < 1e-13);
        CHECK(f.statistics.variance[0] == Approx(scalar.variance).epsilon(1e-13));
        for (Index n = 0; n < N; ++n) CHECK(std::abs(g.d_x[n] - back.d_x[static_cast<std::size_t>(n)]) < 1e-13);
        CHECK(g.d_weight[0] == Approx(back.d_gamma).epsilon(1e-12));
        CHECK(g.d_bias[0] == Approx(back.d_beta).epsilon(1e-12));
    }
}

TEST_CASE("every channel of a batch is the scalar batch norm of its own numbers") {
    const Images x = normal(13, {3, 4, 2, 5}, -1, 2), weight = normal(14, {4}), bias = normal(15, {4});
    const Images y = batch_norm_2d(x, weight, bias).y;
    for (Index c = 0; c < 4; ++c) {
        const ScalarForward scalar = batch_norm(channel_of(x, c).values(), weight[c], bias[c]);
        CHECK(relative_error(channel_of(y, c).values(), scalar.y) < 1e-13);
    }
}

TEST_CASE("the output of an image depends on its batch-mates and not on their order") {
    const Images x = normal(21, {4, 2, 3, 3});
    const Images y = batch_norm_2d(x, none, none).y;
    const Images other = batch_norm_2d(with_other_mates(x, normal(22, x.shape(), 1, 2), 1), none, none).y;
    CHECK(relative_error(other.values().first(18), y.values().first(18)) > 0.1);

    Images swapped = x.clone();
    for (Index i = 0; i < 18; ++i) std::swap(swapped[18 + i], swapped[54 + i]);
    const Images same = batch_norm_2d(swapped, none, none).y;
    CHECK(relative_error(same.values().first(18), y.values().first(18)) < 1e-14);
}

TEST_CASE("weight and bias act on their own channel") {
    const Images x = normal(23, {2, 3, 4, 4});
    const Images plain = batch_norm_2d(x, none, none).y;
    const Images y = batch_norm_2d(x, Images({3}, {1, -3, 1}), Images({3}, {0, 7, 0})).y;
    CHECK(difference(channel_of(y, 0), channel_of(plain, 0)) == 0);
    CHECK(difference(channel_of(y, 2), channel_of(plain, 2)) == 0);
    for (Index i = 0; i < 32; ++i) CHECK(channel_of(y, 1)[i] == Approx(-3 * channel_of(plain, 1)[i] + 7));
}

TEST_CASE("floats with a large mean keep their digits and one pass does not") {
    Random random(31);
    const Tensor<float> x = normal_tensor<float>(random, {4, 4, 16, 16}, 1e4, 1e-2), no_weight;
    const BatchNorm2dForward<double> truth = batch_norm_2d(widened(x), none, none);
    const BatchNorm2dForward<float> f = batch_norm_2d(x, no_weight, no_weight);
    CHECK(difference(widened(f.y), truth.y) < 1e-4);
    const std::vector<float> one_pass = one_pass_variance(x);
    for (std::size_t c = 0; c < 4; ++c) {
        CHECK(f.statistics.variance[c] == Approx(1e-4).epsilon(0.2));
        CHECK(std::abs(static_cast<double>(one_pass[c]) - 1e-4) > 0.9e-4);  // 0 or ±8 or worse
    }
    // A mean rounded to float is off by up to half of 2^-10: 5 % of the standard deviation.
    ChannelStatistics rounded = f.statistics;
    for (double& mean : rounded.mean) mean = static_cast<float>(mean);
    CHECK(difference(widened(normalize(x, rounded, no_weight, no_weight, 1e-5)), truth.y) > 1e-3);
}

TEST_CASE("doubles with a large mean are good to 1e-12 times mean over sigma") {
    const Images x = normal(32, {8, 1, 8, 8}, 1e4, 1e-2);
    long double mean = 0, variance = 0;
    for (double value : x.values()) mean += value / 512.0L;
    for (double value : x.values()) variance += (value - mean) * (value - mean) / 512.0L;
    const Images y = batch_norm_2d(x, none, none, 1e-12).y;
    for (Index i = 0; i < 512; ++i)
        CHECK(std::abs(y[i] - static_cast<double>((x[i] - mean) / std::sqrt(variance + 1e-12L))) < 1e-6);
}

TEST_CASE("float results are the double results rounded") {
    Random random(33);
    const Tensor<float> x = normal_tensor<float>(random, {3, 5, 7, 4}, 2, 3),
                        weight = normal_tensor<float>(random, {5});
    const Tensor<float> d_y = normal_tensor<float>(random, x.shape());
    const BatchNorm2dForward<float> f = batch_norm_2d(x, weight, weight);
    const BatchNorm2dForward<double> d = batch_norm_2d(widened(x), widened(weight), widened(weight));
    CHECK(relative_error(widened(f.y).values(), d.y.values()) < 1e-7);
    const auto g = batch_norm_2d_backward(d_y, x, f.statistics, weight);
    const auto e = batch_norm_2d_backward(widened(d_y), widened(x), d.statistics, widened(weight));
    CHECK(relative_error(widened(g.d_x).values(), e.d_x.values()) < 1e-7);
    CHECK(relative_error(widened(g.d_weight).values(), e.d_weight.values()) < 1e-7);
}

TEST_CASE("standardised is not normal: skewness and kurtosis stay and two humps stay two humps") {
    Random random(41);
    const Images x = three_shapes(random, 16, 16, 16);
    const Images y = batch_norm_2d(x, none, none).y;
    for (Index c = 0; c < 3; ++c) {
        const Moments in = moments<double>(channel_of(x, c).values()), out = moments<double>(channel_of(y, c).values());
        CHECK(out.skewness == Approx(in.skewness).epsilon(1e-10));
        CHECK(out.kurtosis == Approx(in.kurtosis).epsilon(1e-10));
    }
    const Images humps = channel_of(y, 1);
    const auto share_between = [&](double low, double high) {
        return histogram<double>(humps.values(), low, high, 1).share[0];
    };
    CHECK(share_between(-0.1, 0.3) < 0.2 * share_between(-0.95, -0.55));
    CHECK(share_between(-0.1, 0.3) < 0.2 * share_between(0.95, 1.35));
    // A negative weight mirrors the shape.
    const Images mirrored = batch_norm_2d(x, Images({3}, -2.0), none).y;
    const Moments out = moments<double>(channel_of(mirrored, 2).values());
    CHECK(out.skewness == Approx(-moments<double>(channel_of(x, 2).values()).skewness).epsilon(1e-10));
}

TEST_CASE("moments of a small set") {
    const Moments m = moments<double>(std::vector<double>{0, 0, 0, 4});
    CHECK(m.mean == 1);
    CHECK(m.variance == 3);
    CHECK(m.skewness == Approx(24 / (4 * std::pow(3.0, 1.5))));
    CHECK(m.kurtosis == Approx(84.0 / (4 * 9)));
    CHECK(std::isnan(moments<double>(std::vector<double>{1, 1}).kurtosis));
}

TEST_CASE("a histogram of a small set") {
    const Histogram h = histogram<double>(std::vector<double>{0.1, 0.6, 0.7, 1}, 0, 1, 2);
    CHECK(h.edge == std::vector<double>{0, 0.5, 0.5, 1});
    CHECK(h.share == std::vector<double>{0.25, 0.25, 0.5, 0.5});  // 1 is in no bin
}

TEST_CASE("a constant channel gives its bias and no gradient that is not finite") {
    for (double value : {0.0, 0.1, -3e5}) {
        const Images x({4, 2, 3, 3}, value), d_y = normal(51, x.shape());
        const BatchNorm2dForward<double> f = batch_norm_2d(x, Images({2}, {2, 3}), Images({2}, {-1, 5}));
        for (Index i = 0; i < 36; ++i) CHECK(channel_of(f.y, 1)[i] == Approx(5).epsilon(1e-6));
        const Tensor<double> d_x = batch_norm_2d_backward(d_y, x, f.statistics, none).d_x;
        for (double d : d_x.values()) CHECK(std::isfinite(d));
    }
}

TEST_CASE("NaN and infinity spoil their own channel and no other") {
    for (double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        Images x = normal(52, {3, 3, 2, 2});
        x(1, 1, 0, 1) = bad;
        const Images d_y = normal(53, x.shape());
        const BatchNorm2dForward<double> f = batch_norm_2d(x, none, none);
        const Images d_x = batch_norm_2d_backward(d_y, x, f.statistics, none).d_x;
        CHECK(all_nan(channel_of(f.y, 1)));
        CHECK(all_nan(channel_of(d_x, 1)));
        for (Index c : {0, 2})
            for (Index i = 0; i < 12; ++i) {
                CHECK(std::isfinite(channel_of(f.y, c)[i]));
                CHECK(std::isfinite(channel_of(d_x, c)[i]));
            }
    }
}

TEST_CASE("what the backward pass removes from the gradient of each channel") {
    const Images x = normal(54, {3, 2, 4, 4}, 5, 2), d_y = normal(55, x.shape());
    const BatchNorm2dForward<double> f = batch_norm_2d(x, none, none, 1e-9);
    const Images d_x = batch_norm_2d_backward(d_y, x, f.statistics, none, 1e-9).d_x;
    const Images ones({3, 1, 4, 4}, 1.0);
    for (Index c : {0, 1}) {
        CHECK(std::abs(inner_product(ones.values(), channel_of(d_x, c).values())) < 1e-12);
        CHECK(std::abs(inner_product(channel_of(f.y, c).values(), channel_of(d_x, c).values())) < 1e-7);
    }
}

TEST_CASE("wrong shapes are refused and both shapes are named") {
    const auto refused = [](const Images& x, const Images& weight, const Images& bias, const std::string& why) {
        CHECK_THROWS_AS(batch_norm_2d(x, weight, bias), ShapeError);
        CHECK_THROWS_WITH(batch_norm_2d(x, weight, bias), contains(why));
    };
    refused(Images({3, 8, 8}), none, none, "expected 4D input (got 3D input)");
    refused(Images({3, 8}), none, none, "expected 4D input (got 2D input)");
    refused(none, none, none, "expected 4D input (got 0D input)");
    refused(Images({0, 16, 8, 8}), none, none, "there are no images in an input of size [0, 16, 8, 8]");
    refused(Images({2, 3, 0, 8}), none, none, "the images have no values in an input of size [2, 3, 0, 8]");
    refused(Images({1, 16, 1, 1}), none, none,
            "Expected more than 1 value per channel when training, got input size [1, 16, 1, 1]");
    refused(Images({2, 8, 4, 4}), Images({16}), none, "weight should contain 8 elements not 16");
    refused(Images({2, 8, 4, 4}), none, Images({16}), "bias should contain 8 elements not 16");

    const Images x = normal(1, {2, 8, 4, 4});
    const ChannelStatistics s = channel_statistics(x), of_another = channel_statistics(normal(1, {2, 4, 4, 4}));
    CHECK_THROWS_WITH(batch_norm_2d_backward(Images({2, 8, 4, 5}), x, s, none),
                      contains("[2, 8, 4, 5]") && contains("[2, 8, 4, 4]"));
    CHECK_THROWS_WITH(batch_norm_2d_backward(x, x, s, Images({3})), contains("weight should contain 8 elements not 3"));
    CHECK_THROWS_AS(batch_norm_2d_backward(x, x, of_another, none), ShapeError);
    CHECK_THROWS_WITH(batch_norm_2d_backward(x, x, channel_statistics(normal(1, {3, 8, 4, 4})), none),
                      contains("48 values do not fit an input of size [2, 8, 4, 4]"));
    CHECK_THROWS_WITH(normalize(x, of_another, none, none, 1e-5), contains("4 channels") && contains("[2, 8, 4, 4]"));
    CHECK_NOTHROW(batch_norm_2d(Images({1, 16, 1, 2}), none, none));
}
