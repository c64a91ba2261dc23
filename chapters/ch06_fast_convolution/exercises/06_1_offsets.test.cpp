#include <limits>

#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch05_convolution/conv2d.hpp"
#include EXERCISE

using namespace bn;

namespace {

std::vector<Index> offsets(Index Ci, Index Kh, Index Kw, Index pitch, Index plane) {
    const std::vector<Index> taps = mine::offsets(Ci, Kh, Kw, pitch, plane);
    require_elements("offsets", taps.size(), static_cast<std::size_t>(Ci * Kh * Kw));
    return taps;
}

/// y of one image, against chapter 5's. After each row and each plane come `gap` numbers that are NaN: who reads one,
/// shows it.
void require_chapter_5(const Shape& x_shape, const Shape& weight_shape, Size2 padding, Index gap) {
    const Tensor<double> x = normal_tensor(1, x_shape), weight = normal_tensor(2, weight_shape),
                         bias = normal_tensor(3, {weight_shape[0]});
    const Index C = x_shape[1], H = x_shape[2], W = x_shape[3];
    const Index height = H + 2 * padding.h, width = W + 2 * padding.w, pitch = width + gap,
                plane = height * pitch + gap;
    Numbers padded(static_cast<std::size_t>(C * plane), std::numeric_limits<double>::quiet_NaN());
    for (Index c = 0; c < C; ++c)
        for (Index h = 0; h < height; ++h)
            for (Index w = 0; w < width; ++w) {
                const Index from_h = h - padding.h, from_w = w - padding.w;
                const bool inside = from_h >= 0 && from_h < H && from_w >= 0 && from_w < W;
                padded[static_cast<std::size_t>(c * plane + h * pitch + w)] = inside ? x(0, c, from_h, from_w) : 0;
            }
    const Tensor<double> expected = conv2d(x, weight, bias, {1, padding});
    const Tensor<double> y = mine::convolve(padded, pitch, plane, weight, bias, expected.size(2), expected.size(3));
    require_shape("y", y, expected.shape());
    CHECK(relative_error(y.values(), expected.values()) < 1e-12);
}

}  // namespace

TEST_CASE("the offsets in one channel") {
    CHECK(offsets(1, 2, 3, 10, 70) == std::vector<Index>{0, 1, 2, 10, 11, 12});
}

TEST_CASE("the offsets in several channels") {
    CHECK(offsets(3, 1, 1, 10, 70) == std::vector<Index>{0, 70, 140});
    CHECK(offsets(2, 2, 2, 10, 75) == std::vector<Index>{0, 1, 10, 11, 75, 76, 85, 86});
}

TEST_CASE("one image by hand") {
    // 1 2 3 / 4 5 6 / 7 8 9, and a kernel whose digits show what lay under it
    const Numbers padded = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const Tensor<double> weight({1, 1, 2, 2}, {1, 10, 100, 1000}), bias({1}, 0.5);
    const Tensor<double> y = mine::convolve(padded, 3, 9, weight, bias, 2, 2);
    require_shape("y", y, {1, 1, 2, 2});
    CHECK(Numbers(y.values().begin(), y.values().end()) == Numbers{5421.5, 6532.5, 8754.5, 9865.5});
}

TEST_CASE("several output channels, each with its own weights and bias") {
    require_chapter_5({1, 1, 4, 5}, {3, 1, 2, 2}, 0, 0);
}

TEST_CASE("several input channels") {
    require_chapter_5({1, 3, 4, 5}, {2, 3, 2, 3}, 0, 0);
}

TEST_CASE("what lies behind rows and channels is not read") {
    require_chapter_5({1, 1, 4, 5}, {1, 1, 3, 2}, 0, 3);
    require_chapter_5({1, 2, 4, 5}, {2, 2, 3, 2}, 0, 1);
}

TEST_CASE("with padding") {
    require_chapter_5({1, 1, 3, 3}, {1, 1, 3, 3}, 1, 0);
    require_chapter_5({1, 3, 5, 4}, {4, 3, 3, 2}, {2, 1}, 2);
}
