#include "common/exercise_test.hpp"

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include EXERCISE

using namespace bn;

namespace {

mine::ChannelStatistics statistics(const Tensor<double>& x) {
    const mine::ChannelStatistics s = mine::channel_statistics(x);
    require_elements("mean", s.mean.size(), static_cast<std::size_t>(x.size(1)));
    require_elements("variance", s.variance.size(), static_cast<std::size_t>(x.size(1)));
    return s;
}

}  // namespace

TEST_CASE("two images of one channel and one row") {
    // [N, C, H, W] = [2, 1, 1, 2]: (1, 7) and (9, 15)
    const mine::ChannelStatistics s = statistics(Tensor<double>({2, 1, 1, 2}, {1, 7, 9, 15}));
    CHECK(s.mean[0] == Approx(8));
    CHECK(s.variance[0] == Approx(25));
}

TEST_CASE("each channel has its own") {
    // Channel 0 is (0, 2), channel 1 is (100, 104)
    const mine::ChannelStatistics s = statistics(Tensor<double>({1, 2, 1, 2}, {0, 2, 100, 104}));
    CHECK(s.mean[0] == Approx(1));
    CHECK(s.variance[0] == Approx(1));
    CHECK(s.mean[1] == Approx(102));
    CHECK(s.variance[1] == Approx(4));
}

TEST_CASE("images that are not square") {
    const Tensor<double> x = normal_tensor(1, {3, 4, 2, 5}, 3, 2);
    const ChannelStatistics expected = channel_statistics(x);
    const mine::ChannelStatistics s = statistics(x);
    for (std::size_t c = 0; c < 4; ++c) {
        CAPTURE(c);
        CHECK(s.mean[c] == Approx(expected.mean[c]));
        CHECK(s.variance[c] == Approx(expected.variance[c]));
    }
}

TEST_CASE("a large mean costs no digits") {
    Tensor<double> x = normal_tensor(2, {4, 2, 3, 3});
    const ChannelStatistics expected = channel_statistics(x);
    for (double& value : x.values()) value += 1e9;
    CHECK(statistics(x).variance[1] == Approx(expected.variance[1]).epsilon(1e-5));
}
