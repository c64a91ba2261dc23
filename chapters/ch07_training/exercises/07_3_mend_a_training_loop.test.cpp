#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include EXERCISE

using namespace bn;

namespace {

// Batch norm of one number an image, x [N, 1], then two logits: weight[k] · x_hat + bias[k].
struct Net : mine::Model {
    Tensor<double> operator()(const Tensor<double>& x) override {
        x_hat.assign(x.values().begin(), x.values().end());
        if (training_) {
            const ScalarForward f = batch_norm(x.values(), 1, 0);
            x_hat = f.x_hat;
            running_mean += 0.1 * (f.mean - running_mean);
            ++num_batches_tracked;
        } else {
            for (double& value : x_hat) value -= running_mean;
        }
        Tensor<double> logits({x.size(0), 2});
        for (std::size_t i = 0; i < 2 * x_hat.size(); ++i)
            logits[static_cast<Index>(i)] = parameters[i % 2] * x_hat[i / 2] + parameters[2 + i % 2];
        return logits;
    }
    void backprop(const Tensor<double>& d) override {
        for (std::size_t i = 0; i < 2 * x_hat.size(); ++i) {
            gradients[i % 2] += d[static_cast<Index>(i)] * x_hat[i / 2];
            gradients[2 + i % 2] += d[static_cast<Index>(i)];
        }
    }
    void zero_grad() override { gradients = Numbers(4); }
    void step(double lr) override {
        for (std::size_t i = 0; i < 4; ++i) parameters[i] -= lr * gradients[i];
    }
    void train() override { training_ = true; }
    void eval() override { training_ = false; }
    bool training() const override { return training_; }

    Numbers parameters = {0.3, -0.2, 0, 0}, gradients = Numbers(4);  // two weights, two biases
    double running_mean = 0;
    int num_batches_tracked = 0;

private:
    bool training_ = true;
    Numbers x_hat;
};

mine::Batch batch(std::uint64_t seed, std::vector<std::uint8_t> targets) {
    return {normal_tensor(seed, {static_cast<Index>(targets.size()), 1}, 3, 2), targets};
}

}  // namespace

TEST_CASE("symptom 1: each step follows its own batch's gradient") {
    const std::vector<mine::Batch> batches = {batch(1, {0, 1, 1}), batch(2, {1, 1, 0}), batch(3, {0, 0, 1})};
    Net learner, reference;
    mine::train_epoch(learner, batches, 0.1);
    for (const mine::Batch& b : batches) {
        reference.gradients = Numbers(4);
        reference.backprop(cross_entropy<double>(reference(b.images), b.targets).d_logits);
        for (std::size_t i = 0; i < 4; ++i) reference.parameters[i] -= 0.1 * reference.gradients[i];
    }
    CHECK(relative_error(learner.parameters, reference.parameters) < 1e-12);
}

TEST_CASE("symptom 2: validation leaves the buffers alone") {
    Net net;
    mine::train_epoch(net, {batch(1, {0, 1, 1}), batch(2, {1, 0, 1})}, 0.1);
    const double mean = net.running_mean;
    mine::validate(net, {batch(3, {1, 0, 0})});
    CHECK(net.num_batches_tracked == 2);
    CHECK(net.running_mean == mean);
}

TEST_CASE("an image's answer does not depend on the others") {
    Net net;
    mine::train_epoch(net, {batch(1, {0, 1, 1}), batch(2, {1, 0, 1})}, 0.1);
    const std::vector<std::uint8_t> targets = {0, 1, 1, 0, 1, 0};
    const mine::Batch all = batch(4, targets);
    double right = 0;
    for (Index n = 0; n < 6; ++n)
        right += mine::validate(net, {{Tensor<double>({1, 1}, all.images[n]), {targets[static_cast<std::size_t>(n)]}}});
    CHECK(mine::validate(net, {all}) == Approx(right / 6));
}

TEST_CASE("symptom 3: every image counts the same") {
    // In eval mode, untrained, x_hat is x; with these weights class 1 is the answer where x is negative.
    Net net;
    const mine::Batch two{Tensor<double>({2, 1}, {-5, 5}), {1, 0}};
    const mine::Batch one{Tensor<double>({1, 1}, -5), {0}};
    CHECK(mine::validate(net, {two, one}) == Approx(2.0 / 3));
}

TEST_CASE("after a validation, training goes on in train mode") {
    Net net;
    mine::train_epoch(net, {batch(1, {0, 1, 1})}, 0.1);
    mine::validate(net, {batch(3, {1, 0, 0})});
    mine::train_epoch(net, {batch(2, {1, 0, 1})}, 0.1);
    CHECK(net.num_batches_tracked == 2);
}
