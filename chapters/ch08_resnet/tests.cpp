#include <omp.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch07_training/training.hpp"
#include "ch08_resnet/comparison.hpp"
#include "ch08_resnet/figures.hpp"
#include "ch08_resnet/res_net.hpp"

using namespace bn;

namespace {

Tensor<double> normal(Shape shape, std::uint64_t seed) {
    Tensor<double> t(std::move(shape));
    Random(seed).fill_normal(t.values());
    return t;
}

ImageSet noise_images(Index count, std::uint64_t seed) {
    ImageSet set;
    Random random(seed);
    for (Index n = 0; n < count; ++n) {
        const bool bird = n % 2 == 1;
        set.labels.push_back(bird ? label_bird : label_airplane);
        for (Index i = 0; i < image_bytes; ++i)
            set.pixels.push_back(static_cast<std::uint8_t>((bird ? 90 : 60) + random.below(100)));
    }
    return set;
}

// Gradients of all parameters and of x against central differences, on a few elements of each tensor.
double largest_error(Module<double>& model, Tensor<double> x, const Shape& y_shape) {
    const Tensor<double> cotangent = normal(y_shape, 99);
    model.zero_grad();
    model(x);
    const Tensor<double> d_x = model.backprop(cotangent);
    const auto loss = [&] {
        const NoGradGuard no_grad;
        return inner_product(cotangent.values(), model(x).values());
    };
    const std::size_t some = 6;
    double largest = relative_error(d_x.values().first(some), numerical_gradient(loss, x.values().first(some), 1e-6));
    for (const auto& [name, p] : model.named_parameters()) {
        // A bias that batch norm takes away again has a zero gradient: nothing to compare with.
        const std::size_t count = std::min(some, p->value.values().size());
        const std::vector<double> numeric = numerical_gradient(loss, p->value.values().first(count), 1e-6);
        const double size = std::abs(*std::max_element(numeric.begin(), numeric.end(),
                                                       [](double a, double b) { return std::abs(a) < std::abs(b); }));
        if (size <= 1e-6) continue;
        const double error = relative_error(p->grad.values().first(count), numeric);
        if (std::isnan(error)) return error;  // std::max would lose it
        largest = std::max(largest, error);
    }
    return largest;
}

}  // namespace

TEST_CASE("the network is printed as in the article and has its parameters") {
    Random random(0);
    ResNet<float> model(random);
    CHECK(model.to_string() ==
          "ResNet(\n"
          "  (conv1): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
          "  (bn_initial): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
          "  (res_block1): ResBlock(\n"
          "    (conv1): Conv2d(8, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
          "    (bn1): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
          "    (conv2): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
          "    (bn2): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
          "    (conv3): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
          "    (bn3): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
          "    (relu): ReLU(inplace=True)\n"
          "  )\n"
          "  (fc1): Linear(in_features=1024, out_features=64, bias=True)\n"
          "  (fc2): Linear(in_features=64, out_features=2, bias=True)\n"
          "  (relu): ReLU(inplace=True)\n"
          ")");
    CHECK(model.parameter_count() == 71'874);
    const StateDict<float> state = model.state_dict();
    CHECK(state.size() == 32);
    CHECK(state[0].first == "conv1.weight");
    CHECK(state[9].first == "res_block1.bn1.weight");
    CHECK(state[11].first == "res_block1.bn1.running_mean");
    CHECK(state.back().first == "fc2.bias");
    CHECK(ResNet<float>(random, false).parameter_count() == 71'874 - 2 * 8 - 3 * 2 * 16);
}

TEST_CASE("the parameters add up layer by layer") {
    const auto conv = [](Index in, Index out, Index kernel) { return out * (in * kernel * kernel + 1); };  // Eq. (8.3)
    const auto norm = [](Index channels) { return 2 * channels; };                                         // Eq. (8.4)
    const auto linear = [](Index in, Index out) { return out * (in + 1); };                                // Eq. (8.5)
    const std::vector<std::pair<std::string, Index>> expected = {
        {"conv1", conv(3, 8, 3)},
        {"bn_initial", norm(8)},
        {"res_block1.conv1", conv(8, 16, 3)},
        {"res_block1.bn1", norm(16)},
        {"res_block1.conv2", conv(16, 16, 3)},
        {"res_block1.bn2", norm(16)},
        {"res_block1.conv3", conv(16, 16, 3)},
        {"res_block1.bn3", norm(16)},
        {"res_block1.relu", 0},
        {"fc1", linear(1024, 64)},
        {"fc2", linear(64, 2)},
        {"relu", 0},
    };
    Random random(0);
    ResNet<float> model(random);
    std::vector<std::pair<std::string, Index>> counted;
    for (const auto& [name, module] : model.named_modules())
        if (!name.empty() && name != "res_block1") counted.emplace_back(name, module->parameter_count());
    CHECK(counted == expected);
}

TEST_CASE("weights of batch norm start at 1 and biases at 0; the other way round nothing comes back") {
    Random random(1);
    ResNet<double> model(random);
    Parameter<double>& weight = model.res_block1.bn1.weight;
    Parameter<double>& bias = model.res_block1.bn1.bias;
    CHECK(weight.value.numel() == 16);
    for (Index c = 0; c < 16; ++c) CHECK((weight.value[c] == 1 && bias.value[c] == 0));

    // The article's "[0, 1]": the output is 1 whatever goes in, and no gradient reaches the layers before.
    weight.value.fill_(0);
    bias.value.fill_(1);
    Tensor<double> y;
    const HookHandle handle =
        model.res_block1.bn1.register_forward_hook([&](auto&, const auto&, const auto& output) { y = output.clone(); });
    model(normal({2, 3, 32, 32}, 2));
    model.backprop(normal({2, 2}, 3));
    CHECK(std::all_of(y.values().begin(), y.values().end(), [](double value) { return value == 1; }));
    const auto is_zero = [](double d) { return d == 0; };
    for (const Tensor<double>* d : {&model.conv1.weight.grad, &model.res_block1.conv1.weight.grad})
        CHECK(std::all_of(d->values().begin(), d->values().end(), is_zero));
    CHECK_FALSE(std::all_of(weight.grad.values().begin(), weight.grad.values().end(), is_zero));
}

TEST_CASE("the block computes what the text says") {
    // Eq. (8.1), layer by layer, with ReLUs of their own
    Random random(4);
    ResBlock<double> block(3, 4, true, random);
    for (FastBatchNorm2d<double>* norm : {&block.bn1, &block.bn2, &block.bn3})  // each its own
        random.fill_normal(norm->weight.value.values());
    const Tensor<double> x = normal({2, 3, 5, 5}, 1);
    const Tensor<double> y = block(x);
    const Tensor<double> r = relu(block.bn1(block.conv1(x)));
    const Tensor<double> f = block.bn3(block.conv3(relu(block.bn2(block.conv2(r)))));
    for (Index i = 0; i < y.numel(); ++i) CHECK(y[i] == std::max(f[i] + r[i], 0.0));
}

TEST_CASE("the block's gradient through its shared ReLU and its shortcut") {
    for (bool batch_norm : {true, false}) {
        CAPTURE(batch_norm);
        Random random(4);
        ResBlock<double> block(3, 4, batch_norm, random);
        CHECK(largest_error(block, normal({3, 3, 5, 5}, 1), {3, 4, 5, 5}) < 1e-6);
    }
}

TEST_CASE("a block that forgets the shortcut's gradient is rejected") {
    // Eq. (8.2) without its second term
    class Forgetful : public ResBlock<double> {
    public:
        using ResBlock<double>::ResBlock;
        Tensor<double> backward(const Tensor<double>& d_y) override {
            return part1_.backprop(part2_.backprop(part3_.backprop(d_y).d_x).d_x).d_x;
        }
    };
    Random random(4);
    Forgetful block(3, 4, true, random);
    CHECK(largest_error(block, normal({3, 3, 5, 5}, 1), {3, 4, 5, 5}) > 0.1);
}

TEST_CASE("the network's gradients agree with finite differences in train and in eval mode") {
    Random random(5);
    ResNet<double> model(random);
    model.conv1.needs_input_grad = true;
    const Tensor<double> x = normal({2, 3, 32, 32}, 2);
    CHECK(largest_error(model, x, {2, 2}) < 1e-6);
    model.eval();
    CHECK(largest_error(model, x, {2, 2}) < 1e-6);
}

TEST_CASE("the biases before a batch norm have no gradient in training") {
    // Eq. (8.7)
    Random random(6);
    ResNet<double> model(random);
    model(normal({4, 3, 32, 32}, 3));
    model.backprop(normal({4, 2}, 4));
    for (FastConv2d<double>* conv :
         {&model.conv1, &model.res_block1.conv1, &model.res_block1.conv2, &model.res_block1.conv3}) {
        const auto largest = [](const Tensor<double>& t) {
            return std::abs(*std::max_element(t.values().begin(), t.values().end(),
                                              [](double a, double b) { return std::abs(a) < std::abs(b); }));
        };
        CHECK(largest(conv->bias.grad) < 1e-12);
        CHECK(largest(conv->weight.grad) > 1e-4);
    }
}

TEST_CASE("a bias before a batch norm changes nothing in training and everything in eval mode") {
    // Eq. (8.6)
    Random random(6);
    ResNet<double> model(random);
    const Tensor<double> x = normal({4, 3, 32, 32}, 3);
    const Tensor<double> before = model(x);
    model.eval();
    const Tensor<double> eval_before = model(x);
    model.train();
    for (double& b : model.res_block1.conv1.bias.value.values()) b += 3;
    CHECK(relative_error(model(x).values(), before.values()) < 1e-12);
    model.eval();
    CHECK(relative_error(model(x).values(), eval_before.values()) > 0.1);
}

TEST_CASE("how sure an accuracy is and how sure a difference") {
    // Eq. (8.8): 2,000 draws of 2,000 images at 89 %
    CHECK(200 * standard_error(0.89, 2000) == Approx(1.399).epsilon(1e-3));
    Random random(12);
    double sum = 0, squares = 0;
    constexpr int sets = 2000;
    for (int s = 0; s < sets; ++s) {
        int right = 0;
        for (int i = 0; i < 2000; ++i) right += random.uniform() < 0.89;
        sum += right / 2000.0;
        squares += right / 2000.0 * right / 2000.0;
    }
    CHECK(std::sqrt(squares / sets - sum / sets * (sum / sets)) == Approx(standard_error(0.89, 2000)).epsilon(0.05));

    // Eq. (8.9): the standard deviation of +1, +1, +1, -1 and six zeros, over the root of ten
    const std::vector<bool> first = {true, true, true, false, true, true, true, false, false, true};
    const std::vector<bool> second = {false, false, false, true, true, true, true, false, false, true};
    const PairedDifference pair = compare(first, second);
    CHECK(pair.only_first == 3);
    CHECK(pair.only_second == 1);
    CHECK(pair.difference == Approx(0.2));
    CHECK(pair.standard_error == Approx(std::sqrt((4 - 10 * 0.2 * 0.2) / 10 / 10)));
    CHECK(compare(first, first).standard_error == 0);
    CHECK_THROWS_AS(compare(first, {true}), std::invalid_argument);
    CHECK_THROWS_AS(compare({}, {}), std::invalid_argument);
}

TEST_CASE("answers are counted as evaluate counts them and sorting moves whole images") {
    const ImageSet images = noise_images(30, 5), sorted = sorted_by_class(images);
    Random random(3);
    ResNet<float> model(random);
    model.eval();
    const std::vector<bool> right = right_answers(model, images, 7);
    CHECK(right.size() == 30);
    CHECK(accuracy(right) == Approx(evaluate(model, images).accuracy));
    CHECK(accuracy(right_answers(model, sorted)) == accuracy(right));
    CHECK(std::is_sorted(sorted.labels.begin(), sorted.labels.end()));
    CHECK(model.bn_initial.num_batches_tracked() == 0);
    model.train();
    right_answers(model, images, 7);
    CHECK(model.bn_initial.num_batches_tracked() == 5);
    // Nothing was kept for a backward pass
    CHECK_THROWS_WITH(model.backprop(Tensor<float>({2, 2})), contains("NoGradGuard"));
}

TEST_CASE("the ReLU writes over bn1's output but the gradients do not mind") {
    Random random(7);
    ResBlock<double> block(2, 2, true, random);
    Tensor<double> kept, cloned;
    const HookHandle handle = block.bn1.register_forward_hook([&](auto&, const auto&, const auto& y) {
        kept = y;
        cloned = y.clone();
    });
    block(normal({2, 2, 4, 4}, 1));
    CHECK(*std::min_element(kept.values().begin(), kept.values().end()) == 0);
    CHECK(*std::min_element(cloned.values().begin(), cloned.values().end()) < 0);
}

TEST_CASE("any number of threads trains to the same bits") {
    const Dataset data{"noise", "noise", noise_images(70, 1), noise_images(20, 2)};
    Options options;
    options.epochs = 1;
    options.batch = 32;
    const int before = omp_get_max_threads();
    std::vector<std::vector<float>> weights;
    for (int threads : {1, 2, 3, 8}) {
        omp_set_num_threads(threads);
        Random random(1);
        ResNet<float> model(random);
        train(model, data, options);
        std::vector<float>& all = weights.emplace_back();
        for (const auto& [name, entry] : model.state_dict())
            if (const auto* t = std::get_if<Tensor<float>>(&entry))
                all.insert(all.end(), t->values().begin(), t->values().end());
    }
    omp_set_num_threads(before);
    for (const std::vector<float>& other : weights)
        CHECK(std::memcmp(other.data(), weights[0].data(), weights[0].size() * sizeof(float)) == 0);
}

TEST_CASE("the name of a layer deep in the network is in the message") {
    Random random(1);
    ResNet<float> model(random);
    CHECK_THROWS_WITH(model.res_block1(Tensor<float>({1, 4, 8, 8})),
                      contains("got 4 channels instead (in res_block1.conv1)"));
}
