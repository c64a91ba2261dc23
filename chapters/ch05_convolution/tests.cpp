#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch05_convolution/figures.hpp"
#include "ch05_convolution/layer_checks.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Case {
    Index N, Ci, H, W, Co, Kh, Kw;
    Conv2dGeometry geometry;
};

// 1×1 images and kernels, batches of one, kernels and strides that are not square, rows that no window reaches, padding
// wider than needed, kernels as large as the padded image.
const std::vector<Case> cases = {
    {2, 2, 5, 4, 3, 3, 3, {1, 1}},      {1, 1, 1, 1, 1, 1, 1, {1, 0}},      {1, 3, 1, 1, 2, 3, 3, {1, 1}},
    {1, 2, 6, 5, 2, 2, 3, {2, 0}},      {3, 1, 7, 4, 2, 5, 1, {{3, 1}, 2}}, {2, 3, 4, 6, 1, 1, 2, {{1, 2}, {0, 1}}},
    {1, 1, 5, 5, 1, 5, 5, {2, {2, 1}}}, {2, 2, 4, 4, 2, 4, 4, {1, 0}},      {1, 2, 3, 8, 2, 3, 5, {{2, 3}, {1, 2}}},
    {2, 1, 3, 3, 1, 1, 1, {1, 1}},      {1, 1, 2, 9, 3, 2, 4, {{1, 4}, 0}}, {1, 2, 8, 5, 2, 3, 3, {{3, 2}, 0}},
};

// The definition again, another way: an image with its zeros around it, and the kernel's taps outermost.
Tensor64 convolve_padded(const Tensor64& x, const Tensor64& weight, const Tensor64& bias, Conv2dGeometry g) {
    const Index H = x.size(2), W = x.size(3), Kh = weight.size(2), Kw = weight.size(3);
    Tensor64 padded({x.size(0), x.size(1), H + 2 * g.padding.h, W + 2 * g.padding.w});
    for (Index n = 0; n < x.size(0); ++n)
        for (Index c = 0; c < x.size(1); ++c)
            for (Index h = 0; h < H; ++h)
                for (Index w = 0; w < W; ++w) padded(n, c, h + g.padding.h, w + g.padding.w) = x(n, c, h, w);

    Index Ho = 0, Wo = 0;  // counted, not calculated
    for (Index top = 0; top + Kh <= padded.size(2); top += g.stride.h) ++Ho;
    for (Index left = 0; left + Kw <= padded.size(3); left += g.stride.w) ++Wo;
    Tensor64 y({x.size(0), weight.size(0), Ho, Wo});
    for (Index kw = Kw; kw-- > 0;)
        for (Index kh = Kh; kh-- > 0;)
            for (Index ci = x.size(1); ci-- > 0;)
                for (Index n = 0; n < x.size(0); ++n)
                    for (Index co = 0; co < weight.size(0); ++co)
                        for (Index i = 0; i < Ho; ++i)
                            for (Index j = 0; j < Wo; ++j)
                                y(n, co, i, j) +=
                                    weight(co, ci, kh, kw) * padded(n, ci, i * g.stride.h + kh, j * g.stride.w + kw);
    for (Index k = 0; bias.defined() && k < y.numel(); ++k) y[k] += bias[k / (Ho * Wo) % weight.size(0)];
    return y;
}

double error(const Tensor64& a, const std::vector<double>& b) {
    return relative_error(a.values(), b);
}
std::vector<double> numbers(const Tensor64& t) {
    return {t.values().begin(), t.values().end()};
}

}  // namespace

TEST_CASE("a convolution that one can do by hand") {
    const Tensor64 x({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), weight({1, 1, 2, 2}, {1, 10, 100, 1000}), bias({1}, 0.5);
    CHECK(numbers(conv2d(x, weight, bias)) ==
          std::vector<double>{5421.5, 6532.5});  // not flipped: that would be 1245.5
    CHECK(numbers(conv2d(x, weight, Tensor64(), {{1, 2}, {1, 0}})) == std::vector<double>{2100, 5421, 54});
}

TEST_CASE("convolution agrees with another loop over a padded image") {
    for (const Case& c : cases) {
        Random random(7);
        const Tensor64 x = normal_tensor(random, {c.N, c.Ci, c.H, c.W}),
                       weight = normal_tensor(random, {c.Co, c.Ci, c.Kh, c.Kw});
        const Tensor64 bias = normal_tensor(random, {c.Co});
        CAPTURE(to_string(x.shape()), to_string(weight.shape()), c.geometry.stride.to_string(),
                c.geometry.padding.to_string());
        for (const Tensor64& b : {bias, Tensor64()}) {
            const Tensor64 y = conv2d(x, weight, b, c.geometry), expected = convolve_padded(x, weight, b, c.geometry);
            REQUIRE(y.shape() == expected.shape());
            CHECK(relative_error(y.values(), expected.values()) < 1e-14);
        }
    }
}

TEST_CASE("the three gradients of a convolution agree with finite differences") {
    for (const Case& c : cases) {
        Random random(8);
        Tensor64 x = normal_tensor(random, {c.N, c.Ci, c.H, c.W}),
                 weight = normal_tensor(random, {c.Co, c.Ci, c.Kh, c.Kw});
        Tensor64 bias = normal_tensor(random, {c.Co});
        CAPTURE(to_string(x.shape()), to_string(weight.shape()), c.geometry.stride.to_string(),
                c.geometry.padding.to_string());
        const auto forward = [&] { return conv2d(x, weight, bias, c.geometry); };
        const Tensor64 d_y = normal_tensor(random, forward().shape());
        const Conv2dGradients<double> g = conv2d_backward(d_y, x, weight, true, c.geometry);
        CHECK(error(g.d_x, numerical_gradient_of(forward, d_y, x)) <= 1e-6);
        CHECK(error(g.d_weight, numerical_gradient_of(forward, d_y, weight)) <= 1e-6);
        CHECK(error(g.d_bias, numerical_gradient_of(forward, d_y, bias)) <= 1e-6);
        CHECK(g.d_x.shape() == x.shape());
        CHECK(g.d_weight.shape() == weight.shape());
        CHECK_FALSE(conv2d_backward(d_y, x, weight, false, c.geometry).d_bias.defined());
        CHECK_FALSE(conv2d_backward(d_y, x, weight, true, c.geometry, false).d_x.defined());
    }
}

TEST_CASE("the check accepts each right gradient and rejects each broken one") {
    for (std::uint64_t seed : {0u, 1u, 2u, 3u, 4u}) {
        const std::vector<LayerCheck> checks = check_layers(seed);
        CHECK(checks.size() == 9);
        for (const LayerCheck& check : checks) {
            CAPTURE(seed, check.gradient, check.broken_how);
            CHECK(check.right <= 1e-6);
            CHECK(check.broken > 0.1);
        }
    }
}

TEST_CASE("float convolutions and products add up in double") {
    const Tensor<float> x({1, 1, 1, 3}, {1e8f, 1.0f, -1e8f}), ones({1, 1, 1, 3}, 1.0f);
    CHECK(conv2d(x, ones, Tensor<float>())[0] == 1.0f);
    CHECK(conv2d_backward(x, Tensor<float>({1, 1, 1, 3}, 1.0f), Tensor<float>({1, 1, 1, 1}, 1.0f), true).d_weight[0] ==
          1.0f);
    CHECK(linear(x.reshape({1, 3}), ones.reshape({1, 3}), Tensor<float>())[0] == 1.0f);
}

TEST_CASE("a batch of no images gives no images") {
    CHECK(conv2d(Tensor64({0, 1, 3, 3}), Tensor64({2, 1, 3, 3}), Tensor64()).shape() == Shape{0, 2, 1, 1});
    CHECK(max_pool2d(Tensor64({0, 1, 4, 4}), 2, 2).y.shape() == Shape{0, 1, 2, 2});
    CHECK(linear(flatten(Tensor64({0, 2, 3})), Tensor64({4, 6}), Tensor64()).shape() == Shape{0, 4});
}

TEST_CASE("shapes that do not fit are refused in PyTorch's words") {
    const auto convolve = [](Shape x, Shape weight, Conv2dGeometry geometry = {}) {
        return conv2d(Tensor64(std::move(x)), Tensor64(std::move(weight)), Tensor64(), geometry);
    };
    CHECK_THROWS_WITH(
        convolve({2, 3, 8, 8}, {16, 8, 3, 3}),
        "Given groups=1, weight of size [16, 8, 3, 3], expected input[2, 3, 8, 8] to have 8 channels, but got 3 "
        "channels instead");
    CHECK_THROWS_WITH(
        convolve({2, 3, 2, 2}, {8, 3, 3, 3}),
        "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size can't be greater "
        "than actual input size");
    CHECK_THROWS_WITH(convolve({2, 3, 1, 2}, {8, 3, 3, 3}, {1, {0, 1}}), contains("channel: (1 x 4). Kernel"));
    CHECK_THROWS_WITH(convolve({3, 8, 8}, {8, 3, 3, 3}), "expected 4D input (got 3D input)");
    CHECK_THROWS_WITH(convolve({1, 3, 8, 8}, {8, 3, 3}), "expected 4D weight (got 3D weight)");
    for (const Size2 stride : {Size2(1, 0), Size2(0, 1)})
        CHECK_THROWS_WITH(convolve({1, 3, 8, 8}, {8, 3, 3, 3}, {stride, 0}), "non-positive stride is not supported");
    for (const Size2 padding : {Size2(-1, 0), Size2(0, -1)})
        CHECK_THROWS_WITH(convolve({1, 3, 8, 8}, {8, 3, 3, 3}, {1, padding}), "negative padding is not supported");
    for (const Size2 kernel : {Size2(0, 3), Size2(3, 0)})
        CHECK_THROWS_WITH(convolve({1, 3, 8, 8}, {8, 3, kernel.h, kernel.w}),
                          contains("kernel size should be greater than zero"));
    CHECK_THROWS_WITH(conv2d(Tensor64({1, 3, 8, 8}), Tensor64({4, 3, 3, 3}), Tensor64({5})),
                      contains("expected bias to be 1-dimensional with 4 elements, but got bias of size [5] instead"));
    CHECK_THROWS_WITH(max_pool2d(Tensor64({2, 3, 1, 1}), 2, 2),
                      "Given input size: (3x1x1). Calculated output size: (3x0x0). Output size is too small");
    CHECK_THROWS_WITH(max_pool2d(Tensor64({2, 3, 5, 1}), 2, 2), contains("(3x5x1). Calculated output size: (3x2x0)"));
    CHECK_THROWS_WITH(max_pool2d(Tensor64({3, 4, 4}), 2, 2), "expected 4D input (got 3D input)");
    CHECK_THROWS_AS(max_pool2d(Tensor64({1, 1, 4, 4}), 0, 1), ShapeError);
    CHECK_THROWS_AS(max_pool2d(Tensor64({1, 1, 4, 4}), 2, 0), ShapeError);
    CHECK_THROWS_WITH(linear(Tensor64({2, 3}), Tensor64({8, 16}), Tensor64()),
                      "mat1 and mat2 shapes cannot be multiplied (2x3 and 16x8)");
    CHECK_THROWS_WITH(linear(Tensor64({2, 3, 4, 4}), Tensor64({8, 48}), Tensor64()),
                      "expected 2D input (got 4D input)");
    CHECK_THROWS_AS(linear(Tensor64({2, 3}), Tensor64({8, 3}), Tensor64({3})), ShapeError);
}

TEST_CASE("gradients of another shape than the output are refused") {
    const Tensor64 x({1, 1, 4, 4}), weight({1, 1, 3, 3});
    CHECK_THROWS_WITH(conv2d_backward(x, x, weight, true), "d_y has the shape [1, 1, 4, 4], but y has [1, 1, 2, 2]");
    CHECK_THROWS_AS(max_pool2d_backward(x, max_pool2d(x, 2, 2).argmax, x.shape()), ShapeError);
    CHECK_THROWS_AS(linear_backward(Tensor64({2, 3}), Tensor64({2, 3}), Tensor64({4, 3}), true), ShapeError);
    CHECK_THROWS_AS(relu_backward(Tensor64({2}), Tensor64({3})), ShapeError);
    Random random(0);
    Conv2d<double> conv(1, 1, {.kernel_size = 3}, random);
    Linear<double> fc(3, 4, true, random);
    MaxPool2d<double> pool(2);
    conv(x);
    pool(x);
    fc(Tensor64({2, 3}));
    CHECK_THROWS_AS(conv.backprop(x), ShapeError);
    CHECK_THROWS_AS(pool.backprop(x), ShapeError);
    pool(x);
    CHECK_THROWS_AS(pool.backprop(Tensor64({1, 1, 1, 4})), ShapeError);  // as many elements as y, in another shape
    CHECK_THROWS_AS(pool.backprop(x), std::logic_error);                 // that forward pass is used up
    CHECK_THROWS_AS(fc.backprop(Tensor64({2, 3})), ShapeError);
}

TEST_CASE("max-pooling takes the largest of each window and leaves out what fills none") {
    const Tensor64 x({1, 2, 3, 3}, {1, 2, 9, 4, 3, 9, 9, 9, 9, -1, -2, 9, -4, -3, 9, 9, 9, 9});
    const MaxPool2dForward<double> f = max_pool2d(x, 2, 2);
    CHECK(f.y.shape() == Shape{1, 2, 1, 1});
    CHECK(numbers(f.y) == std::vector<double>{4, -1});
    CHECK(f.argmax == Argmax{3, 0});
    CHECK(numbers(max_pool2d_backward(Tensor64({1, 2, 1, 1}, {5, 7}), f.argmax, x.shape())) ==
          std::vector<double>{0, 0, 0, 5, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("windows may overlap and need not be square") {
    const Tensor64 x({1, 1, 2, 4}, {1, 8, 2, 3, 0, 1, 7, 4});
    const MaxPool2dForward<double> f = max_pool2d(x, {2, 3}, {1, 1});
    CHECK(numbers(f.y) == std::vector<double>{8, 8});
    CHECK(numbers(max_pool2d_backward(Tensor64({1, 1, 1, 2}, {10, 1}), f.argmax, x.shape())) ==
          std::vector<double>{0, 11, 0, 0, 0, 0, 0, 0});
    CHECK(numbers(max_pool2d(x, {1, 2}, {2, 2}).y) == std::vector<double>{8, 3});
    CHECK(numbers(max_pool2d(x, {2, 1}, {1, 3}).y) == std::vector<double>{1, 4});

    Random random(5);
    for (const auto& [kernel, stride] :
         {std::pair<Size2, Size2>{{3, 2}, {2, 1}}, {2, 2}, {1, 3}, {{5, 6}, 1}, {2, 1}}) {
        Tensor64 values = kink_free_tensor({2, 3, 5, 6}, random);
        const auto forward = [&, kernel = kernel, stride = stride] { return max_pool2d(values, kernel, stride).y; };
        const Tensor64 d_y = normal_tensor(random, forward().shape());
        const Tensor64 d_x = max_pool2d_backward(d_y, max_pool2d(values, kernel, stride).argmax, values.shape());
        CHECK(error(d_x, numerical_gradient_of(forward, d_y, values)) <= 1e-6);
    }
}

TEST_CASE("of equal maxima the first has the gradient") {
    const Shape one = {1, 1, 1, 1}, window = {1, 1, 2, 2};
    const auto d_x = [&](const std::vector<double>& values) {
        return numbers(
            max_pool2d_backward(Tensor64(one, 1.0), max_pool2d(Tensor64(window, values), 2, 2).argmax, window));
    };
    CHECK(d_x({7, 7, 7, 7}) == std::vector<double>{1, 0, 0, 0});
    CHECK(d_x({2, 7, 7, 7}) == std::vector<double>{0, 1, 0, 0});
    CHECK(d_x({0, -0.0, 0, 0}) == std::vector<double>{1, 0, 0, 0});
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(d_x({-infinity, -infinity, -infinity, -infinity}) == std::vector<double>{1, 0, 0, 0});

    // Finite differences cannot tell: each of the three gives half a slope, so the check keeps away from ties.
    Tensor64 tie(window, {2, 7, 7, 7});
    const auto slopes = numerical_gradient_of([&] { return max_pool2d(tie, 2, 2).y; }, Tensor64(one, 1.0), tie);
    CHECK(relative_error(slopes, std::vector<double>{0, 0.5, 0.5, 0.5}) < 1e-6);
}

TEST_CASE("NaN passes through max-pooling wherever it stands, and takes the gradient") {
    for (std::size_t place = 0; place < 4; ++place) {
        std::vector<double> values = {1, 2, 9, 4}, expected(4, 0.0);
        values[place] = not_a_number;
        expected[place] = 1;
        const MaxPool2dForward<double> f = max_pool2d(Tensor64({1, 1, 2, 2}, values), 2, 2);
        CHECK(std::isnan(f.y[0]));
        CHECK(numbers(max_pool2d_backward(Tensor64({1, 1, 1, 1}, 1.0), f.argmax, {1, 1, 2, 2})) == expected);
    }
    CHECK(max_pool2d(Tensor64({1, 1, 2, 2}, {not_a_number, 5, not_a_number, 6}), 2, 2).argmax ==
          Argmax{2});  // the last one, as in PyTorch
}

TEST_CASE("ReLU at zero, below and above, at NaN and at infinity") {
    const double infinity = std::numeric_limits<double>::infinity();
    const Tensor64 x({7}, {-2, -0.0, 0, 3, not_a_number, infinity, -infinity}), y = relu(x),
                                                                                d_y({7}, {1, 2, 3, 4, 5, 6, 7});
    CHECK(numbers(relu(Tensor64({4}, {-2, 0, 3, -infinity}))) == std::vector<double>{0, 0, 3, 0});
    CHECK(std::isnan(y[4]));
    CHECK(y[5] == infinity);
    CHECK(numbers(relu_backward(d_y, y)) == std::vector<double>{0, 0, 0, 4, 5, 6, 0});
    CHECK(x[0] == -2);  // a tensor of its own
}

TEST_CASE("ReLU in place overwrites its input and gives the same gradient") {
    ReLU<double> in_place(true), apart;
    Tensor64 x({4}, {-1, 2, 0, 5});
    const Tensor64 d_y({4}, {1, 2, 3, 4}), before = x.clone();
    const Tensor64 y = in_place(x), y_apart = apart(before);
    CHECK(y.shares_storage_with(x));
    CHECK_FALSE(y_apart.shares_storage_with(before));
    CHECK(numbers(x) == std::vector<double>{0, 2, 0, 5});
    CHECK(numbers(y_apart) == numbers(y));
    CHECK(numbers(in_place.backprop(d_y)) == std::vector<double>{0, 2, 0, 4});
    CHECK(numbers(apart.backprop(d_y)) == std::vector<double>{0, 2, 0, 4});
}

TEST_CASE("a linear layer is a convolution whose kernel covers the picture") {
    Random random(3);
    for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{1, 7, 1, 1}, Shape{3, 1, 2, 2}}) {
        const Tensor64 x = normal_tensor(random, shape), flat = flatten(x);
        const Tensor64 weight = normal_tensor(random, {6, flat.size(1)}), bias = normal_tensor(random, {6});
        const Tensor64 kernel = weight.reshape({6, shape[1], shape[2], shape[3]}), y = linear(flat, weight, bias);
        CHECK(relative_error(y.values(), conv2d(x, kernel, bias).values()) < 1e-14);

        const Tensor64 d_y = normal_tensor(random, y.shape());
        const LinearGradients<double> g = linear_backward(d_y, flat, weight, true);
        const Conv2dGradients<double> c = conv2d_backward(d_y.reshape({shape[0], 6, 1, 1}), x, kernel, true);
        CHECK(relative_error(g.d_x.values(), c.d_x.values()) < 1e-14);
        CHECK(relative_error(g.d_weight.values(), c.d_weight.values()) < 1e-14);
        CHECK(relative_error(g.d_bias.values(), c.d_bias.values()) < 1e-14);
        CHECK_FALSE(linear_backward(d_y, flat, weight, false).d_bias.defined());
    }
    const Tensor64 x({2, 3, 4});
    CHECK(flatten(x).shape() == Shape{2, 12});
    CHECK(flatten(x).shares_storage_with(x));
}

TEST_CASE("convolution commutes with a shift away from the border") {
    Random random(4);
    const Tensor64 weight = normal_tensor(random, {1, 1, 3, 3});
    Tensor64 x({1, 1, 8, 8});
    for (Index h = 2; h < 5; ++h)
        for (Index w = 2; w < 5; ++w) x(0, 0, h, w) = random.normal();
    const auto convolve = [&](const Tensor64& image) { return conv2d(image, weight, Tensor64(), {1, 1}); };
    CHECK(numbers(convolve(shifted(x))) == numbers(shifted(convolve(x))));
    CHECK(numbers(convolve(shifted(x))) != numbers(convolve(x)));
}

TEST_CASE("layers print as in PyTorch and name their parameters") {
    Random random(0);
    Conv2d<float> conv(3, 8, {.kernel_size = 3, .padding = 1}, random);
    CHECK(conv.to_string() == "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
    Conv2d<float> plain(3, 8, {.kernel_size = {3, 5}, .stride = 2, .bias = false}, random);
    CHECK(plain.to_string() == "Conv2d(3, 8, kernel_size=(3, 5), stride=(2, 2), bias=False)");
    CHECK(Conv2d<float>(3, 8, {.kernel_size = 1, .padding = {0, 1}}, random).to_string() ==
          "Conv2d(3, 8, kernel_size=(1, 1), stride=(1, 1), padding=(0, 1))");
    CHECK(MaxPool2d<float>(2).to_string() ==
          "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
    CHECK(MaxPool2d<float>(Size2(2, 3), 1).to_string() ==
          "MaxPool2d(kernel_size=(2, 3), stride=1, padding=0, dilation=1, ceil_mode=False)");
    Linear<float> fc(1024, 64, true, random);
    CHECK(fc.to_string() == "Linear(in_features=1024, out_features=64, bias=True)");
    CHECK(Linear<float>(3, 4, false, random).to_string() == "Linear(in_features=3, out_features=4, bias=False)");
    CHECK(ReLU<float>().to_string() == "ReLU()");
    CHECK(ReLU<float>(true).to_string() == "ReLU(inplace=True)");

    REQUIRE(conv.state_dict().size() == 2);
    CHECK(conv.state_dict()[0].first == "weight");
    CHECK(conv.state_dict()[1].first == "bias");
    CHECK(conv.parameter_count() == 3 * 8 * 9 + 8);
    CHECK(plain.state_dict().size() == 1);
    CHECK(fc.parameter_count() == 1024 * 64 + 64);
    CHECK(MaxPool2d<float>(2).state_dict().empty());
    CHECK_THROWS_AS(Conv2d<float>(0, 8, {.kernel_size = 3}, random), ShapeError);
    CHECK_THROWS_AS(Conv2d<float>(3, 8, {.kernel_size = {3, 0}}, random), ShapeError);
    CHECK_THROWS_AS(Linear<float>(3, 0, true, random), ShapeError);
    CHECK_THROWS_AS(Linear<float>(0, 3, true, random), ShapeError);
}

TEST_CASE("layers draw their weight, then their bias, and nothing else") {
    // A seed stands for the same network only as long as this order stays
    Random random(5), again(5);
    const Conv2d<double> conv(2, 3, {.kernel_size = {1, 2}}, random);
    const Linear<double> linear(4, 3, true, random);
    for (const Tensor<double>& drawn : {conv.weight.value, conv.bias.value, linear.weight.value, linear.bias.value}) {
        const Tensor<double> expected = initial_values<double>(drawn.shape(), 4, again);  // each has 4 inputs
        CHECK(std::ranges::equal(drawn.values(), expected.values()));
    }
    CHECK(random.uniform(0, 1) == again.uniform(0, 1));
}

TEST_CASE("weights and biases start uniform within one over the root of fan_in") {
    Random random(11);
    const auto check = [](const Tensor<float>& values, double bound) {
        double largest = 0, squares = 0, sum = 0;
        for (float v : values.values()) {
            largest = std::max(largest, std::abs(double{v}));
            squares += double{v} * v;
            sum += v;
        }
        const double n = static_cast<double>(values.numel());
        CHECK(largest <= bound * (1 + 1e-7));
        CHECK(largest > bound * 0.9);
        CHECK(squares / n == Approx(bound * bound / 3).epsilon(5 / std::sqrt(n)));
        CHECK(std::abs(sum / n) < 5 * bound / std::sqrt(3 * n));
    };
    const Conv2d<float> conv(16, 64, {.kernel_size = {3, 5}}, random);
    check(conv.weight.value, 1 / std::sqrt(16.0 * 15));
    check(conv.bias.value, 1 / std::sqrt(16.0 * 15));
    const Linear<float> fc(100, 80, true, random);
    check(fc.weight.value, 0.1);
    check(fc.bias.value, 0.1);

    Random first(5), again(5), other(6);
    const Linear<float> a(4, 3, true, first), b(4, 3, true, again), c(4, 3, true, other);
    CHECK(a.weight.value[7] == b.weight.value[7]);
    CHECK(a.weight.value[7] != c.weight.value[7]);
}

TEST_CASE("gradients of parameters add up over backward passes until zero_grad") {
    Random random(12);
    Conv2d<double> conv(2, 3, {.kernel_size = 3, .padding = 1}, random);
    Linear<double> fc(4, 3, true, random);
    const Tensor64 x = normal_tensor(random, {2, 2, 4, 4}), d_y = normal_tensor(random, {2, 3, 4, 4});
    const Tensor64 row = normal_tensor(random, {5, 4}), d_row = normal_tensor(random, {5, 3});
    for (int pass = 0; pass < 2; ++pass) {
        conv(x);
        conv.backprop(d_y);
        fc(row);
        fc.backprop(d_row);
    }
    const Conv2dGradients<double> g = conv2d_backward(d_y, x, conv.weight.value, true, {1, 1});
    const LinearGradients<double> l = linear_backward(d_row, row, fc.weight.value, true);
    CHECK(relative_error(conv.weight.grad.values(), scaled(g.d_weight, 2).values()) < 1e-14);
    CHECK(relative_error(conv.bias.grad.values(), scaled(g.d_bias, 2).values()) < 1e-14);
    CHECK(relative_error(fc.weight.grad.values(), scaled(l.d_weight, 2).values()) < 1e-14);
    CHECK(relative_error(fc.bias.grad.values(), scaled(l.d_bias, 2).values()) < 1e-14);
    conv.zero_grad();
    CHECK(numbers(conv.bias.grad) == std::vector<double>(3, 0.0));
}

TEST_CASE("a bias before a batch norm has no gradient in training and one in eval mode") {
    Random random(16);
    Sequential<double> model;
    auto& conv = model.add<Conv2d<double>>(2, 3, Conv2dOptions{.kernel_size = 3, .padding = 1}, random);
    model.add<BatchNorm2d<double>>(3);
    Tensor64 x = normal_tensor(random, {4, 2, 5, 5});
    const Tensor64 d_y = normal_tensor(random, {4, 3, 5, 5}), zero({3});
    const Tensor64 before = model(x);
    model.backprop(d_y);
    CHECK(largest_difference(conv.bias.grad.values(), zero.values()) < 1e-12);  // Eq. (5.18)
    CHECK(largest_difference(conv.weight.grad.values(), Tensor64(conv.weight.grad.shape()).values()) > 1);
    conv.bias.value.fill_(100);
    const NoGradGuard guard;
    CHECK(largest_difference(model(x).values(), before.values()) < 1e-10);
    model.eval();
    const Tensor64 in_eval = model(x);
    conv.bias.value.fill_(0);
    CHECK(largest_difference(model(x).values(), in_eval.values()) > 1);
}

TEST_CASE("one layer called twice in a forward pass") {
    Random random(13);
    Conv2d<double> conv(2, 2, {.kernel_size = 3, .padding = 1}, random);
    ReLU<double> rectify(true);
    MaxPool2d<double> pool(2, 1);
    Tensor64 x = normal_tensor(random, {2, 2, 5, 4});
    const auto forward = [&] { return pool(pool(rectify(conv(rectify(conv(x)))))); };
    const auto without_memory = [&] {
        const NoGradGuard guard;
        return forward();
    };
    const Tensor64 d_y = normal_tensor(random, forward().shape());
    const auto backward = [&] {
        return conv.backprop(rectify.backprop(conv.backprop(rectify.backprop(pool.backprop(pool.backprop(d_y))))));
    };
    const Tensor64 d_x = backward();
    CHECK_THROWS_AS(backward(), std::logic_error);  // every call is used up
    CHECK(error(d_x, numerical_gradient_of(without_memory, d_y, x)) <= 1e-6);
    CHECK(error(conv.weight.grad, numerical_gradient_of(without_memory, d_y, conv.weight.value)) <= 1e-6);
    CHECK(error(conv.bias.grad, numerical_gradient_of(without_memory, d_y, conv.bias.value)) <= 1e-6);
}

TEST_CASE("a small network of all the layers has the gradient of its loss") {
    Random random(14);
    Sequential<double> features;
    Conv2d<double>& first = features.add<Conv2d<double>>(1, 3, Conv2dOptions{.kernel_size = 3, .padding = 1}, random);
    features.add<ReLU<double>>(true);
    features.add<MaxPool2d<double>>(2);
    Conv2d<double>& second =
        features.add<Conv2d<double>>(3, 2, Conv2dOptions{.kernel_size = 2, .stride = {1, 2}, .bias = false}, random);
    Linear<double> head(8, 3, true, random);
    const Tensor64 x = normal_tensor(random, {2, 1, 7, 8}), d_y = normal_tensor(random, {2, 3});
    const auto forward = [&] {
        const NoGradGuard guard;
        return head(flatten(features(x)));
    };
    first.needs_input_grad = false;
    const Tensor64 hidden = features(x);
    head(flatten(hidden));
    CHECK_FALSE(features.backprop(head.backprop(d_y).reshape(hidden.shape())).defined());
    CHECK(error(first.weight.grad, numerical_gradient_of(forward, d_y, first.weight.value)) <= 1e-6);
    CHECK(error(first.bias.grad, numerical_gradient_of(forward, d_y, first.bias.value)) <= 1e-6);
    CHECK(error(second.weight.grad, numerical_gradient_of(forward, d_y, second.weight.value)) <= 1e-6);
    CHECK(error(head.weight.grad, numerical_gradient_of(forward, d_y, head.weight.value)) <= 1e-6);
}

TEST_CASE("an error names the layer, and a refused input leaves nothing behind") {
    Random random(15);
    Sequential<float> network;
    network.add<ReLU<float>>();
    network.add<Conv2d<float>>(3, 4, Conv2dOptions{.kernel_size = 3}, random);
    CHECK_THROWS_WITH(network(Tensor<float>({1, 2, 8, 8})),
                      contains("to have 3 channels, but got 2") && contains("(in 1)"));

    Conv2d<float> conv(3, 4, {.kernel_size = 3}, random);
    CHECK_THROWS_AS(conv(Tensor<float>({1, 2, 8, 8})), ShapeError);
    CHECK_THROWS_AS(conv.backward(Tensor<float>({1, 4, 6, 6})), std::logic_error);
}

TEST_CASE("the figure's kernels answer to edges of one direction") {
    Tensor64 step({1, 1, 32, 32});
    for (Index i = 0; i < 16 * 32; ++i) step[i] = 1;  // the upper half is bright
    const FilteredPicture f = filter_picture(step);
    for (Index j = 0; j < 30; ++j) {
        CHECK(f.y(0, 0, 14, j) == 4);  // level
        CHECK(f.y(0, 1, 14, j) == 0);  // upright
    }
    CHECK(f.pooled.shape() == Shape{1, 2, 15, 15});
}
