#include "common/exercise_test.hpp"

#include "ch05_convolution/conv2d.hpp"
#include EXERCISE

using namespace bn;

namespace {

using Gradients = Conv2dGradients<double>;
using T = Tensor<double>;

/// The tensor with each plane [H, W] read from its end to its beginning.
T reversed_planes(const T& t) {
    T result = t.clone();
    const Index plane = t.size(2) * t.size(3);
    for (Index i = 0; i < t.numel(); ++i) result[i / plane * plane + plane - 1 - i % plane] = t[i];
    return result;
}

/// The right gradients, with something done to the arguments or to the result.
void require_broken_rejected(const std::string& name,
                             const std::function<void(Gradients&, const T& d_y, const T& x, const T& weight,
                                                      Conv2dGeometry geometry)>& breakage) {
    require_rejected(name, mine::accepts([&](const T& d_y, const T& x, const T& weight, Conv2dGeometry geometry) {
                         Gradients g = conv2d_backward(d_y, x, weight, true, geometry);
                         breakage(g, d_y, x, weight, geometry);
                         return g;
                     }));
}

}  // namespace

TEST_CASE("it accepts the chapter's backward pass") {
    require_accepted("the chapter's", mine::accepts([](const T& d_y, const T& x, const T& weight, Conv2dGeometry g) {
                         return conv2d_backward(d_y, x, weight, true, g);
                     }));
}

TEST_CASE("it rejects a kernel that is not flipped") {
    require_broken_rejected("d_x with the kernel not flipped",
                            [](Gradients& g, const T& d_y, const T& x, const T& weight, Conv2dGeometry geometry) {
                                g.d_x = conv2d_d_x(d_y, x.shape(), reversed_planes(weight), geometry);
                            });
}

TEST_CASE("it rejects a forgotten stride") {
    require_broken_rejected("d_x without the stride",
                            [](Gradients& g, const T& d_y, const T& x, const T& weight, Conv2dGeometry geometry) {
                                g.d_x = conv2d_d_x(d_y, x.shape(), weight, {1, geometry.padding});
                            });
}

TEST_CASE("it rejects a forgotten padding") {
    require_broken_rejected("d_weight without the padding",
                            [](Gradients& g, const T& d_y, const T& x, const T& weight, Conv2dGeometry geometry) {
                                g.d_weight = conv2d_d_weight(d_y, x, weight.shape(), {geometry.stride, 0});
                            });
}

TEST_CASE("it rejects an averaged d_bias") {
    require_broken_rejected("d_bias averaged, not summed",
                            [](Gradients& g, const T& d_y, const T&, const T&, Conv2dGeometry) {
                                for (double& d : g.d_bias.values()) d /= static_cast<double>(d_y.numel() / d_y.size(1));
                            });
}

TEST_CASE("it rejects all images but the first left out") {
    require_broken_rejected("d_weight of the first image only",
                            [](Gradients& g, const T& d_y, const T& x, const T& weight, Conv2dGeometry geometry) {
                                T first = d_y.clone();
                                for (Index i = d_y.numel() / d_y.size(0); i < d_y.numel(); ++i) first[i] = 0;
                                g.d_weight = conv2d_d_weight(first, x, weight.shape(), geometry);
                            });
}

TEST_CASE("it rejects input channels mixed up") {
    require_broken_rejected("d_weight with its input channels in reverse",
                            [](Gradients& g, const T&, const T&, const T& weight, Conv2dGeometry) {
                                const T right = g.d_weight.clone();
                                const Index C = weight.size(1);
                                for (Index o = 0; o < weight.size(0); ++o)
                                    for (Index c = 0; c < C; ++c)
                                        for (Index k = 0; k < weight.size(2); ++k)
                                            for (Index l = 0; l < weight.size(3); ++l)
                                                g.d_weight(o, c, k, l) = right(o, C - 1 - c, k, l);
                            });
}

TEST_CASE("it rejects outputs taken in reverse order") {
    require_broken_rejected("all three with d_y read from its end",
                            [](Gradients& g, const T& d_y, const T& x, const T& weight, Conv2dGeometry geometry) {
                                g = conv2d_backward(reversed_planes(d_y), x, weight, true, geometry);
                            });
}

TEST_CASE("it rejects NaN") {
    require_broken_rejected(
        "a NaN in d_x", [](Gradients& g, const T&, const T&, const T&, Conv2dGeometry) { g.d_x[0] = std::nan(""); });
}
