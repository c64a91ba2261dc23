#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// What may be broken about the gradient.
struct Kind {
    bool through_mean = true, through_variance = true;
    bool divides = true;  // by σ
    bool zero = false;
};

mine::Gradient gradient_of(Kind kind) {
    return [kind](const Numbers& w, const Tensor<double>& x, const Numbers& d_y) {
        const std::size_t n = d_y.size(), K = w.size();
        if (x.shape() != Shape{static_cast<Index>(n), static_cast<Index>(K)} || n == 0)
            FAIL("your test uses w of " << K << " numbers, d_y of " << n << " and x of shape " << to_string(x.shape())
                                        << ": it has to be [n, K]");
        const double count = static_cast<double>(n);
        Numbers u(n);
        double mean = 0, variance = 0, d_mean = 0, d_dot = 0;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < K; ++k) u[i] += x[static_cast<Index>(i * K + k)] * w[k];
        for (const double value : u) mean += value / count;
        for (const double value : u) variance += (value - mean) * (value - mean) / count;
        const double sigma = std::sqrt(variance);
        for (std::size_t i = 0; i < n; ++i) {
            d_mean += d_y[i] / count;
            d_dot += d_y[i] * (u[i] - mean) / sigma / count;
        }
        Numbers d_w(K);
        for (std::size_t i = 0; i < n; ++i) {
            double d = d_y[i];
            if (kind.through_mean) d -= d_mean;
            if (kind.through_variance) d -= (u[i] - mean) / sigma * d_dot;
            if (kind.divides) d /= sigma;
            if (kind.zero) d = 0;
            for (std::size_t k = 0; k < K; ++k) d_w[k] += d * x[static_cast<Index>(i * K + k)];
        }
        return d_w;
    };
}

void rejects(const std::string& name, Kind kind) {
    require_rejected(name, mine::accepts(gradient_of(kind)));
}

}  // namespace

TEST_CASE("it accepts a right gradient") {
    require_accepted("through the mean and the variance", mine::accepts(gradient_of({})));
}

TEST_CASE("it rejects a variance taken for a constant") {
    rejects("nothing flows through the variance", {.through_variance = false});
    rejects("nothing flows through mean and variance", {.through_mean = false, .through_variance = false});
}

TEST_CASE("it rejects a mean taken for a constant") {
    rejects("nothing flows through the mean", {.through_mean = false});
}

TEST_CASE("it rejects a gradient that does not know the scale") {
    rejects("not divided by sigma", {.divides = false});
}

TEST_CASE("it rejects nothing at all") {
    rejects("zeros", {.zero = true});
}
