#include <omp.h>

#include <cstring>
#include <limits>
#include <string>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch06_fast_convolution/conv_bn_relu.hpp"
#include "ch06_fast_convolution/steps.hpp"

using namespace bn;

namespace {

template <class T>
Tensor<T> normal(Shape shape, std::uint64_t seed, double mean = 0.3, double sigma = 1.0) {
    Tensor<T> t(std::move(shape));
    Random(seed).fill_normal(t.values(), mean, sigma);
    return t;
}

// max|a − b| / max|b|; NaN where the shapes differ.
template <class T>
double error(const Tensor<T>& a, const Tensor<T>& b) {
    if (a.shape() != b.shape()) return std::nan("");
    std::vector<double> a_values(a.values().begin(), a.values().end()), b_values(b.values().begin(), b.values().end());
    return relative_error(a_values, b_values);
}

template <class T>
constexpr double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-12;

template <class T>
bool same_bits(const Tensor<T>& a, const Tensor<T>& b) {
    return a.shape() == b.shape() &&
           std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.numel()) * sizeof(T)) == 0;
}

// [N, Ci, H, W], Co, kernel, stride, padding: widths below, at and above a vector's; channels that fill no tile.
struct Case {
    Shape x;
    Index Co;
    Size2 kernel, stride, padding;
};
const Case cases[] = {
    {{1, 1, 1, 1}, 1, 1, 1, 0},           {{1, 1, 1, 1}, 3, 3, 1, 1},
    {{2, 3, 5, 7}, 8, 3, 1, 1},           {{3, 8, 16, 16}, 16, 3, 1, 1},
    {{17, 5, 6, 9}, 13, 3, 1, 1},         {{2, 4, 8, 33}, 5, 3, 1, 0},
    {{2, 3, 9, 8}, 4, {3, 5}, 1, {1, 2}}, {{1, 2, 4, 31}, 7, {1, 4}, 1, {0, 3}},
    {{2, 3, 8, 8}, 4, 3, 2, 1},           {{2, 3, 7, 9}, 4, 3, {2, 3}, 0},
    {{2, 3, 4, 4}, 4, 1, 1, 2},           {{40, 2, 3, 17}, 3, 2, 1, 1},
    {{0, 2, 4, 4}, 3, 3, 1, 1},           {{2, 3, 3, 5}, 5, 3, 1, 0},
    {{9, 2, 7, 8}, 6, {3, 1}, 1, {2, 0}}, {{2, 5, 2, 40}, 9, {3, 2}, 1, 1},
};

}  // namespace

TEMPLATE_TEST_CASE("fast convolution equals the readable one over odd shapes", "", float, double) {
    for (const Case& c : cases) {
        const Tensor<TestType> x = normal<TestType>(c.x, 1),
                               weight = normal<TestType>({c.Co, c.x[1], c.kernel.h, c.kernel.w}, 2);
        const Tensor<TestType> bias = normal<TestType>({c.Co}, 3);
        const Conv2dGeometry geometry{c.stride, c.padding};
        CAPTURE(to_string(c.x), c.Co, c.kernel.h, c.kernel.w, c.stride.h, c.padding.h);
        const Tensor<TestType> y = conv2d(x, weight, bias, geometry);
        const Tensor<TestType> d_y = normal<TestType>(y.shape(), 4), none;
        const Conv2dGradients<TestType> slow = conv2d_backward(d_y, x, weight, true, geometry);
        for (const Rows rows : {Rows::one_by_one, Rows::in_pairs}) {
            CAPTURE(rows == Rows::in_pairs);
            CHECK(error(fast_conv2d(x, weight, bias, geometry, rows), y) < tolerance<TestType>);
            CHECK(error(fast_conv2d(x, weight, none, geometry, rows), conv2d(x, weight, none, geometry)) <
                  tolerance<TestType>);
            CHECK(error(fast_conv2d_d_x(d_y, x.shape(), weight, geometry, rows), slow.d_x) < tolerance<TestType>);
            const Conv2dGradients<TestType> fast = fast_conv2d_backward(d_y, x, weight, true, geometry, true, rows);
            CHECK(error(fast.d_x, slow.d_x) < tolerance<TestType>);
            CHECK(error(fast.d_weight, slow.d_weight) < tolerance<TestType>);
            CHECK(error(fast.d_bias, slow.d_bias) < tolerance<TestType>);
            CHECK_FALSE(fast_conv2d_backward(d_y, x, weight, false, geometry, false, rows).d_x.defined());
        }
    }
}

TEST_CASE("two rows of outputs from four products, and back, exactly in small numbers") {
    const double x[4] = {3, -5, 7, 2}, w[3] = {4, -2, 2}, d[2] = {5, -3};
    double products[4], d_combined[4];
    const auto combined_x = detail::combine_rows(x[0], x[1], x[2], x[3]);
    for (std::size_t k = 0; k < 4; ++k)
        products[k] = combined_x[k] * detail::combined_weight(static_cast<Index>(k), w[0], w[1], w[2]);
    CHECK(products[0] + products[1] + products[2] == w[0] * x[0] + w[1] * x[1] + w[2] * x[2]);
    CHECK(products[1] - products[2] + products[3] == w[0] * x[1] + w[1] * x[2] + w[2] * x[3]);

    detail::combine_gradients<double>(&d[0], &d[1], 1,
                                      {&d_combined[0], &d_combined[1], &d_combined[2], &d_combined[3]});
    for (std::size_t k = 0; k < 4; ++k) d_combined[k] *= combined_x[k];
    const auto d_w = detail::gradient_of_rows<double>({d_combined[0], d_combined[1], d_combined[2], d_combined[3]});
    for (std::size_t kh = 0; kh < 3; ++kh) CHECK(d_w[kh] == d[0] * x[kh] + d[1] * x[kh + 1]);
}

TEMPLATE_TEST_CASE("each step on its own equals the readable convolution", "", float, double) {
    for (const Case& c : cases) {
        if (c.stride != Size2(1)) continue;
        const Tensor<TestType> x = normal<TestType>(c.x, 1),
                               weight = normal<TestType>({c.Co, c.x[1], c.kernel.h, c.kernel.w}, 2);
        const Tensor<TestType> bias = normal<TestType>({c.Co}, 3), none;
        const Conv2dGeometry geometry{1, c.padding};
        CAPTURE(to_string(c.x), c.Co, c.kernel.h, c.kernel.w, c.padding.h);
        const Tensor<TestType> y = conv2d(x, weight, bias, geometry);
        CHECK(error(conv2d_by_taps(x, weight, bias, c.padding), y) < tolerance<TestType>);
        CHECK(error(conv2d_by_vectors(x, weight, bias, c.padding), y) < tolerance<TestType>);
        CHECK(error(conv2d_by_vectors(x, weight, none, c.padding), conv2d(x, weight, none, geometry)) <
              tolerance<TestType>);
        const Tensor<TestType> d_y = normal<TestType>(y.shape(), 4);
        CHECK(error(conv2d_d_weight_by_vectors(d_y, x, weight.shape(), c.padding),
                    conv2d_d_weight(d_y, x, weight.shape(), geometry)) < tolerance<TestType>);
    }
}

TEST_CASE("what stands outside the image does not leak in") {
    // An infinite pixel beside the border would turn a read past the row's end into NaN.
    const float infinity = std::numeric_limits<float>::infinity();
    Tensor<float> x({1, 2, 4, 5}, infinity);
    Tensor<float> weight({1, 2, 3, 3}, 1.0f);
    const Tensor<float> y = fast_conv2d(x, weight, Tensor<float>(), {1, 1}, Rows::one_by_one);
    for (float value : y.values()) CHECK(value == infinity);
    const Tensor<float> d_y({1, 1, 4, 5}, 1.0f);
    const Tensor<float> d_weight =
        fast_conv2d_backward(d_y, x, weight, false, {1, 1}, false, Rows::one_by_one).d_weight;
    for (float value : d_weight.values()) CHECK(value == infinity);

    // In pairs an infinity becomes NaN, since rows are subtracted, but only where it becomes an infinity otherwise.
    for (Index h = 0; h < 5; ++h)
        for (Index w : {0, 1, 16}) {
            Tensor<float> one({1, 2, 5, 17}, 1.0f);
            one(0, 0, h, w) = infinity;
            CAPTURE(h, w);
            const Tensor<float> exact = conv2d(one, weight, Tensor<float>(), {1, 1}),
                                pairs = fast_conv2d(one, weight, Tensor<float>(), {1, 1});
            for (Index i = 0; i < exact.numel(); ++i) CHECK(std::isfinite(pairs[i]) == std::isfinite(exact[i]));
        }
    Tensor<float> behind({1, 1, 5, 17}, 1.0f);  // d_y's rows end in the middle of a vector
    Tensor<float> beside({1, 2, 5, 17}, 1.0f);
    for (Index h = 0; h < 5; ++h) beside(0, 1, h, 0) = infinity;
    const Tensor<float> d = fast_conv2d_backward(behind, beside, weight, false, {1, 1}, false).d_weight;
    for (Index kh = 0; kh < 3; ++kh)
        for (Index kw = 0; kw < 3; ++kw) {
            CHECK(std::isfinite(d(0, 0, kh, kw)));
            CHECK(std::isfinite(d(0, 1, kh, kw)) == (kw == 2));  // column 0 meets weights 0 and 1 only
        }
}

TEMPLATE_TEST_CASE("fast batch norm equals chapter 2's and chapter 3's", "", float, double) {
    for (const Shape& shape :
         {Shape{1, 1, 1, 2}, Shape{2, 1, 1, 1}, Shape{5, 7, 3, 9}, Shape{64, 3, 16, 16}, Shape{2, 3, 40, 40}}) {
        CAPTURE(to_string(shape));
        const Tensor<TestType> x = normal<TestType>(shape, 1, 2.0, 3.0), d_y = normal<TestType>(shape, 2);
        const Tensor<TestType> weight = normal<TestType>({shape[1]}, 3), bias = normal<TestType>({shape[1]}, 4), none;
        const bool pair = x.numel() / shape[1] == 2;  // two values: d_x is nothing but cancellation
        for (bool affine : {true, false}) {
            const Tensor<TestType>&w = affine ? weight : none, &b = affine ? bias : none;
            const auto fast = fast_batch_norm_2d(x, w, b);
            const auto slow = batch_norm_2d(x, w, b);
            CHECK(error(fast.y, slow.y) < tolerance<TestType>);
            CHECK(relative_error(fast.statistics.variance, slow.statistics.variance) < tolerance<TestType>);
            const auto fast_d = fast_batch_norm_2d_backward(d_y, x, fast.statistics, w);
            const auto slow_d = batch_norm_2d_backward(d_y, x, slow.statistics, w);
            if (!pair) CHECK(error(fast_d.d_x, slow_d.d_x) < tolerance<TestType>);
            CHECK(error(fast_d.d_weight, slow_d.d_weight) < tolerance<TestType>);
            CHECK(error(fast_d.d_bias, slow_d.d_bias) < tolerance<TestType>);

            const Tensor<TestType> mean = normal<TestType>({shape[1]}, 5), var({shape[1]}, TestType(2.5));
            CHECK(error(fast_batch_norm_2d_eval(x, mean, var, w, b), batch_norm_2d_eval(x, mean, var, w, b)) <
                  tolerance<TestType>);
            const auto fast_e = fast_batch_norm_2d_eval_backward(d_y, x, mean, var, w);
            const auto slow_e = batch_norm_2d_eval_backward(d_y, x, mean, var, w);
            CHECK(error(fast_e.d_x, slow_e.d_x) < tolerance<TestType>);
            CHECK(error(fast_e.d_weight, slow_e.d_weight) < tolerance<TestType>);
        }
    }
}

TEST_CASE("fast batch norm keeps the digits of floats with a large mean") {
    Tensor<float> x({16, 2, 8, 8});
    Random(1).fill_normal(x.values(), 1e4, 1e-2);
    Tensor<double> exact({16, 2, 8, 8});
    for (Index i = 0; i < x.numel(); ++i) exact[i] = static_cast<double>(x[i]);
    const BatchNorm2dForward<double> truth = batch_norm_2d(exact, Tensor<double>(), Tensor<double>());
    const BatchNorm2dForward<float> fast = fast_batch_norm_2d(x, Tensor<float>(), Tensor<float>());
    const std::vector<double> y(fast.y.values().begin(), fast.y.values().end());
    CHECK(relative_error(y, truth.y.values()) < 1e-4);  // a NaN, too, is no small error
    CHECK(relative_error(fast.statistics.variance, truth.statistics.variance) < 1e-4);
}

TEST_CASE("fast batch norm of a constant channel is the bias and its variance is zero") {
    const Tensor<float> weight({1}, 2.0f), bias({1}, 0.5f);
    for (const Index N : {1, 4, 5, 49}) {
        const auto result = fast_batch_norm_2d(Tensor<float>({N, 1, 7, 7}, 12345.678f), weight, bias);
        CHECK(result.statistics.variance[0] == 0);
        for (float y : result.y.values()) CHECK(y == 0.5f);
    }
}

TEST_CASE("a constant channel without epsilon is zero over zero") {
    const Tensor<float> x({2, 1, 2, 2}, 3.0f), none;
    const Tensor<float> slow = batch_norm_2d(x, none, none, 0.0).y, fast = fast_batch_norm_2d(x, none, none, 0.0).y;
    for (float y : slow.values()) CHECK(std::isnan(y));
    for (float y : fast.values()) CHECK(std::isnan(y));
}

TEST_CASE("the variance of any floats is not negative and the two batch norms agree on it") {
    for (const double mean : {0.0, 1e-38, 0.1, 1e4, 1e7, -3e18})
        for (const double relative : {0.0, 1e-8, 1e-7, 1e-3, 1.0}) {
            CAPTURE(mean, relative);
            Tensor<float> x({3, 1, 5, 7});
            Random(1).fill_normal(x.values(), mean, relative * std::abs(mean));
            const double fast = fast_channel_statistics(x).variance[0], slow = channel_statistics(x).variance[0];
            CHECK(slow >= 0);
            CHECK(fast >= 0);
            CHECK(std::abs(fast - slow) <= 1e-9 * slow);
        }
}

TEST_CASE("floats whose squares are no floats are squared in double") {
    // PyTorch's variance of the first channel is infinity and its y the bias.
    Tensor<float> x({2, 2, 3, 4}), d_y({2, 2, 3, 4});
    Random random(1);
    random.fill_normal(x.values(), 0.0, 1.0);
    random.fill_normal(d_y.values(), 0.0, 1.0);
    const Tensor<float> weight({2}, 2.0f), bias({2}, 0.5f);
    for (const float scale : {1e20f, 1e30f, 5e37f}) {
        Tensor<float> large = x.clone();
        for (Index n = 0; n < 2; ++n)
            for (Index i = 0; i < 12; ++i) large[24 * n + i] *= scale;
        const auto fast = fast_batch_norm_2d(large, weight, bias), slow = batch_norm_2d(large, weight, bias);
        const auto fast_d = fast_batch_norm_2d_backward(d_y, large, fast.statistics, weight);
        const auto slow_d = batch_norm_2d_backward(d_y, large, slow.statistics, weight);
        CHECK(error(fast.y, slow.y) < 1e-6);
        // The first channel's d_x is 1 / scale times as large as the second's
        for (Index n = 0; n < 2; ++n)
            for (Index i = 0; i < 12; ++i)
                CHECK(fast_d.d_x[24 * n + i] * scale == Approx(slow_d.d_x[24 * n + i] * scale).margin(1e-5));
        CHECK(error(fast_d.d_weight, slow_d.d_weight) < 1e-6);
    }

    // Where x - mean is no float, the fast one gives infinity
    const Tensor<float> largest({2, 1, 1, 2}, {3e38f, -3e38f, 3e38f, 3e38f}), none;
    CHECK(batch_norm_2d(largest, none, none).y[1] == Approx(-1.7320508));
    CHECK(fast_batch_norm_2d(largest, none, none).y[0] == Approx(0.57735027));
    CHECK(fast_batch_norm_2d(largest, none, none).y[1] == -std::numeric_limits<float>::infinity());
}

TEMPLATE_TEST_CASE("infinity and NaN spoil the statistics of their channel wherever they stand", "", float, double) {
    constexpr TestType infinity = std::numeric_limits<TestType>::infinity();
    for (const TestType value : {infinity, -infinity, std::numeric_limits<TestType>::quiet_NaN()})
        for (const Index at : {0, 17, 34, 70, 104}) {  // planes of 35 values
            CAPTURE(value, at);
            Tensor<TestType> x = normal<TestType>({3, 1, 5, 7}, 1);
            x[at] = value;
            const ChannelStatistics fast = fast_channel_statistics(x), slow = channel_statistics(x);
            CHECK((fast.mean[0] == slow.mean[0] || (std::isnan(fast.mean[0]) && std::isnan(slow.mean[0]))));
            CHECK(std::isnan(fast.variance[0]));
            CHECK(std::isnan(slow.variance[0]));
        }
}

TEST_CASE("sums that nearly cancel keep the digits of floats") {
    // One channel: no other's gradient is there that an error could be small beside.
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Tensor<float> x = normal<float>({3, 1, 5, 7}, seed, 1.0, 3.0), none;
        Tensor<float> d_y = normal<float>({3, 1, 5, 7}, seed + 100);
        const auto statistics = channel_statistics(x);
        double sum = 0.0, along_x = 0.0;
        for (Index i = 0; i < x.numel(); ++i) {
            sum += d_y[i];
            along_x += d_y[i] * (x[i] - statistics.mean[0]);
        }
        const double n = static_cast<double>(x.numel()), slope = along_x / (n * statistics.variance[0]);
        for (Index i = 0; i < x.numel(); ++i)
            d_y[i] -= static_cast<float>(0.999 * (sum / n + slope * (x[i] - statistics.mean[0])));
        const auto fast = fast_batch_norm_2d_backward(d_y, x, statistics, none);
        const auto slow = batch_norm_2d_backward(d_y, x, statistics, none);
        CHECK(fast.d_bias[0] == Approx(slow.d_bias[0]).epsilon(2e-7));
        CHECK(fast.d_weight[0] == Approx(slow.d_weight[0]).epsilon(2e-7));
        CHECK(fast_channel_statistics(x).mean[0] == Approx(statistics.mean[0]).epsilon(1e-14));
    }
}

TEST_CASE("sums of products in float are short ones added up") {
    // How far the root mean square of the error is, in units of a float's last digit; with one long sum 1.9, 1.8, 2.8
    // and 1.3 to 2.4
    const auto error_in_epsilons = [](const Tensor<float>& y, const Tensor<double>& exact) {
        double squares = 0.0, size = 0.0;
        for (Index i = 0; i < y.numel(); ++i) {
            squares += std::pow(y[i] - exact[i], 2);
            size += exact[i] * exact[i];
        }
        return std::sqrt(squares / size) / std::numeric_limits<float>::epsilon();
    };
    const auto in_double = [](const Tensor<float>& t) {
        Tensor<double> result = Tensor<double>::empty(t.shape());
        std::copy(t.values().begin(), t.values().end(), result.values().begin());
        return result;
    };
    const auto of_convolution = [&](Index kernel, Rows rows) {
        const Tensor<float> x = normal<float>({2, 16, 16, 16}, 1, 0.0), bias = normal<float>({16}, 3, 0.0),
                            weight = normal<float>({16, 16, kernel, kernel}, 2, 0.0);
        const Conv2dGeometry geometry{1, kernel / 2};
        return error_in_epsilons(fast_conv2d(x, weight, bias, geometry, rows),
                                 conv2d(in_double(x), in_double(weight), in_double(bias), geometry));
    };
    CHECK(of_convolution(3, Rows::in_pairs) < 1.7);
    CHECK(of_convolution(3, Rows::one_by_one) < 1.4);
    CHECK(of_convolution(5, Rows::one_by_one) < 1.5);
    const Tensor<float> x = normal<float>({64, 1024}, 1, 0.0), weight = normal<float>({64, 1024}, 2, 0.0);
    CHECK(error_in_epsilons(fast_linear(x, weight, {}), linear(in_double(x), in_double(weight), {})) < 1.15);
}

TEMPLATE_TEST_CASE("fast linear equals the readable one", "", float, double) {
    for (const Shape& s : {Shape{1, 1, 1}, Shape{64, 1024, 64}, Shape{3, 5, 7}, Shape{17, 33, 2}, Shape{9, 16, 40}}) {
        CAPTURE(to_string(s));
        const Tensor<TestType> x = normal<TestType>({s[0], s[1]}, 1), weight = normal<TestType>({s[2], s[1]}, 2),
                               bias = normal<TestType>({s[2]}, 3);
        CHECK(error(fast_linear(x, weight, bias), linear(x, weight, bias)) < tolerance<TestType>);
        CHECK_THROWS_WITH(fast_linear(x, weight, Tensor<TestType>({weight.size(0) + 1})), contains("go with a bias"));
        const Tensor<TestType> d_y = normal<TestType>({s[0], s[2]}, 4);
        const auto fast = fast_linear_backward(d_y, x, weight, true);
        const auto slow = linear_backward(d_y, x, weight, true);
        CHECK(error(fast.d_x, slow.d_x) < tolerance<TestType>);
        CHECK(error(fast.d_weight, slow.d_weight) < tolerance<TestType>);
        CHECK(error(fast.d_bias, slow.d_bias) < tolerance<TestType>);
    }
}

TEMPLATE_TEST_CASE("fast pooling and ReLU equal the readable ones bit for bit with ties and NaN", "", float, double) {
    constexpr TestType nan = std::numeric_limits<TestType>::quiet_NaN();
    for (const Shape& shape : {Shape{1, 1, 2, 2}, Shape{2, 3, 5, 7}, Shape{3, 8, 32, 32}, Shape{1, 2, 4, 38}}) {
        Tensor<TestType> x = normal<TestType>(shape, 1, 0.0);
        Random random(2);
        for (TestType& value : x.values()) {
            value = std::round(value);  // so that ties are common
            if (random.uniform() < 0.1) value = nan;
        }
        const auto fast = fast_max_pool2d(x, 2, 2);
        const auto slow = max_pool2d(x, 2, 2);
        CHECK(same_bits(fast.y, slow.y));
        CHECK(fast.argmax == slow.argmax);
        const Tensor<TestType> d_y = normal<TestType>(slow.y.shape(), 3);
        CHECK(same_bits(fast_max_pool2d_backward(d_y, fast.argmax, x.shape()),
                        max_pool2d_backward(d_y, slow.argmax, x.shape())));

        // The same in one pass over a plane, as a convolution is followed by it
        if (shape[2] % 2 == 0 && shape[3] % 2 == 0) {
            Tensor<TestType> z = slow.y.clone(), place = z.clone(), d_x = x.clone();
            const Index H = shape[2], W = shape[3], pooled = H * W / 4;
            for (Index k = 0; k < shape[0] * shape[1]; ++k) {
                TestType *z_k = z.data() + k * pooled, *place_k = place.data() + k * pooled;
                detail::finish_and_pool_plane(
                    x.data() + k * H * W, false, H, W, [](auto v) { return v; }, z_k, place_k);
                detail::unpool_and_unfinish_plane<TestType>(d_y.data() + k * pooled, nullptr, z_k, place_k, false, H, W,
                                                            d_x.data() + k * H * W);
            }
            CHECK(same_bits(z, slow.y));
            CHECK(same_bits(d_x, max_pool2d_backward(d_y, slow.argmax, x.shape())));
        }

        const Tensor<TestType> y = relu(x);
        CHECK(same_bits(fast_relu_(x.clone()), y));
        const Tensor<TestType> d = normal<TestType>(shape, 4);
        CHECK(same_bits(fast_relu_backward(d, y), relu_backward(d, y)));
    }
    CHECK(same_bits(fast_max_pool2d(normal<TestType>({1, 1, 5, 5}, 1), 3, 1).y,
                    max_pool2d(normal<TestType>({1, 1, 5, 5}, 1), 3, 1).y));
}

TEST_CASE("any number of threads gives the same bits") {
    const int before = omp_get_max_threads();
    const Tensor<float> x = normal<float>({19, 5, 9, 11}, 1), weight = normal<float>({7, 5, 3, 3}, 2),
                        bias = normal<float>({7}, 3);
    const Tensor<float> d_y = normal<float>({19, 7, 9, 11}, 4);
    const auto all = [&] {
        auto conv = fast_conv2d_backward(d_y, x, weight, true, {1, 1});
        auto norm = fast_batch_norm_2d(x, Tensor<float>(), Tensor<float>());
        auto norm_d = fast_batch_norm_2d_backward(x, x, norm.statistics, Tensor<float>());
        return std::vector<Tensor<float>>{fast_conv2d(x, weight, bias, {1, 1}),
                                          conv.d_x,
                                          conv.d_weight,
                                          conv.d_bias,
                                          norm.y,
                                          norm_d.d_x,
                                          norm_d.d_weight};
    };
    omp_set_num_threads(1);
    const auto one = all();
    for (int threads : {2, 3, 8}) {
        omp_set_num_threads(threads);
        const auto many = all();
        for (std::size_t i = 0; i < one.size(); ++i) CHECK(same_bits(many[i], one[i]));
    }
    omp_set_num_threads(before);
}

TEST_CASE("the modules are the readable ones with other loops") {
    Random a(1), b(1);
    FastConv2d<double> fast(3, 5, {.kernel_size = 3, .padding = 1}, a);
    Conv2d<double> slow(3, 5, {.kernel_size = 3, .padding = 1}, b);
    CHECK(fast.to_string() == slow.to_string());
    const Tensor<double> x = normal<double>({2, 3, 6, 6}, 2), d_y = normal<double>({2, 5, 6, 6}, 3);
    CHECK(error(fast(x), slow(x)) < 1e-13);
    CHECK(error(fast.backprop(d_y), slow.backprop(d_y)) < 1e-13);
    CHECK(error(fast.weight.grad, slow.weight.grad) < 1e-13);

    FastBatchNorm2d<double> fast_norm(3);
    BatchNorm2d<double> slow_norm(3);
    CHECK(error(fast_norm(x), slow_norm(x)) < 1e-13);
    CHECK(error(fast_norm.running_var(), slow_norm.running_var()) < 1e-13);
    CHECK(fast_norm.to_string() == slow_norm.to_string());
    CHECK_THROWS_WITH(fast_norm(Tensor<double>({1, 3, 1, 1})), contains("Expected more than 1 value per channel"));
    CHECK_THROWS_AS(fast_norm.backprop(Tensor<double>({2, 3, 6, 7})), ShapeError);

    FastReLU<double> in_place(true);
    Tensor<double> values = normal<double>({4}, 1);
    CHECK(in_place(values).shares_storage_with(values));
    CHECK_FALSE(FastReLU<double>(false)(values).shares_storage_with(values));
    CHECK_THROWS_WITH(FastLinear<double>(16, 8, true, a)(Tensor<double>({2, 3})),
                      contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 16x8)"));
}

namespace {

// A convolution with what follows it, and hooks that only look.
template <class T>
struct Unit {
    bool batch_norm, rectify, halve;
    Random random{3};
    FastConv2d<T> conv{3, 5, {.kernel_size = 3, .padding = 1}, random};
    FastBatchNorm2d<T> bn{5, {.eps = 0.1}};  // not the default: one that forgets it is seen
    FastReLU<T> relu{true};
    FastMaxPool2d<T> pool{2};
    ConvBnReLU2d<T> run{conv, batch_norm ? &bn : nullptr, rectify ? &relu : nullptr, halve ? &pool : nullptr};
    int heard = 0;
    std::vector<HookHandle> handles{};

    void listen() {
        const auto hear = [this](auto&, const auto&, const auto&) { ++heard; };
        handles.push_back(conv.register_forward_hook(hear));
        if (batch_norm) handles.push_back(bn.register_full_backward_hook(hear));
    }

    // Everything that a step computes or changes.
    std::vector<Tensor<T>> step(const Tensor<T>& x, const Tensor<T>& shortcut, bool more) {
        const Tensor<T> z = run(x, shortcut);
        const auto d = run.backprop(normal<T>(z.shape(), 8), more ? normal<T>(z.shape(), 9) : Tensor<T>());
        std::vector<Tensor<T>> all{z, d.d_x, d.d_shortcut, conv.weight.grad, conv.bias.grad};
        for (const Tensor<T>& t : {bn.weight.grad, bn.bias.grad, bn.running_mean(), bn.running_var()}) all.push_back(t);
        return all;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a listening hook does not change a bit", "", float, double) {
    for (const Shape& shape :
         {Shape{2, 3, 4, 4}, Shape{9, 3, 16, 16}, Shape{3, 3, 6, 34}, Shape{2, 3, 5, 7}, Shape{2, 3, 4, 5}})
        for (int mask = 0; mask < 32; ++mask) {
            const bool batch_norm = mask & 1, rectify = mask & 2, halve = mask & 4, shortcut = mask & 8,
                       more = mask & 16;
            CAPTURE(to_string(shape), batch_norm, rectify, halve, shortcut, more);
            const Tensor<TestType> x = normal<TestType>(shape, 1);
            const Tensor<TestType> r =
                shortcut ? normal<TestType>({shape[0], 5, shape[2], shape[3]}, 2) : Tensor<TestType>();
            Unit<TestType> alone{batch_norm, rectify, halve}, heard{batch_norm, rectify, halve};
            heard.listen();
            const auto a = alone.step(x, r, more), b = heard.step(x, r, more);
            CHECK(heard.heard == (batch_norm ? 2 : 1));
            for (std::size_t i = 0; i < a.size(); ++i) {
                CAPTURE(i);
                CHECK(a[i].defined() == b[i].defined());
                if (a[i].defined()) CHECK(same_bits(a[i], b[i]));
            }
            // In eval mode, in which nothing is kept
            const NoGradGuard no_grad;
            alone.bn.eval();
            heard.bn.eval();
            CHECK(same_bits(alone.run(x, r), heard.run(x, r)));
        }
}

TEST_CASE("a hook at any one of the modules is heard") {
    for (std::size_t listener : {0u, 1u, 2u, 3u}) {
        CAPTURE(listener);
        Unit<float> unit{true, true, true};
        Module<float>* const modules[] = {&unit.conv, &unit.bn, &unit.relu, &unit.pool};
        int heard = 0;
        const HookHandle handle =
            modules[listener]->register_forward_hook([&](auto&, const auto&, const auto&) { ++heard; });
        unit.run(normal<float>({2, 3, 4, 4}, 1));
        CHECK(heard == 1);
    }
}

TEST_CASE("a pooling that does not halve is run apart") {
    Random random(1);
    FastConv2d<double> conv(3, 5, {.kernel_size = 3, .padding = 1}, random);
    FastMaxPool2d<double> overlapping(2, 1);
    ConvBnReLU2d<double> run(conv, nullptr, nullptr, &overlapping);
    const Tensor<double> x = normal<double>({2, 3, 6, 6}, 1);
    CHECK(same_bits(run(x), overlapping(conv(x))));
}

TEST_CASE("running statistics move in training only when modules are run together, too") {
    Unit<float> unit{true, true, false};
    const Tensor<float> x = normal<float>({2, 3, 4, 4}, 1);
    unit.run(x);
    CHECK(unit.bn.num_batches_tracked() == 1);
    const Tensor<float> mean = unit.bn.running_mean().clone(), var = unit.bn.running_var().clone();
    unit.bn.eval();
    const NoGradGuard no_grad;
    unit.run(x);
    CHECK(unit.bn.num_batches_tracked() == 1);
    CHECK(same_bits(unit.bn.running_mean(), mean));
    CHECK(same_bits(unit.bn.running_var(), var));
}

TEST_CASE("what the modules refuse is refused together in the same words") {
    Unit<float> unit{true, true, false};
    CHECK_THROWS_WITH(unit.run(Tensor<float>({2, 4, 8, 8})),
                      contains("to have 3 channels, but got 4 channels instead"));
    CHECK_THROWS_WITH(unit.run(Tensor<float>({1, 3, 1, 1})), contains("Expected more than 1 value per channel"));
    CHECK_THROWS_WITH(unit.run(Tensor<float>({3, 8, 8})), contains("expected 4D input"));
    CHECK_THROWS_WITH(unit.run(Tensor<float>({2, 3, 8, 8}), Tensor<float>({2, 5, 8, 7})), contains("cannot add"));
    CHECK_THROWS_AS(unit.run.backprop(Tensor<float>({2, 5, 8, 8})), std::logic_error);
    unit.run(Tensor<float>({2, 3, 8, 8}));
    CHECK_THROWS_AS(unit.run.backprop(Tensor<float>({2, 5, 8, 7})), ShapeError);
}

TEST_CASE("the gradient through convolution and batch norm and shortcut and ReLU at once") {
    Unit<double> unit{true, true, false};
    Tensor<double> x = normal<double>({3, 3, 4, 5}, 1), r = normal<double>({3, 5, 4, 5}, 2);
    const Tensor<double> cotangent = normal<double>({3, 5, 4, 5}, 4);
    unit.run(x, r);
    const auto d = unit.run.backprop(cotangent);
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return inner_product(cotangent.values(), unit.run(x, r).values());
    };
    CHECK(relative_error(d.d_x.values(), numerical_gradient(loss, x.values(), 1e-6)) < 1e-6);
    CHECK(relative_error(d.d_shortcut.values(), numerical_gradient(loss, r.values(), 1e-6)) < 1e-6);
    CHECK(relative_error(unit.conv.weight.grad.values(),
                         numerical_gradient(loss, unit.conv.weight.value.values(), 1e-6)) < 1e-6);
    CHECK(relative_error(unit.bn.weight.grad.values(), numerical_gradient(loss, unit.bn.weight.value.values(), 1e-6)) <
          1e-6);
}
