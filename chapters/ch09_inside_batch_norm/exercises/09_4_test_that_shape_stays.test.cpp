#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include EXERCISE

using namespace bn;

namespace {

using X = std::span<const double>;

// Each number changed on its own, then standardised: mean 0 and sigma 1, but another shape.
mine::Standardise after(const std::function<double(double)>& change) {
    return [change](X x) {
        Numbers changed = batch_norm(x, 1, 0).x_hat;
        for (double& value : changed) value = change(value);
        return batch_norm(changed, 1, 0).x_hat;
    };
}

// "Normal" in earnest: the k-th smallest of n numbers becomes the normal distribution's quantile (k + 1/2)/n.
Numbers made_normal(X x) {
    std::vector<std::size_t> order(x.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    Numbers y(x.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
        const double share = (static_cast<double>(k) + 0.5) / static_cast<double>(x.size());
        double low = -10, high = 10;
        for (int i = 0; i < 60; ++i) {
            const double middle = (low + high) / 2;
            (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
        }
        y[order[k]] = low;
    }
    return batch_norm(y, 1, 0).x_hat;
}

}  // namespace

TEST_CASE("it accepts batch norm") {
    require_accepted("batch norm with eps = 1e-5", mine::accepts([](X x) { return batch_norm(x, 1, 0).y; }));
    require_accepted("batch norm with eps = 0", mine::accepts([](X x) { return batch_norm(x, 1, 0, 0).y; }));
}

TEST_CASE("it accepts a standardisation in two steps") {
    require_accepted("scaled first, then centred", mine::accepts([](X x) {
                         const double sigma = batch_norm(x, 1, 0).std;
                         Numbers y(x.begin(), x.end());
                         for (double& value : y) value /= sigma;
                         const double mean = batch_norm(y, 1, 0).mean;
                         for (double& value : y) value -= mean;
                         return y;
                     }));
}

TEST_CASE("it rejects numbers that were only centred") {
    require_rejected("only centred", mine::accepts([](X x) { return batch_norm(x, 1, 0).centred; }));
}

TEST_CASE("it rejects numbers that were only scaled") {
    require_rejected("only scaled", mine::accepts([](X x) {
                         const double sigma = batch_norm(x, 1, 0).std;
                         Numbers y(x.begin(), x.end());
                         for (double& value : y) value /= sigma;
                         return y;
                     }));
}

TEST_CASE("it rejects numbers that were made normal") {
    require_rejected("ranks turned into normal numbers", mine::accepts(made_normal));
}

TEST_CASE("it rejects numbers that were squashed") {
    require_rejected("tanh, then standardised", mine::accepts(after([](double z) { return std::tanh(z); })));
}

TEST_CASE("it rejects numbers that were cut off") {
    require_rejected("cut off at 2 sigma, then standardised",
                     mine::accepts(after([](double z) { return std::clamp(z, -2.0, 2.0); })));
}

TEST_CASE("it rejects numbers with the sign turned") {
    require_rejected("the sign turned", mine::accepts(after([](double z) { return -z; })));
}

TEST_CASE("it rejects what is not there") {
    require_rejected("no numbers at all", mine::accepts([](X) { return Numbers{}; }));
    require_rejected("NaN everywhere", mine::accepts([](X x) { return Numbers(x.size(), std::nan("")); }));
}
