// Cross-entropy, SGD and the cosine schedule against PyTorch's.
#include "golden/compare.hpp"

#include "ch07_training/cross_entropy.hpp"
#include "ch07_training/sgd.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases("training.txt");
    return all;
}

}  // namespace

TEMPLATE_TEST_CASE("cross-entropy and its gradient, large logits too", "", double, float) {
    int count = 0;
    for (const Case& c : cases()) {
        if (!c.has("targets")) continue;
        std::vector<std::uint8_t> targets;
        for (const int target : c.list<int>("targets")) targets.push_back(static_cast<std::uint8_t>(target));
        const CrossEntropy<TestType> result =
            cross_entropy(c.tensor<TestType>("logits"), std::span<const std::uint8_t>(targets));
        compare<TestType>(c, "loss", result.loss);
        compare(c, "d_logits", result.d_logits);
        ++count;
    }
    CHECK(count >= 15);
}

TEMPLATE_TEST_CASE("SGD with momentum and weight decay over several steps", "", double, float) {
    int count = 0;
    for (const Case& c : cases()) {
        if (!c.has("weight_decay")) continue;
        Parameter<TestType> a(c.tensor<TestType>("a")), b(c.tensor<TestType>("b"));
        SGD<TestType> sgd({{"a", &a}, {"b", &b}}, c.number("momentum"), c.number("weight_decay"));
        int k = 0;
        for (const double rate : c.list<double>("rates")) {
            const std::string step = std::to_string(k++);
            a.grad.copy_(c.tensor<TestType>("d_a" + step));
            b.grad.copy_(c.tensor<TestType>("d_b" + step));
            sgd.step(rate);
            compare(c, "a" + step, a.value);
            compare(c, "b" + step, b.value);
        }
        CHECK(k >= 6);
        ++count;
    }
    CHECK(count >= 4);
}

TEST_CASE("the learning rate falls by PyTorch's cosine") {
    const Case& c = find_case(cases(), "cosine");
    const Index steps = c.vector("rates").shape.at(0) - 1;
    Tensor<double> rates({steps + 1});
    for (Index t = 0; t <= steps; ++t) rates[t] = learning_rate(Schedule::cosine, c.number("lr"), t, steps);
    compare(c, "rates", rates);
}
