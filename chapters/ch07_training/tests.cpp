#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <numbers>
#include <set>
#include <string>

#include "common/catch.hpp"

#include <unistd.h>

#include <filesystem>

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

// [N, …] to two logits.
template <class T>
class Head : public Module<T> {
public:
    Head(Index features, Random& random) : fc(features, 2, true, random) { this->register_module("fc", fc); }
    Tensor<T> forward(const Tensor<T>& x) override {
        shape_ = x.shape();
        return fc(flatten(x));
    }
    Tensor<T> backward(const Tensor<T>& d_y) override { return fc.backprop(d_y).reshape(shape_); }
    std::string type_name() const override { return "Head"; }
    Linear<T> fc;

private:
    Shape shape_;
};

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
    CHECK(result.loss == Approx(by_hand).epsilon(1e-12));  // Eqs. (7.3), (7.4)
    const auto loss = [&] { return cross_entropy(logits, std::span<const std::uint8_t>(targets)).loss; };
    CHECK(relative_error(result.d_logits.values(), numerical_gradient(loss, logits.values())) < 1e-6);

    // Each row adds up to zero: Eq. (7.7)
    for (Index n = 0; n < 5; ++n)
        CHECK(std::abs(result.d_logits(n, 0) + result.d_logits(n, 1) + result.d_logits(n, 2)) < 1e-15);

    // A backward that forgets to divide by N is rejected.
    Tensor<double> broken = result.d_logits.clone();
    for (double& d : broken.values()) d *= 5;
    CHECK(relative_error(broken.values(), numerical_gradient(loss, logits.values())) > 1);
}

TEST_CASE("cross-entropy of the text and of PyTorch") {
    const std::vector<std::uint8_t> by_hand = {1, 0}, classes = {0, 2};
    const CrossEntropy<double> text = cross_entropy<double>(Tensor<double>({2, 2}, {1, 3, 2, 2}), by_hand);
    CHECK(text.loss == Approx(0.4100).epsilon(1e-3));
    CHECK(text.d_logits(0, 1) == Approx(-0.0596).epsilon(1e-3));
    CHECK(text.d_logits(1, 0) == Approx(-0.25));

    // The numbers that torch.nn.functional.cross_entropy (1.13) gives
    const CrossEntropy<double> torch =
        cross_entropy<double>(Tensor<double>({2, 3}, {0.5, -1.25, 2.0, 3.0, 0.25, -0.75}), classes);
    const std::vector<double> d_logits = {-0.4115899089462778, 0.01536337016321822, 0.3962265387830596,
                                          0.45979311218199,    0.02939359025937039, -0.4891867024413605};
    CHECK(torch.loss == Approx(2.783226724668907).epsilon(1e-14));
    CHECK(relative_error(torch.d_logits.values(), d_logits) < 1e-14);
}

TEST_CASE("cross-entropy stands logits of ten thousand") {
    const std::vector<std::uint8_t> targets = {0, 1};
    const CrossEntropy<float> result =
        cross_entropy(Tensor<float>({2, 2}, {1e4f, -1e4f, 1e4f, -1e4f}), std::span<const std::uint8_t>(targets));
    CHECK(result.loss == Approx(1e4));
    // Two large logits that are close: what counts is their difference, which is exact.
    const std::uint8_t second[] = {1};
    for (const double base : {1e4, 1e8, -1e8}) {
        const auto close = cross_entropy(Tensor<double>({1, 2}, {base, base - 1.25}), std::span(second));
        const auto near_zero = cross_entropy(Tensor<double>({1, 2}, {0.0, -1.25}), std::span(second));
        CHECK(close.loss == near_zero.loss);
        CHECK(close.d_logits[0] == near_zero.d_logits[0]);
    }
    CHECK(result.d_logits(1, 0) == Approx(0.5));
    CHECK(result.d_logits(0, 0) == 0);
}

TEST_CASE("the record of the epochs comes back, number by number") {
    Random random(1);
    Linear<float> model(3, 2, true, random);
    SGD<float> sgd(model.named_parameters(), 0.9);
    const std::vector<EpochReport> reports = {{1, 0.7, 0.5, 0.4, 12.5}, {2, 0.6, 0.65, 0.45, 13.5}};
    const std::vector<EpochReport> back = load_training_state(training_state(model, sgd, reports), model, sgd);
    REQUIRE(back.size() == 2);
    for (std::size_t e = 0; e < 2; ++e) {
        CHECK(back[e].epoch == reports[e].epoch);
        CHECK(back[e].loss == reports[e].loss);
        CHECK(back[e].train_accuracy == reports[e].train_accuracy);
        CHECK(back[e].validation_accuracy == reports[e].validation_accuracy);
        CHECK(back[e].seconds == reports[e].seconds);
    }
}

TEST_CASE("cross-entropy refuses what does not fit") {
    const std::vector<std::uint8_t> one = {0}, no_class = {0, 2};
    CHECK_THROWS_AS(cross_entropy(Tensor<float>({2, 2}), std::span<const std::uint8_t>(one)), ShapeError);
    CHECK_THROWS_AS(cross_entropy(Tensor<float>({0, 2}), std::span<const std::uint8_t>()), ShapeError);
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

TEST_CASE("momentum adds up all gradients with weights that fade") {
    // Eq. (7.11): v is the sum of momentum^(t - s) * g of step s
    Parameter<double> p(Tensor<double>({1}));
    SGD<double> sgd({{"p", &p}}, 0.9);
    const Tensor<double> g = normal({40}, 11);
    double unrolled = 0, before = 0;
    for (Index t = 0; t < 40; ++t) {
        before = p.value[0];
        p.grad[0] = g[t];
        sgd.step(1);
        unrolled += std::pow(0.9, 39 - t) * g[t];
    }
    CHECK(before - p.value[0] == Approx(unrolled).epsilon(1e-12));

    // Eq. (7.12): a gradient that stays gets 1 / (1 - momentum) times the step in the end
    Parameter<double> q(Tensor<double>({1}));
    SGD<double> steady({{"q", &q}}, 0.9);
    q.grad[0] = 1;
    for (int t = 1; t <= 200; ++t) {
        before = q.value[0];
        steady.step(1);
        CHECK(before - q.value[0] == Approx((1 - std::pow(0.9, t)) / (1 - 0.9)).epsilon(1e-9));
    }
    CHECK(before - q.value[0] == Approx(10).epsilon(1e-6));
}

TEST_CASE("SGD with weight decay and a cosine takes PyTorch's steps") {
    // torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01) with CosineAnnealingLR(T_max=5), 1.13: the two weights
    // after each step
    const double gradients[5][2] = {{2, 0.5}, {-1, 0.25}, {0.5, -3}, {0, 0}, {1, 1}};
    const double expected[5][2] = {{0.799, -2.048},
                                   {0.7251025602882806, -2.107835046105946},
                                   {0.6437771289013183, -1.949070242496709},
                                   {0.6049188153175844, -1.87297124699636},
                                   {0.5856457440766781, -1.863411623889595}};
    Parameter<double> w(Tensor<double>({2}, {1.0, -2.0}));
    SGD<double> sgd({{"w", &w}}, 0.9, 0.01);
    for (Index t = 0; t < 5; ++t) {
        for (Index i = 0; i < 2; ++i) w.grad[i] = gradients[t][i];
        sgd.step(learning_rate(Schedule::cosine, 0.1, t, 5));
        for (Index i = 0; i < 2; ++i) CHECK(w.value[i] == Approx(expected[t][i]).epsilon(1e-14));
    }
}

TEST_CASE("weight decay reaches only the parameters that the optimiser was given") {
    Parameter<double> weight(Tensor<double>({1}, 2.0)), gamma(Tensor<double>({1}, 1.0));
    SGD<double> decays({{"weight", &weight}}, 0.9, 0.5), keeps({{"gamma", &gamma}}, 0.9);
    decays.step(0.1);
    keeps.step(0.1);
    CHECK(weight.value[0] == Approx(1.9));  // the gradient is 0: 0.1 · 0.5 · 2 goes
    CHECK(gamma.value[0] == 1);
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
    CHECK(loader.batch_count() == 3);  // Eq. (7.2): 10 images in batches of 4
    CHECK(loader.batch(2).images.shape() == Shape{2, 3, 32, 32});
    const double mean[] = {0.4914, 0.4822, 0.4465}, deviation[] = {0.2470, 0.2435, 0.2616};
    for (Index c = 0; c < 3; ++c) {  // Eq. (7.1)
        const double pixel = images.pixels[static_cast<std::size_t>(image_bytes + c * 1024 + 3 * 32 + 4)];
        CHECK(loader.batch(0).images(1, c, 3, 4) == Approx((pixel / 255 - mean[c]) / deviation[c]).epsilon(1e-5));
    }

    Random random(1);
    loader.shuffle(random);
    std::multiset<float> seen, expected;
    bool moved = false;
    for (Index b = 0; b < 3; ++b) {
        const Batch<float> batch = loader.batch(b);
        for (Index n = 0; n < batch.images.size(0); ++n) {
            seen.insert(batch.images(n, 0, 0, 0) + batch.images(n, 1, 7, 7));
            const bool white = batch.images(n, 0, 0, 0) > 0;  // a label goes where its image goes
            CHECK(white == (batch.labels[static_cast<std::size_t>(n)] == label_bird));
        }
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

TEST_CASE("drop_last leaves out the smaller batch") {
    const ImageSet images = easy_images(10, 3);
    CHECK(DataLoader<float>(images, 4, true).batch_count() == 2);
    CHECK(DataLoader<float>(images, 5, true).batch_count() == 2);  // comes out even: nothing to drop
    CHECK(DataLoader<float>(images, 3).batch(3).labels.size() == 1);
    CHECK(DataLoader<float>(images, 3, true).batch_count() == 3);
    CHECK(DataLoader<float>(images, 11, true).batch_count() == 0);
}

TEST_CASE("gradients of two half batches make the whole batch's unless there is batch norm") {
    // Eq. (7.14): each half's gradient, divided by 2, is added to what is there
    for (bool batch_norm : {false, true}) {
        CAPTURE(batch_norm);
        Random random(6);
        Sequential<double> model;
        model.add<Conv2d<double>>(3, 2, Conv2dOptions{.kernel_size = 3}, random);
        if (batch_norm) model.add<BatchNorm2d<double>>(2);
        model.add<Head<double>>(2 * 4 * 4, random);
        const Tensor<double> x = normal({8, 3, 6, 6}, 7);
        const std::vector<std::uint8_t> targets = {0, 1, 1, 0, 1, 1, 1, 0};
        const auto gradients = [&](Index parts) {
            model.zero_grad();
            const Index size = 8 / parts;
            for (Index j = 0; j < parts; ++j) {
                const std::span<const double> images =
                    x.values().subspan(static_cast<std::size_t>(j * size * 108), static_cast<std::size_t>(size * 108));
                CrossEntropy<double> loss = cross_entropy(
                    model(Tensor<double>({size, 3, 6, 6}, std::vector<double>(images.begin(), images.end()))),
                    std::span(targets).subspan(static_cast<std::size_t>(j * size), static_cast<std::size_t>(size)));
                for (double& d : loss.d_logits.values()) d /= static_cast<double>(parts);
                model.backprop(loss.d_logits);
            }
            std::vector<double> all;
            for (const auto& [name, p] : model.named_parameters())
                all.insert(all.end(), p->grad.values().begin(), p->grad.values().end());
            return all;
        };
        const double error = relative_error(gradients(2), gradients(1));
        if (batch_norm)
            CHECK(error > 0.05);
        else
            CHECK(error < 1e-14);
    }
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

TEST_CASE("training is the steps of the text, one by one") {
    // Three steps an epoch, the last one smaller; batch norm, so that the mode counts; a momentum that is no default
    const Dataset data{"test images", "test", easy_images(25, 1), easy_images(10, 2)};
    Options options;
    options.epochs = 2;
    options.batch = 10;
    options.momentum = 0.5;
    options.lr = 0.01;
    options.schedule = Schedule::cosine;
    Random a(3), b(3);
    Sequential<double> trained, by_hand;
    trained.add<BatchNorm2d<double>>(3);
    trained.add<Head<double>>(3 * 32 * 32, a);
    by_hand.add<BatchNorm2d<double>>(3);
    by_hand.add<Head<double>>(3 * 32 * 32, b);
    trained.eval();  // which training undoes
    const std::vector<EpochReport> reports = train(trained, data, options);

    Random random(options.seed + 0x5EED);
    DataLoader<double> loader(data.train, 10);
    SGD<double> sgd(by_hand.named_parameters(), 0.5);
    for (Index step = 0; step < 6; ++step) {
        if (step % 3 == 0) loader.shuffle(random);
        const Batch<double> batch = loader.batch(step % 3);
        by_hand.zero_grad();
        by_hand.backprop(cross_entropy(by_hand(batch.images), std::span<const std::uint8_t>(batch.labels)).d_logits);
        sgd.step(0.005 * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / 6)));  // Eq. (7.13)
    }
    REQUIRE(reports.size() == 2);
    CHECK(trained.training());
    const auto expected = by_hand.state_dict();
    const auto state = trained.state_dict();
    for (std::size_t i = 0; i < state.size(); ++i) {
        CAPTURE(state[i].first);
        if (const auto* t = std::get_if<Tensor<double>>(&state[i].second))
            CHECK(relative_error(t->values(), std::get<Tensor<double>>(expected[i].second).values()) < 1e-12);
        else
            CHECK(std::get<std::int64_t>(state[i].second) == 6);
    }
}

TEST_CASE("a report has the mean loss of its steps and each set's own accuracy") {
    // The validation images are the training images under the other label
    Dataset data{"test images", "test", easy_images(40, 1), easy_images(40, 1)};
    for (std::uint8_t& label : data.validation.labels) label = label == label_bird ? label_airplane : label_bird;
    Options options;
    options.epochs = 2;
    options.batch = 10;
    options.lr = 0;  // nothing moves: each step's loss is its batch's, and the batches are alike in size
    Random random(4);
    Head<double> model(image_bytes, random);
    const std::vector<EpochReport> still = train(model, data, options);
    const Evaluation whole = evaluate(model, data.train);
    for (const EpochReport& report : still) {
        CHECK(report.loss == Approx(whole.loss).epsilon(1e-12));
        CHECK(report.train_accuracy == whole.accuracy);
        CHECK(report.validation_accuracy == 1 - whole.accuracy);
    }

    options.lr = 0.01;
    const EpochReport learnt = train(model, data, options).back();
    CHECK(learnt.train_accuracy == 1);
    CHECK(learnt.validation_accuracy == 0);
}

TEST_CASE("an epoch whose evaluation Ctrl-C cuts short is not reported", "[interrupted]") {
    // In a process of its own, since an interrupt stays seen: this program starts itself for this test only
    if (!std::getenv("BN_INTERRUPTED")) {
        const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
        CHECK(std::system(("BN_INTERRUPTED=1 '" + program + "' '[interrupted]' >/dev/null").c_str()) == 0);
        return;
    }
    Options options;
    options.epochs = 1;
    options.batch = 100;  // one step, and after it the signal
    Random random(1);
    Head<double> model(image_bytes, random);
    CHECK(train(model, easy_data(), options, [] { std::raise(SIGINT); }).empty());
}

TEST_CASE("the best epoch is the one with the best validation accuracy") {
    const std::vector<EpochReport> reports = {
        {1, 0.5, 0.80, 0.70, 1}, {2, 0.4, 0.85, 0.75, 1}, {3, 0.3, 0.95, 0.72, 1}, {4, 0.2, 0.90, 0.75, 1}};
    CHECK(best_epoch(reports).epoch == 2);  // of equal ones the first
}

TEST_CASE("evaluate leaves the model as it was") {
    Sequential<float> model;
    auto& norm = model.add<BatchNorm2d<float>>(3);
    model.train();
    Random random(1);
    model.add<Head<float>>(3 * 32 * 32, random);
    evaluate(model, easy_images(20, 1));
    CHECK(model.training());
    CHECK(norm.num_batches_tracked() == 0);
    CHECK_THROWS_AS(model.backprop(Tensor<float>({20, 2})), std::logic_error);
}

TEST_CASE("evaluate weighs each batch by its images") {
    // Eq. (7.15): 130 images are a batch of 100 and one of 30
    Random random(2);
    PlainCNN<float> model(random);
    const ImageSet images = easy_images(130, 4);
    const Batch<float> all = DataLoader<float>(images, 130).batch(0);
    model.eval();
    const double at_once = cross_entropy(model(all.images), std::span<const std::uint8_t>(all.labels)).loss;
    CHECK(evaluate(model, images).loss == Approx(at_once).epsilon(1e-6));
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

TEST_CASE("a run that was cut after any epoch goes on to the same bits") {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("bn_run_" + std::to_string(::getpid()));
    Dataset data = easy_data();
    for (std::size_t n = 0; n < 100; ++n)
        data.train.labels[n] = n / 3 % 2;  // hard: there is something to do until the end
    Options options;
    options.epochs = 4;
    options.batch = 30;  // four steps an epoch, the last one smaller
    options.schedule = Schedule::cosine;

    // Trains until `cut` steps are done, or to the end, and returns the last state, with a record of the chapter's own.
    // The state has parameters, velocities, running statistics and their count.
    struct Cut {};
    const auto run = [&](const Options& run_options, int cut) {
        Random random(3);
        Sequential<float> model;
        model.add<FastBatchNorm2d<float>>(3);
        model.add<Head<float>>(image_bytes, random);
        NamedTensors last;
        WholeNumbers steps{{1}, {0}};
        Checkpoint checkpoint(run_options, data);
        const auto on_step = [&] {
            if (++steps.values[0] == cut) throw Cut();
        };
        const auto save = [&](NamedTensors& state) {
            state["steps"] = steps;
            last = state;
        };
        const auto load = [&](const NamedTensors& state) { steps = saved<WholeNumbers>(state, "steps"); };
        train(model, data, run_options, on_step, {&checkpoint, "run", save, load});
        // All but the seconds
        Tensor<double>& epochs = std::get<Tensor<double>>(last.at("epochs"));
        for (Index i = 0; i < epochs.size(0); ++i) epochs(i, 3) = 0;
        return safetensors_bytes({last, {}});
    };

    const std::vector<std::byte> whole = run(options, -1);
    CHECK(parse_safetensors(whole).tensors.size() == 13);
    Options first = options, second = options;
    first.checkpoint = second.resume = file;
    for (const int cut : {1, 4, 6, 8, 11, 15, 16}) {
        CAPTURE(cut);
        std::filesystem::remove(file);
        CHECK_THROWS_AS(run(first, cut), Cut);
        CHECK(run(second, -1) == whole);
    }
    // Cut and resumed twice; and resumed when it was at its end
    second.checkpoint = file;
    CHECK_THROWS_AS(run(first, 6), Cut);
    CHECK_THROWS_AS(run(second, 13), Cut);
    CHECK(run(second, -1) == whole);
    CHECK(run(second, -1) == whole);

    // A state that does not fit is refused: another model, or no velocities
    const auto refusal = [&](const std::function<void(NamedTensors&)>& change) {
        Checkpoint(first, data).save("run", {});
        TensorFile contents = parse_checkpoint(read_bytes(file, 1 << 20));
        NamedTensors state = parse_safetensors(whole).tensors;
        change(state);
        for (const auto& [name, tensor] : state) contents.tensors["run/" + name] = tensor;
        write_atomically(file, checkpoint_bytes(contents));
        return message_of([&] { run(second, -1); });
    };
    const std::string refused = "cannot resume from " + file.string() + ": ";
    CHECK_THAT(refusal([](NamedTensors& state) { state.erase("model.0.weight"); }),
               contains(refused + "Error(s) in loading state_dict for Sequential:") &&
                   contains("Missing key(s) in state_dict: \"0.weight\""));
    CHECK_THAT(refusal([](NamedTensors& state) { state.erase("velocity.0.weight"); }),
               contains(refused + "SGD: there is no velocity of shape [3] for 0.weight"));
    CHECK_THAT(refusal([](NamedTensors& state) { state["velocity.0.bias"] = Tensor<float>({4}); }),
               contains(refused + "SGD: there is no velocity of shape [3] for 0.bias"));
    CHECK_THAT(refusal([](NamedTensors& state) { state["model.0.bias"] = Tensor<double>({3}); }),
               contains(refused + "'0.bias' is F64"));
    CHECK_THAT(refusal([](NamedTensors& state) { state["epochs"] = Tensor<double>({4}); }),
               contains(refused + "its 'epochs' have shape [4]"));
    CHECK_THAT(refusal([](NamedTensors& state) {
                   state["epochs"] = Tensor<double>({1, 1});
               }),
               contains(refused + "its 'epochs' have shape [1, 1]"));
    CHECK_THAT(refusal([](NamedTensors& state) { state.erase("epochs"); }), contains(refused + "it has no 'epochs'"));
    std::filesystem::remove(file);
}
