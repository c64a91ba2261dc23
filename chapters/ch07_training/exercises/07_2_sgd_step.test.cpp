#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// The weight, from 1, after each of the steps.
Numbers weights_after(double momentum, double weight_decay, const Numbers& gradients, const Numbers& rates) {
    mine::Sgd sgd{momentum, weight_decay, Numbers(1)};
    Numbers w = {1}, after;
    for (std::size_t t = 0; t < gradients.size(); ++t) {
        sgd.step(w, Numbers{gradients[t]}, rates[t]);
        after.push_back(w[0]);
    }
    return after;
}

}  // namespace

TEST_CASE("plain SGD") {
    const Numbers w = weights_after(0, 0, {2, -1}, {0.1, 0.1});
    CHECK(w[0] == Approx(0.8));
    CHECK(w[1] == Approx(0.9));
}

TEST_CASE("momentum keeps a share of the last velocity") {
    const Numbers w = weights_after(0.9, 0, {2, -1, -1}, {0.1, 0.1, 0.1});
    CHECK(w[0] == Approx(0.8));    // v = 2
    CHECK(w[1] == Approx(0.72));   // v = 0.9 * 2 - 1 = 0.8
    CHECK(w[2] == Approx(0.748));  // v = 0.9 * 0.8 - 1 = -0.28
}

TEST_CASE("a steady gradient gets ten times the step in the end") {
    const Numbers w = weights_after(0.9, 0, Numbers(300, 1), Numbers(300, 1));
    CHECK(w[298] - w[299] == Approx(10));
}

TEST_CASE("a new learning rate counts from this step on") {
    const Numbers w = weights_after(0.9, 0, {2, 0}, {0.1, 0.01});
    CHECK(w[1] == Approx(0.8 - 0.01 * 1.8));
}

TEST_CASE("weight decay pulls towards zero") {
    CHECK(weights_after(0, 0.5, {0}, {0.1})[0] == Approx(0.95));
    CHECK(weights_after(0, 0.5, {2}, {0.1})[0] == Approx(0.75));
}

TEST_CASE("weight decay goes through the velocity") {
    const Numbers w = weights_after(0.9, 0.5, {0, 0}, {0.1, 0.1});
    CHECK(w[0] == Approx(0.95));    // v = 0.5 * 1
    CHECK(w[1] == Approx(0.8575));  // v = 0.9 * 0.5 + 0.5 * 0.95 = 0.925
}

TEST_CASE("PyTorch's five steps") {
    // torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01) with CosineAnnealingLR(T_max=5)
    const double gradients[5][2] = {{2, 0.5}, {-1, 0.25}, {0.5, -3}, {0, 0}, {1, 1}};
    const double rates[5] = {0.1, 0.09045084971874738, 0.06545084971874737, 0.03454915028125263, 0.009549150281252633};
    mine::Sgd sgd{0.9, 0.01, Numbers(2)};
    Numbers w = {1, -2};
    for (std::size_t t = 0; t < 5; ++t) sgd.step(w, gradients[t], rates[t]);
    CHECK(w[0] == Approx(0.5856457440766781).epsilon(1e-12));
    CHECK(w[1] == Approx(-1.863411623889595).epsilon(1e-12));
}
