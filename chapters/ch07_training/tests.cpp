#include <algorithm>
#include <set>
#include <string>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch07_training/figures.hpp"
#include "ch07_training/plain_cnn.hpp"
#include "ch07_training/training.hpp"

using namespace bn;

namespace {

// Black aeroplanes and white birds, with noise: learnt in a few steps.
ImageSet easy_images(Index count, std::uint64_t seed) {
    ImageSet set;
    Random random(seed);
    for (Index n = 0; n < count; ++n) {
        const bool bird = random.below(2) == 1;
        set.labels.push_back(bird ? label_bird : label_airplane);
        for (Index i = 0; i < image_bytes; ++i)
            set.pixels.push_back(static_cast<std::uint8_t>((bird ? 150 : 50) + random.below(50)));
    }
    return set;
}

Dataset easy_data() {
    return {"test images", "test", easy_images(100, 1), easy_images(50, 2)};
}

Tensor<double> normal(Shape shape, std::uint64_t seed) {
    Tensor<double> t(std::move(shape));
    Random(seed).fill_normal(t.values());
    return t;
}

}  // namespace

TEST_CASE("cross-entropy and its gradient") {
    Tensor<double> logits = normal({5, 3}, 1);
    const std::vector<std::uint8_t> targets = {0, 2, 1, 1, 0};
    const CrossEntropy<double> result = cross_entropy(logits, std::span<const std::uint8_t>(targets));
    double by_hand = 0;
    for (Index n = 0; n < 5; ++n) {
        double sum = 0;
        for (Index k = 0; k < 3; ++k) sum += std::exp(logits(n, k));
        by_hand -= std::log(std::exp(logits(n, targets[static_cast<std::size_t>(n)])) / sum) / 5;
    }
    CHECK(result.loss == Approx(by_hand).epsilon(1e-12));
    const auto loss = [&] { return cross_entropy(logits, std::span<const std::uint8_t>(targets)).loss; };
    CHECK(relative_error(result.d_logits.values(), numerical_gradient(loss, logits.values())) < 1e-6);

    // A backward that forgets to divide by N is rejected.
    Tensor<double> broken = result.d_logits.clone();
    for (double& d : broken.values()) d *= 5;
    CHECK(relative_error(broken.values(), numerical_gradient(loss, logits.values())) > 1);
}

TEST_CASE("cross-entropy stands logits of ten thousand") {
    const std::vector<std::uint8_t> targets = {0, 1};
    const CrossEntropy<float> result =
        cross_entropy(Tensor<float>({2, 2}, {1e4f, -1e4f, 1e4f, -1e4f}), std::span<const std::uint8_t>(targets));
    CHECK(result.loss == Approx(1e4));
    CHECK(result.d_logits(1, 0) == Approx(0.5));
    CHECK(result.d_logits(0, 0) == 0);
}

TEST_CASE("cross-entropy refuses what does not fit") {
    const std::vector<std::uint8_t> one = {0}, no_class = {0, 2};
    CHECK_THROWS_AS(cross_entropy(Tensor<float>({2, 2}), std::span<const std::uint8_t>(one)), ShapeError);
    CHECK_THROWS_WITH(cross_entropy(Tensor<float>({2, 2}), std::span<const std::uint8_t>(no_class)),
                      contains("target 2 is out of bounds for 2 classes"));
}

TEST_CASE("SGD with momentum takes the steps that one computes by hand") {
    Parameter<double> p(Tensor<double>({1}, 1.0));
    SGD<double> sgd({{"p", &p}}, 0.9);
    p.grad[0] = 2.0;
    sgd.step(0.1);  // v = 2
    CHECK(p.value[0] == Approx(0.8));
    p.grad[0] = -1.0;
    sgd.step(0.1);  // v = 0.9·2 − 1 = 0.8
    CHECK(p.value[0] == Approx(0.72));
    sgd.step(0.01);  // v = 0.9·0.8 − 1 = −0.28
    CHECK(p.value[0] == Approx(0.7228));
}

TEST_CASE("learning rates") {
    CHECK(learning_rate(Schedule::constant, 0.1, 99, 100) == 0.1);
    CHECK(learning_rate(Schedule::cosine, 0.1, 0, 100) == Approx(0.1));
    CHECK(learning_rate(Schedule::cosine, 0.1, 50, 100) == Approx(0.05));
    CHECK(learning_rate(Schedule::cosine, 0.1, 100, 100) == Approx(0.0).margin(1e-15));
}

TEST_CASE("the loader gives every image once and standardises its colours") {
    const ImageSet images = easy_images(10, 3);
    DataLoader<float> loader(images, 4);
    CHECK(loader.batch_count() == 3);
    CHECK(loader.batch(2).images.shape() == Shape{2, 3, 32, 32});
    const float first = loader.batch(0).images(1, 2, 3, 4);
    const double pixel = images.pixels[static_cast<std::size_t>(image_bytes + 2 * 1024 + 3 * 32 + 4)];
    CHECK(first == Approx((pixel / 255 - 0.4465) / 0.2616).epsilon(1e-5));

    Random random(1);
    loader.shuffle(random);
    std::multiset<float> seen, expected;
    bool moved = false;
    for (Index b = 0; b < 3; ++b) {
        const Batch<float> batch = loader.batch(b);
        for (Index n = 0; n < batch.images.size(0); ++n)
            seen.insert(batch.images(n, 0, 0, 0) + batch.images(n, 1, 7, 7));
        moved = moved || batch.images(0, 0, 0, 0) != DataLoader<float>(images, 4).batch(b).images(0, 0, 0, 0);
    }
    for (Index n = 0; n < 10; ++n) {
        const Batch<float> alone = DataLoader<float>(images, 1).batch(n);
        expected.insert(alone.images(0, 0, 0, 0) + alone.images(0, 1, 7, 7));
        CHECK(alone.labels[0] == images.labels[static_cast<std::size_t>(n)]);
    }
    CHECK(seen == expected);
    CHECK(moved);
}

TEST_CASE("the plain network's gradients agree with finite differences") {
    Random random(3);
    PlainCNN<double> model(random);
    model.conv1.needs_input_grad = true;
    Tensor<double> x = normal({2, 3, 32, 32}, 4);
    const Tensor<double> cotangent = normal({2, 2}, 5);
    model(x);
    const Tensor<double> d_x = model.backprop(cotangent);
    CHECK(d_x.shape() == x.shape());
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return inner_product(cotangent.values(), model(x).values());
    };
    // A few of each tensor: all would take minutes.
    for (const auto& [name, p] : model.named_parameters()) {
        CAPTURE(name);
        const std::span<double> some = p->value.values().first(std::min<std::size_t>(8, p->value.values().size()));
        CHECK(relative_error(p->grad.values().first(some.size()), numerical_gradient(loss, some, 1e-6)) < 1e-6);
    }
    CHECK(relative_error(d_x.values().first(8), numerical_gradient(loss, x.values().first(8), 1e-6)) < 1e-6);
}

TEST_CASE("training learns and the same seed gives the same run") {
    const Dataset data = easy_data();
    Options options;
    options.epochs = 3;
    options.batch = 10;
    const auto run = [&](std::uint64_t seed) {
        options.seed = seed;
        Random random(seed);
        PlainCNN<float> model(random);
        return train(model, data, options);
    };
    const auto first = run(1), again = run(1), other = run(2);
    CHECK(first.size() == 3);
    CHECK(first.back().train_accuracy == 1);
    CHECK(first.back().validation_accuracy == 1);
    CHECK(first[0].loss > first[2].loss);
    CHECK(again[2].loss == first[2].loss);
    CHECK(other[2].loss != first[2].loss);
    CHECK(epoch_columns(first)[4].name == "seconds");
}

TEST_CASE("evaluate leaves the model as it was") {
    Sequential<float> model;
    auto& norm = model.add<BatchNorm2d<float>>(3);
    model.train();
    Random random(1);
    class Head : public Module<float> {
    public:
        explicit Head(Random& r) : fc(3 * 32 * 32, 2, true, r) { register_module("fc", fc); }
        Tensor<float> forward(const Tensor<float>& x) override { return fc(flatten(x)); }
        Tensor<float> backward(const Tensor<float>& d) override { return fc.backprop(d); }
        std::string type_name() const override { return "Head"; }
        Linear<float> fc;
    };
    model.add<Head>(random);
    evaluate(model, easy_images(20, 1));
    CHECK(model.training());
    CHECK(norm.num_batches_tracked() == 0);
    CHECK_THROWS_AS(model.backprop(Tensor<float>({20, 2})), std::logic_error);
}

TEST_CASE("a loss that is not finite stops training and names epoch and step and layer") {
    Random random(1);
    PlainCNN<float> model(random);
    Options options;
    options.epochs = 2;
    options.batch = 10;
    options.lr = 1e30;
    CHECK_THAT(message_of([&] { train(model, easy_data(), options); }),
               contains("epoch 1, step 2; the first layer whose output is not finite: conv2 (Conv2d)"));

    PlainCNN<float> poisoned(random);
    poisoned.fc2.bias.value[0] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(message_of([&] { evaluate(poisoned, easy_images(5, 1)); }), contains("fc2 (Linear)"));
}

TEST_CASE("a wrong shape names the layer") {
    Random random(1);
    PlainCNN<float> model(random);
    CHECK(message_of([&] {
              model(Tensor<float>({2, 1, 32, 32}));
          }) ==
          "Given groups=1, weight of size [8, 3, 3, 3], expected input[2, 1, 32, 32] to have 3 channels, but got 1 "
          "channels instead (in conv1)");
}
