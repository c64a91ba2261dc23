#include <omp.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch07_training/training.hpp"
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
        if (size > 1e-6) largest = std::max(largest, relative_error(p->grad.values().first(count), numeric));
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

TEST_CASE("the block's gradient through its shared ReLU and its shortcut") {
    for (bool batch_norm : {true, false}) {
        CAPTURE(batch_norm);
        Random random(4);
        ResBlock<double> block(3, 4, batch_norm, random);
        CHECK(largest_error(block, normal({3, 3, 5, 5}, 1), {3, 4, 5, 5}) < 1e-6);
    }
}

TEST_CASE("a block that forgets the shortcut's gradient is rejected") {
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
