#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch05_convolution/linear.hpp"
#include EXERCISE

using namespace bn;

namespace {

// Batch norm of one channel of 1×2 pixels, then two logits.
class Net : public Module<double> {
public:
    Net() : norm(1), fc(2, 2, true, random_) {
        register_module("norm", norm);
        register_module("fc", fc);
    }
    Tensor<double> forward(const Tensor<double>& x) override { return fc(flatten(norm(x))); }
    Tensor<double> backward(const Tensor<double>& d) override {
        return norm.backprop(fc.backprop(d).reshape({d.size(0), 1, 1, 2}));
    }
    std::string type_name() const override { return "Net"; }

private:
    Random random_{1};

public:
    BatchNorm2d<double> norm;
    Linear<double> fc;
};

mine::Batch batch(std::uint64_t seed, std::vector<std::uint8_t> targets) {
    return {normal_tensor(seed, {static_cast<Index>(targets.size()), 1, 1, 2}, 3, 2), targets};
}

Numbers weights_of(Module<double>& model) {
    Numbers all;
    for (const auto& [name, p] : model.named_parameters())
        all.insert(all.end(), p->value.values().begin(), p->value.values().end());
    return all;
}

}  // namespace

TEST_CASE("symptom 1: each step follows its own batch's gradient") {
    const std::vector<mine::Batch> batches = {batch(1, {0, 1, 1}), batch(2, {1, 1, 0}), batch(3, {0, 0, 1})};
    Net learner, reference;
    mine::train_epoch(learner, batches, 0.1);
    for (const mine::Batch& b : batches) {
        for (const auto& [name, p] : reference.named_parameters()) p->grad.fill_(0);
        reference.backprop(cross_entropy<double>(reference(b.images), b.targets).d_logits);
        for (const auto& [name, p] : reference.named_parameters())
            for (Index i = 0; i < p->value.numel(); ++i) p->value[i] -= 0.1 * p->grad[i];
    }
    CHECK(relative_error(weights_of(learner), weights_of(reference)) < 1e-12);
}

TEST_CASE("symptom 2: validation leaves the buffers alone") {
    Net net;
    mine::train_epoch(net, {batch(1, {0, 1, 1}), batch(2, {1, 0, 1})}, 0.1);
    const double mean = net.norm.running_mean()[0];
    mine::validate(net, {batch(3, {1, 0, 0})});
    CHECK(net.norm.num_batches_tracked() == 2);
    CHECK(net.norm.running_mean()[0] == mean);
}

TEST_CASE("an image's answer does not depend on the others") {
    Net net;
    mine::train_epoch(net, {batch(1, {0, 1, 1}), batch(2, {1, 0, 1})}, 0.1);
    const std::vector<std::uint8_t> targets = {0, 1, 1, 0, 1, 0};
    const mine::Batch all = batch(4, targets);
    double right = 0;
    for (Index n = 0; n < 6; ++n)
        right += mine::validate(net, {{Tensor<double>({1, 1, 1, 2}, {all.images(n, 0, 0, 0), all.images(n, 0, 0, 1)}),
                                       {targets[static_cast<std::size_t>(n)]}}});
    CHECK(mine::validate(net, {all}) == Approx(right / 6));
}

TEST_CASE("symptom 3: every image counts the same") {
    // In eval mode, untrained, x stays nearly x. The larger of an image's two pixels is its answer.
    Net net;
    for (Index i = 0; i < 4; ++i) net.fc.weight.value[i] = i % 3 == 0 ? 1 : 0;
    net.fc.bias.value.fill_(0);
    const mine::Batch two{Tensor<double>({2, 1, 1, 2}, {1, 5, 5, 1}), {1, 0}};
    const mine::Batch one{Tensor<double>({1, 1, 1, 2}, {1, 5}), {0}};
    CHECK(mine::validate(net, {two, one}) == Approx(2.0 / 3));
}

TEST_CASE("after a validation, training goes on in train mode") {
    Net net;
    mine::train_epoch(net, {batch(1, {0, 1, 1})}, 0.1);
    mine::validate(net, {batch(3, {1, 0, 0})});
    mine::train_epoch(net, {batch(2, {1, 0, 1})}, 0.1);
    CHECK(net.norm.num_batches_tracked() == 2);
}

TEST_CASE("validation computes no gradients") {
    Net net;
    mine::validate(net, {batch(3, {1, 0, 0})});
    CHECK_THROWS_AS(net.backprop(Tensor<double>({3, 2})), std::logic_error);
}
