#include "common/exercise_test.hpp"

#include "ch05_convolution/conv2d.hpp"
#include "ch06_fast_convolution/fast_conv2d.hpp"
#include EXERCISE

using namespace bn;

namespace {

using F = Tensor<float>;

// Captureless lambdas as plain pointers: they compile faster than a std::function for each of them.
using Broken = F (*)(const F& x, const F& weight, const F& bias, Size2 padding);
using Skip = bool (*)(const F& y, Index co, Index h, Index w);
using Read = float (*)(const F& x, Index n, Index ci, Index h, Index w, Size2 padding);

/// A convolution by taps that gets every number through `read`: what stands at (n, ci, h, w) of the image, h and w
/// being outside of it in the padding.
F convolve(const F& x, const F& weight, const F& bias, Size2 padding, Read read) {
    F y(conv2d_output_shape(x.shape(), weight.shape(), {1, padding}));
    const Index Co = y.size(1), Ho = y.size(2), Wo = y.size(3), Ci = x.size(1), Kh = weight.size(2),
                Kw = weight.size(3);
    for (Index i = 0; i < y.numel(); ++i) {
        const Index n = i / (Co * Ho * Wo), co = i / (Ho * Wo) % Co, h = i / Wo % Ho, w = i % Wo;
        float sum = bias.defined() ? bias[co] : 0;
        for (Index ci = 0; ci < Ci; ++ci)
            for (Index kh = 0; kh < Kh; ++kh)
                for (Index kw = 0; kw < Kw; ++kw)
                    sum += weight(co, ci, kh, kw) * read(x, n, ci, h + kh - padding.h, w + kw - padding.w, padding);
        y[i] = sum;
    }
    return y;
}

bool inside(const F& x, Index h, Index w) {
    return h >= 0 && h < x.size(2) && w >= 0 && w < x.size(3);
}

F right(const F& x, const F& weight, const F& bias, Size2 padding) {
    return convolve(x, weight, bias, padding, [](const F& image, Index n, Index ci, Index h, Index w, Size2) {
        return inside(image, h, w) ? image(n, ci, h, w) : 0;
    });
}

void require_broken_rejected(const std::string& name, Broken broken) {
    require_rejected(name, mine::accepts(broken));
}

/// The right outputs, of which those are not computed for which skip(y, co, h, w) says so: they stay 0.
void require_rejected_without(const std::string& name, Skip skip) {
    const auto broken = [&](const F& x, const F& weight, const F& bias, Size2 padding) {
        F y = right(x, weight, bias, padding);
        const Index Co = y.size(1), Ho = y.size(2), Wo = y.size(3);
        for (Index i = 0; i < y.numel(); ++i)
            if (skip(y, i / (Ho * Wo) % Co, i / Wo % Ho, i % Wo)) y[i] = 0;
        return y;
    };
    require_rejected(name, mine::accepts(broken));
}

}  // namespace

TEST_CASE("it accepts right convolutions that round otherwise") {
    require_accepted("fast_conv2d", mine::accepts([](const F& x, const F& weight, const F& bias, Size2 padding) {
                         return fast_conv2d(x, weight, bias, {1, padding});
                     }));
    require_accepted("the sum over taps, in float", mine::accepts(right));
}

TEST_CASE("it rejects a forgotten bias") {
    require_broken_rejected("the bias is forgotten", [](const F& x, const F& weight, const F&, Size2 padding) {
        return right(x, weight, F(), padding);
    });
}

TEST_CASE("it rejects a bias that is not there") {
    require_broken_rejected("without a bias, each channel's first weight is added",
                            [](const F& x, const F& weight, const F& bias, Size2 padding) {
                                if (bias.defined()) return right(x, weight, bias, padding);
                                F other({weight.size(0)});
                                for (Index co = 0; co < other.numel(); ++co) other[co] = weight(co, 0, 0, 0);
                                return right(x, weight, other, padding);
                            });
}

TEST_CASE("it rejects a flipped kernel") {
    require_broken_rejected("each row of the kernel is read from its end",
                            [](const F& x, const F& weight, const F& bias, Size2 padding) {
                                F flipped = weight.clone();
                                const Index Kw = weight.size(3);
                                for (Index i = 0; i < weight.numel(); ++i)
                                    flipped[i / Kw * Kw + Kw - 1 - i % Kw] = weight[i];
                                return right(x, flipped, bias, padding);
                            });
}

TEST_CASE("it rejects kernels that have to be square") {
    require_broken_rejected("weight (kh, kw) is looked for at kh * Kh + kw",
                            [](const F& x, const F& weight, const F& bias, Size2 padding) {
                                F other = weight.clone();
                                const Index Kh = weight.size(2), Kw = weight.size(3), window = Kh * Kw;
                                for (Index i = 0; i < weight.numel(); ++i)
                                    other[i] = weight[i / window * window + (i / Kw % Kh * Kh + i % Kw) % window];
                                return right(x, other, bias, padding);
                            });
}

TEST_CASE("it rejects paddings that have to be equal") {
    require_broken_rejected("padding above and padding at the left are mixed up", [](const F& x, const F& weight,
                                                                                     const F& bias, Size2 padding) {
        return convolve(x, weight, bias, padding, [](const F& image, Index n, Index ci, Index h, Index w, Size2 pad) {
            h += pad.h - pad.w;
            w += pad.w - pad.h;
            return inside(image, h, w) ? image(n, ci, h, w) : 0;
        });
    });
}

TEST_CASE("it rejects rows whose end is left out") {
    require_rejected_without("what does not fill a vector of 8 is not computed",
                             [](const F& y, Index, Index, Index w) { return w >= y.size(3) / 8 * 8; });
}

TEST_CASE("it rejects channels that fill no tile") {
    require_rejected_without("channels that do not fill a tile of 4 are not computed",
                             [](const F& y, Index co, Index, Index) { return co >= y.size(1) / 4 * 4; });
}

TEST_CASE("it rejects a last vector without a partner") {
    require_rejected_without("if a plane has an odd number of vectors, the last one is not computed",
                             [](const F& y, Index, Index h, Index w) {
                                 const Index in_row = (y.size(3) + 7) / 8, count = y.size(2) * in_row;
                                 return count % 2 == 1 && h * in_row + w / 8 == count - 1;
                             });
}

TEST_CASE("it rejects a read past the row's end") {
    require_broken_rejected("to the right of a row it reads the next row, not zeros", [](const F& x, const F& weight,
                                                                                         const F& bias, Size2 padding) {
        return convolve(x, weight, bias, padding, [](const F& image, Index n, Index ci, Index h, Index w, Size2) {
            if (h >= 0 && w >= image.size(3)) ++h, w -= image.size(3);
            return inside(image, h, w) ? image(n, ci, h, w) : 0;
        });
    });
}

TEST_CASE("it rejects what is left of the image before") {
    require_broken_rejected("where zeros should be above an image, the last row of the image before is left",
                            [](const F& x, const F& weight, const F& bias, Size2 padding) {
                                return convolve(x, weight, bias, padding,
                                                [](const F& image, Index n, Index ci, Index h, Index w, Size2) {
                                                    if (h == -1 && n > 0) --n, h = image.size(2) - 1;
                                                    return inside(image, h, w) ? image(n, ci, h, w) : 0;
                                                });
                            });
}

TEST_CASE("it rejects weights of few digits") {
    require_broken_rejected("weights are rounded to 8 bits",
                            [](const F& x, const F& weight, const F& bias, Size2 padding) {
                                F rounded = weight.clone();
                                for (float& w : rounded.values()) {
                                    int exponent = 0;
                                    const float digits = std::frexp(w, &exponent);
                                    w = std::ldexp(std::round(digits * 256), exponent - 8);
                                }
                                return right(x, rounded, bias, padding);
                            });
}

TEST_CASE("it rejects NaN") {
    require_broken_rejected("the last output is NaN", [](const F& x, const F& weight, const F& bias, Size2 padding) {
        F y = right(x, weight, bias, padding);
        y[y.numel() - 1] = std::nanf("");
        return y;
    });
}
