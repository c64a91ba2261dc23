#include "common/exercise_test.hpp"

#include "ch11_activation_regions/through_batch_norm.hpp"
#include EXERCISE

using namespace bn;

namespace {

using Span = std::span<const double>;

// A backward pass, given its slope as a function of x.
mine::Backward with_slope(const std::function<double(double)>& slope) {
    return [slope](Span x, Span d_a) {
        Numbers d_x;
        for (std::size_t i = 0; i < x.size(); ++i) d_x.push_back(slope(x[i]) * d_a[i]);
        return d_x;
    };
}

}  // namespace

TEST_CASE("it accepts the chapter's backward pass") {
    require_accepted("the slope at x, times d_a",
                     mine::accepts([](Span x, Span d_a) { return activation_backward(activations[0], x, d_a); }));
}

TEST_CASE("it accepts one that chooses") {
    require_accepted("d_a where the output is above 0, else 0", mine::accepts([](Span x, Span d_a) {
                         Numbers d_x;
                         for (std::size_t i = 0; i < x.size(); ++i) d_x.push_back(relu(x[i]) > 0 ? d_a[i] : 0.0);
                         return d_x;
                     }));
}

TEST_CASE("it rejects another slope at the kink") {
    require_rejected("slope 1 at 0", mine::accepts(with_slope([](double x) { return x >= 0 ? 1.0 : 0.0; })));
    require_rejected("slope 0.5 at 0", mine::accepts(with_slope([](double x) {
                         return x == 0 ? 0.5 : x > 0 ? 1.0 : 0.0;
                     })));
}

TEST_CASE("it rejects the article's region") {
    require_rejected("slope 1 on (0, 1] only",
                     mine::accepts(with_slope([](double x) { return x > 0 && x <= 1 ? 1.0 : 0.0; })));
}

TEST_CASE("it rejects a slope on the wrong side") {
    require_rejected("slope 1 everywhere", mine::accepts(with_slope([](double) { return 1.0; })));
    require_rejected("slope 0.01 below 0", mine::accepts(with_slope([](double x) { return x > 0 ? 1.0 : 0.01; })));
}

TEST_CASE("it rejects one that does not use d_a") {
    require_rejected("the slope instead of the gradient", mine::accepts([](Span x, Span) {
                         Numbers d_x;
                         for (double value : x) d_x.push_back(relu_derivative(value));
                         return d_x;
                     }));
}

TEST_CASE("it rejects one that looks at the wrong sign") {
    require_rejected("ReLU of the gradient", mine::accepts([](Span, Span d_a) {
                         Numbers d_x;
                         for (double value : d_a) d_x.push_back(relu(value));
                         return d_x;
                     }));
    require_rejected("ReLU of the gradient where x is above 0", mine::accepts([](Span x, Span d_a) {
                         Numbers d_x;
                         for (std::size_t i = 0; i < x.size(); ++i) d_x.push_back(x[i] > 0 ? relu(d_a[i]) : 0.0);
                         return d_x;
                     }));
}

TEST_CASE("it rejects what is not there") {
    require_rejected("no numbers at all", mine::accepts([](Span, Span) { return Numbers{}; }));
    require_rejected("NaN everywhere", mine::accepts([](Span x, Span) { return Numbers(x.size(), std::nan("")); }));
}
