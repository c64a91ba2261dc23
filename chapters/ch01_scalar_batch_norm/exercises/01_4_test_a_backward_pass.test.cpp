#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/broken_backward.hpp"
#include EXERCISE

using namespace bn;

namespace {

using D_y = std::span<const double>;

mine::Backward with(const Mistake& mistake) {
    return [mistake](const ScalarForward& f, double gamma, D_y d_y) { return backward_with(mistake, f, gamma, d_y); };
}

}  // namespace

TEST_CASE("it accepts the closed form") {
    require_accepted("the closed form, Eq. (1.15)", mine::accepts([](const ScalarForward& f, double gamma, D_y d_y) {
                         return batch_norm_backward(f, gamma, d_y).d_x;
                     }));
}

TEST_CASE("it accepts the staged form") {
    require_accepted("the staged form, Eqs. (1.9)-(1.14)",
                     mine::accepts([](const ScalarForward& f, double gamma, D_y d_y) {
                         return batch_norm_backward_staged(f, gamma, d_y).d_x;
                     }));
}

TEST_CASE("it rejects a wrong mean term") {
    require_rejected("the mean as a constant", mine::accepts(with(mistakes[5])));
    require_rejected("mean and variance as constants", mine::accepts(with(mistakes[6])));
}

TEST_CASE("it rejects what loss = sum of y cannot see") {
    for (std::size_t i = 1; i <= 4; ++i) require_rejected(mistakes[i].name, mine::accepts(with(mistakes[i])));
}

TEST_CASE("it rejects an error of one in a thousand") {
    require_rejected("one in a thousand too large", mine::accepts(with({.name = "", .scale = 1.001})));
}

TEST_CASE("it rejects a forgotten gamma") {
    require_rejected("gamma taken for 1", mine::accepts([](const ScalarForward& f, double, D_y d_y) {
                         return batch_norm_backward(f, 1, d_y).d_x;
                     }));
}

TEST_CASE("it rejects NaN") {
    require_rejected("NaN everywhere", mine::accepts([](const ScalarForward&, double, D_y d_y) {
                         return Numbers(d_y.size(), std::nan(""));
                     }));
}

TEST_CASE("it rejects one wrong number") {
    require_rejected("the last number is 0", mine::accepts([](const ScalarForward& f, double gamma, D_y d_y) {
                         Numbers d_x = batch_norm_backward(f, gamma, d_y).d_x;
                         d_x.back() = 0;
                         return d_x;
                     }));
}
