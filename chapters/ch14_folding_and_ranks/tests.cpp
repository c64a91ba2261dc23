#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch14_folding_and_ranks/experiments.hpp"
#include "ch14_folding_and_ranks/mpi_communicator.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

template <std::floating_point T = double>
Tensor<T> normal(Shape shape, std::uint64_t seed, double mean = 0, double sigma = 1) {
    Tensor<T> t(std::move(shape));
    Random(seed).fill_normal(t.values(), mean, sigma);
    return t;
}

// Weights, biases and running statistics as a long training might leave them: none is 0 or 1.
template <class T>
void disturb(Module<T>& model, std::uint64_t seed) {
    Random random(seed);
    for (auto& [name, entry] : model.state_dict())
        if (auto* t = std::get_if<Tensor<T>>(&entry)) {
            const bool variance = name.ends_with("running_var"), norm = name.find("bn") != std::string::npos;
            if (variance) random.fill_uniform(t->values(), 0.2, 3.0);
            if (!variance && norm) random.fill_normal(t->values(), 0.3, 0.8);
        }
}

template <class T>
double largest_difference(const Tensor<T>& a, const Tensor<T>& b) {
    REQUIRE(a.shape() == b.shape());
    return distance(std::vector<T>(a.values().begin(), a.values().end()),
                    std::vector<T>(b.values().begin(), b.values().end()));
}

// Of tensors or vectors: the largest difference, by the largest of `b`.
template <class A, class B>
double relative(const A& a, const B& b) {
    const std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
    return relative_error(x, y);
}

template <class T>
bool same_bits(const Tensor<T>& a, const Tensor<T>& b) {
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.values().size_bytes()) == 0;
}

// Images first … of a tensor.
template <class T>
Tensor<T> images_of(const Tensor<T>& x, Shard shard) {
    return part_of(Batch<T>{x, std::vector<std::uint8_t>(static_cast<std::size_t>(x.size(0)))}, shard).images;
}

}  // namespace

TEST_CASE("folded weights are PyTorch's") {
    Random random(0);
    FastConv2d<double> conv(2, 3, {.kernel_size = {1, 2}}, random),
        unbiased(2, 3, {.kernel_size = {1, 2}, .bias = false}, random);
    const std::vector<double> weight = {0.5, -1, 2, 0.25, 1, 1, -0.5, 3, -2, 0.75, 0, 1.5};
    std::copy(weight.begin(), weight.end(), conv.weight.value.data());
    std::copy(weight.begin(), weight.end(), unbiased.weight.value.data());
    conv.bias.value.copy_(Tensor<double>({3}, {1, -2, 0.5}));
    BatchNorm2d<double> norm(3, {.eps = 1e-3});
    norm.weight.value.copy_(Tensor<double>({3}, {2, -0.5, 0}));
    norm.bias.value.copy_(Tensor<double>({3}, {0.25, 1, -3}));
    StateDict<double> state = norm.state_dict();
    std::get<Tensor<double>>(state[2].second).copy_(Tensor<double>({3}, {0.5, -1, 4}));
    std::get<Tensor<double>>(state[3].second).copy_(Tensor<double>({3}, {4, 0.25, 9}));
    for (Module<double>* module : std::initializer_list<Module<double>*>{&conv, &unbiased, &norm}) module->eval();

    const auto fused = fuse_conv_bn_eval(conv, norm);
    CHECK(relative_error(fused->weight.value.values(),
                         std::vector<double>{0.49993751171630907, -0.9998750234326181, 1.9997500468652363,
                                             0.24996875585815453, -0.998005980069749, -0.998005980069749,
                                             0.4990029900348745, -2.9940179402092473, 0, 0, 0, 0}) < 1e-15);
    CHECK(relative_error(fused->bias.value.values(), std::vector<double>{0.7499375117163091, 1.998005980069749, -3.0}) <
          1e-15);
    CHECK(relative_error(fuse_conv_bn_eval(unbiased, norm)->bias.value.values(),
                         std::vector<double>{-0.24993751171630907, 0.0019940199302509454, -3.0}) < 1e-15);
    CHECK_FALSE(fused->training());
    conv.train();
    CHECK(message_of([&] { fuse_conv_bn_eval(conv, norm); }) == "Fusion only for eval!");
}

TEMPLATE_TEST_CASE("the article's network, folded, has the same logits", "", float, double) {
    // Eqs. (14.1)–(14.5)
    const ImageSet images = make_sketches(1, 64, 8).train;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        Random random(seed);
        ResNet<TestType> model(random);
        train_in_pieces(model, {images, 16, 4, seed}, {1}, [](int) {});
        if (seed > 1) disturb(model, seed);
        model.eval();
        const auto before = numbers_of(model, true);
        const auto folded = fuse_res_net(model);
        CHECK(numbers_of(model, true) == before);
        CHECK(folded->parameter_count() == 71'874 - 112);
        const Tensor<TestType> logits = logits_of(model, images), others = logits_of(*folded, images);
        const Agreement both = agreement(logits, others);
        CHECK(both.largest_difference <= (sizeof(TestType) == 4 ? 1e-5 : 1e-13) * std::max(1.0, both.largest_logit));
        CHECK(both.same_class == both.images);
        CHECK(both.largest_logit > 0.1);
    }
}

TEST_CASE("every part that chapter 6 runs together can be folded") {
    Random random(4);
    const Tensor<double> x = normal({3, 4, 8, 8}, 1);
    FastReLU<double> relu(true);
    FastMaxPool2d<double> pool(2);
    for (const bool bias : {true, false})
        for (const bool affine : {true, false})
            for (const Index stride : {1, 2}) {
                FastConv2d<double> conv(4, 6, {.kernel_size = 3, .stride = stride, .padding = 1, .bias = bias}, random);
                FastBatchNorm2d<double> norm(6, {.eps = 0.1, .affine = affine});
                norm(normal({4, 6, 2, 2}, 5, 2, 3));  // running statistics that are not 0 and 1
                if (affine) Random(6).fill_normal(norm.weight.value.values());
                if (affine) Random(7).fill_normal(norm.bias.value.values());
                conv.eval(), norm.eval();
                const auto folded = fuse_conv_bn_eval(conv, norm);
                const NoGradGuard no_grad;
                ConvBnReLU2d<double> plain(conv, &norm, &relu), plain_folded(*folded, nullptr, &relu);
                const Tensor<double> z = plain(x);
                CHECK(largest_difference(z, plain_folded(x)) < 1e-13);
                const Tensor<double> shortcut = normal(z.shape(), 8);
                CHECK(largest_difference(plain(x, shortcut), plain_folded(x, shortcut)) < 1e-13);
                ConvBnReLU2d<double> pooled(conv, &norm, &relu, &pool), pooled_folded(*folded, nullptr, &relu, &pool);
                CHECK(largest_difference(pooled(x), pooled_folded(x)) < 1e-13);
                CHECK(folded->to_string() == "Conv2d(4, 6, kernel_size=(3, 3), stride=(" + std::to_string(stride) +
                                                 ", " + std::to_string(stride) + "), padding=(1, 1))");
            }
}

TEST_CASE("what cannot be folded is refused") {
    Random random(1);
    FastConv2d<float> conv(2, 3, {.kernel_size = 3}, random);
    FastBatchNorm2d<float> norm(3), other(4), untracked(3, {.track_running_stats = false});
    conv.eval();
    CHECK(message_of([&] { fuse_conv_bn_eval(conv, norm); }) == "Fusion only for eval!");
    norm.eval(), other.eval(), untracked.eval();
    CHECK(message_of([&] { fuse_conv_bn_eval(conv, norm); }) == "nothing was thrown");
    CHECK_THAT(message_of([&] { fuse_conv_bn_eval(conv, other); }), contains("running_mean should contain 3"));
    CHECK_THAT(message_of([&] { fuse_conv_bn_eval(conv, untracked); }), contains("without running statistics"));
    ResNet<float> training(random), without(random, false);
    CHECK(message_of([&] { fuse_res_net(training); }) == "Fusion only for eval!");
    without.eval();
    CHECK_THAT(message_of([&] { fuse_res_net(without); }), contains("no batch norm"));
}

TEST_CASE("folded into the convolution after it, only zero padding is wrong") {
    // Eqs. (14.6)–(14.9)
    const Tensor<double> x = normal({2, 3, 6, 5}, 1), conv_weight = normal({4, 3, 3, 3}, 2), conv_bias = normal({4}, 3),
                         mean = normal({3}, 4, 2), gamma = normal({3}, 5), beta = normal({3}, 6), none;
    const Tensor<double> var({3}, {0.5, 2, 3});
    const double eps = 0.1;
    const ChannelMaps maps = channel_maps(mean, var, eps, gamma, beta);
    const Tensor<double> normed = batch_norm_2d_eval(x, mean, var, gamma, beta, eps);
    const auto fused = fuse_bn_conv_weights(mean, var, eps, gamma, beta, conv_weight, conv_bias);
    CHECK(largest_difference(conv2d(normed, conv_weight, conv_bias), conv2d(x, fused.weight, fused.bias)) < 1e-13);
    CHECK(largest_difference(
              conv2d(normed, conv_weight, none),
              conv2d(x, fused.weight, fuse_bn_conv_weights(mean, var, eps, gamma, beta, conv_weight, none).bias)) <
          1e-13);

    const Tensor<double> right = conv2d(normed, conv_weight, conv_bias, {.padding = 1}),
                         wrong = conv2d(x, fused.weight, fused.bias, {.padding = 1});
    for (Index n = 0; n < 2; ++n)
        for (Index co = 0; co < 4; ++co)
            for (Index h = 0; h < 6; ++h)
                for (Index w = 0; w < 5; ++w) {
                    // The taps that lie outside of the image: Eq. (14.8)
                    double outside = 0;
                    for (Index c = 0; c < 3; ++c)
                        for (Index i = 0; i < 3; ++i)
                            for (Index j = 0; j < 3; ++j)
                                if (h + i < 1 || h + i > 6 || w + j < 1 || w + j > 5)
                                    outside += conv_weight(co, c, i, j) * maps.shift[static_cast<std::size_t>(c)];
                    CAPTURE(n, co, h, w);
                    CHECK(wrong(n, co, h, w) - right(n, co, h, w) == Approx(outside).margin(1e-12));
                }
    CHECK(largest_difference(right, wrong) > 1);
    const Tensor<double> mended = conv2d(framed(x, neutral_padding(maps)), fused.weight, fused.bias);
    CHECK(largest_difference(right, mended) < 1e-12);
}

TEST_CASE("the wrong folding's accuracy is that of a network with its weights") {
    Random random(3);
    ResNet<float> model(random), folded(random);
    disturb(model, 3);
    model.eval(), folded.eval();
    ImageSet images = make_sketches(1, 120, 2).train;
    const auto larger = [](const Tensor<float>& logits) {
        std::vector<double> differences;
        for (Index n = 0; n < logits.size(0); ++n) differences.push_back(logits(n, 1) - logits(n, 0));
        return differences;
    };
    // A bias with which half of the answers are "bird"; and what the network then says is right
    model.fc2.bias.value[1] -= static_cast<float>(spread_of(larger(logits_of(model, images))).median);
    const std::vector<double> answers = larger(logits_of(model, images));
    for (std::size_t n = 0; n < 120; ++n) images.labels[n] = answers[n] > 0 ? label_bird : label_airplane;

    // By hand: each tap's w·(p − mean)/std is w/std·p, and a bias of −w/std·mean
    load_state_dict(folded, model.state_dict());
    for (Index i = 0; i < folded.conv1.weight.value.numel(); ++i) {
        const std::size_t c = static_cast<std::size_t>(i / 9 % 3);
        const double weight = folded.conv1.weight.value[i] / colour_std[c];
        folded.conv1.weight.value[i] = static_cast<float>(weight);
        folded.conv1.bias.value[i / 27] -= static_cast<float>(weight * colour_mean[c]);
    }
    Tensor<float> pixels({120, 3, 32, 32});
    for (Index i = 0; i < pixels.numel(); ++i)
        pixels[i] = static_cast<float>(images.pixels[static_cast<std::size_t>(i)]) / 255;
    double same = 0;
    const std::vector<double> others = larger(folded(pixels));
    for (std::size_t n = 0; n < 120; ++n) same += (others[n] > 0) == (answers[n] > 0);

    // Rounding may change the answer to an image or two
    const EdgeError error = edge_error(model, images);
    CHECK(error.accuracy == Approx(1).margin(0.02));
    CHECK(error.accuracy_padded == Approx(1).margin(0.02));
    CHECK(error.accuracy_folded == Approx(same / 120).margin(0.02));
    CHECK(same / 120 < 0.95);
}

TEST_CASE("shards are as large as their shares, and none is empty") {
    // Eq. (14.10)
    CHECK(to_text(shards_of(64, equal_shares(3))) == "21 + 21 + 22");
    CHECK(to_text(shards_of(64, rising_shares(4))) == "6 + 13 + 19 + 26");
    CHECK(to_text(shards_of(4, equal_shares(4))) == "1 + 1 + 1 + 1");
    for (const Index N : {7, 64, 100}) {
        Index next = 0;
        for (const Shard& shard : shards_of(N, rising_shares(3))) {
            CHECK(shard.first == next);
            next += shard.count;
        }
        CHECK(next == N);
    }
    CHECK(message_of([] { shards_of(3, equal_shares(4)); }) ==
          "a batch of 3 images leaves none for rank 0 of 4; take a larger --batch, or fewer ranks");
    CHECK_THAT(message_of([] { shards_of(8, {7, 0, 1}); }), contains("rank 1 of 3"));
}

TEST_CASE("merged statistics are those of all values together") {
    // Eqs. (14.13)–(14.15), also where E[x²] − μ² has no digit left
    for (const double mean : {0.0, 1e9}) {
        const Tensor<double> x = normal({11, 3, 2, 2}, 1, mean);
        const ChannelStatistics whole = channel_statistics(x);
        ChannelStatistics all = shard_statistics(images_of(x, {0, 1}));
        all = merged(all, shard_statistics(images_of(x, {1, 7})));
        all = merged(all, shard_statistics(Tensor<double>({0, 3, 2, 2})));
        all = merged(all, shard_statistics(images_of(x, {8, 3})));
        CHECK(all.count == whole.count);
        for (std::size_t c = 0; c < 3; ++c) {
            CHECK(std::abs(all.mean[c] - whole.mean[c]) <= 1e-15 * std::max(1.0, mean) * 4);
            CHECK(all.variance[c] == Approx(whole.variance[c]).epsilon(mean > 0 ? 1e-6 : 1e-14));
        }
    }
    // By hand: (1, 7) and (9, 15, 18)
    const ChannelStatistics both = merged({{4}, {9}, 2}, {{14}, {14}, 3});
    CHECK(both.count == 5);
    CHECK(both.mean[0] == Approx(10));
    CHECK(both.variance[0] == Approx((81 + 9 + 1 + 25 + 64) / 5.0));
}

TEMPLATE_TEST_CASE("ranks with a synchronised norm do what one does with the whole batch", "", float, double) {
    // Eqs. (14.16)–(14.20)
    const Tensor<TestType> x = normal<TestType>({13, 5, 3, 4}, 1, 2, 3), d_y = normal<TestType>(x.shape(), 2);
    const BatchNorm2dOptions options{.eps = 0.5, .momentum = 0.3};  // both so large that they show
    FastBatchNorm2d<TestType> norm(5, options);
    Random(3).fill_normal(norm.weight.value.values());
    Random(4).fill_normal(norm.bias.value.values());
    norm.zero_grad();
    const Tensor<TestType> y = norm(x), d_x = norm.backprop(d_y);
    const double tolerance = sizeof(TestType) == 4 ? 2e-6 : 1e-14;
    for (const std::vector<Index>& shares : std::vector<std::vector<Index>>{{1}, {1, 1}, {1, 11, 1}, {4, 3, 2, 1}}) {
        const int R = static_cast<int>(shares.size());
        const std::vector<Shard> shards = shards_of(13, shares);
        CAPTURE(to_text(shards));
        std::vector<Tensor<TestType>> ys(shares.size()), d_xs(shares.size());
        std::vector<std::vector<TestType>> states(shares.size());
        std::vector<bool> same(shares.size());
        run_ranks(R, [&](Communicator& ranks) {
            const std::size_t r = static_cast<std::size_t>(ranks.rank());
            SyncBatchNorm<TestType> mine(ranks, 5, options);
            mine.weight.value.copy_(norm.weight.value);
            mine.bias.value.copy_(norm.bias.value);
            mine.zero_grad();
            ys[r] = mine(images_of(x, shards[r]));
            d_xs[r] = mine.backprop(images_of(d_y, shards[r]));
            sum_gradients(mine, ranks);
            states[r] = numbers_of(mine, true);
            for (const auto& [name, p] : mine.named_parameters())
                states[r].insert(states[r].end(), p->grad.values().begin(), p->grad.values().end());
            same[r] = same_on_all(ranks, states[r]);
            // In eval mode nobody has to wait for anybody
            mine.eval();
            if (r == 0) mine(images_of(x, shards[r]));
        });
        std::vector<TestType> expected = numbers_of(norm, true);
        for (const auto& [name, p] : norm.named_parameters())
            expected.insert(expected.end(), p->grad.values().begin(), p->grad.values().end());
        for (std::size_t r = 0; r < shares.size(); ++r) {
            CHECK(relative(ys[r].values(), images_of(y, shards[r]).values()) < tolerance);
            CHECK(relative(d_xs[r].values(), images_of(d_x, shards[r]).values()) < tolerance);
            CHECK(same[r]);
        }
        CHECK(relative(states[0], expected) < tolerance);
        if (R == 1) CHECK(same_bits(ys[0], y));
        if (R == 1) CHECK(same_bits(d_xs[0], d_x));
        if (R == 1) CHECK(states[0] == expected);
    }
}

TEST_CASE("gradients across ranks agree with central differences") {
    // The loss is the sum over all ranks; each number of x, on whatever rank, is moved
    Tensor<double> x = normal({5, 2, 2, 1}, 1);
    const Tensor<double> cotangent = normal(x.shape(), 2);
    const std::vector<Shard> shards = shards_of(5, {1, 3, 1});
    std::vector<double> losses(3);
    Tensor<double> d_x(x.shape());
    const auto pass = [&](bool backward) {
        run_ranks(3, [&](Communicator& ranks) {
            const std::size_t r = static_cast<std::size_t>(ranks.rank());
            SyncBatchNorm<double> norm(ranks, 2, {.eps = 0.2});
            norm.weight.value.copy_(Tensor<double>({2}, {1.5, -0.5}));
            const Tensor<double> mine = images_of(cotangent, shards[r]), y = norm(images_of(x, shards[r]));
            losses[r] = inner_product(mine.values(), y.values());
            if (!backward) return;
            const Tensor<double> d = norm.backprop(mine);
            std::copy_n(d.data(), d.numel(), d_x.data() + shards[r].first * 4);
        });
        return losses[0] + losses[1] + losses[2];
    };
    pass(true);
    CHECK(relative_error(d_x.values(), numerical_gradient([&] { return pass(false); }, x.values())) < 1e-6);
}

TEST_CASE("as PyTorch prints it, and what it refuses") {
    run_ranks(2, [](Communicator& ranks) {
        SyncBatchNorm<float> norm(ranks, 16), small(ranks, 2);
        std::string message = norm.to_string();
        static std::mutex one_at_a_time;  // Catch2 is not for several threads
        const auto check = [&](bool right) {
            const std::lock_guard lock(one_at_a_time);
            CHECK(right);
        };
        check(message == "SyncBatchNorm(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)");
        check(norm.state_dict().size() == 5);
        message = message_of([&] { norm(Tensor<float>({2, 8, 3, 3})); });
        check(message == "running_mean should contain 8 elements not 16");
        // No images on one rank: both learn it, and nothing is counted
        message = message_of([&] { small(Tensor<float>({ranks.rank() == 0 ? 3 : 0, 2, 1, 1})); });
        check(message == "rank 1 of 2 has no images");
        check(small.num_batches_tracked() == 0);
        // One value per channel on each rank makes two: that is a batch
        message = message_of([&] { small(Tensor<float>({1, 2, 1, 1}, static_cast<float>(ranks.rank()))); });
        check(message == "nothing was thrown");
        check(std::abs(small.running_mean()[0] - 0.05f) < 1e-7f);
    });
    run_ranks(1, [](Communicator& ranks) {
        SyncBatchNorm<float> norm(ranks, 2);
        CHECK_THAT(message_of([&] { norm(Tensor<float>({1, 2, 1, 1})); }), contains("Expected more than 1 value per"));
    });
}

TEST_CASE("gathered numbers come in the order of ranks, and are counted") {
    run_ranks(4, [](Communicator& ranks) {
        for (int round = 0; round < 200; ++round) {
            const std::vector<int> all = ranks.all_gather(std::vector<int>{ranks.rank(), round});
            if (all != std::vector<int>{0, round, 1, round, 2, round, 3, round}) throw std::logic_error("wrong");
        }
        if (ranks.traffic().exchanges != 200 || ranks.traffic().bytes != 200 * 3 * 8) throw std::logic_error("wrong");
    });
}

TEST_CASE("traffic of a while is what came in since its beginning") {
    const Traffic before{3, 40, 1.0}, after{7, 100, 3.5}, between = after - before;
    CHECK(between.exchanges == 4);
    CHECK(between.bytes == 60);
    CHECK(between.seconds == 2.5);
}

TEST_CASE("when one rank fails, none waits for it") {
    std::vector<std::string> messages(3);
    const auto all = [&](Communicator& ranks) {
        const std::size_t r = static_cast<std::size_t>(ranks.rank());
        try {
            for (int step = 0;; ++step) {
                if (r == 1 && step == 5) throw std::logic_error("this rank has had enough");
                ranks.all_gather(std::vector<int>{step});
            }
        } catch (const std::exception& error) {
            messages[r] = error.what();
            throw;
        }
    };
    CHECK(message_of([&] { run_ranks(3, all); }) == "this rank has had enough");
    CHECK(messages ==
          std::vector<std::string>{"another rank has failed", "this rank has had enough", "another rank has failed"});
}

TEST_CASE("ranks that would not train alike say so before they begin") {
    const Dataset data = make_sketches(1, 32, 2), other = make_sketches(2, 32, 2);
    const auto complaint = [&](const auto& plan_of, const std::vector<Index>& shares) {
        std::vector<std::string> messages(3);
        run_ranks(3, [&](Communicator& ranks) {
            const auto model = make_network<double>(0);
            messages[static_cast<std::size_t>(ranks.rank())] =
                message_of([&] { train_on_ranks(*model, plan_of(ranks.rank()), shares, ranks, [](int) {}); });
        });
        CHECK(messages[1] == messages[0]);
        CHECK(messages[2] == messages[0]);
        return messages[0];
    };
    const auto plan = [&](const ImageSet& images, Index batch, std::uint64_t seed) {
        return TrainingPlan{images, batch, 1, seed};
    };
    CHECK(complaint([&](int) { return plan(data.train, 6, 0); }, {1, 1, 1}) == "nothing was thrown");
    CHECK_THAT(complaint([&](int) { return plan(data.train, 6, 0); }, {1, 0, 1}),
               contains("leaves none for rank 1 of 3 (shares 1:0:1)"));
    CHECK_THAT(complaint([&](int) { return plan(data.train, 2, 0); }, {1, 1, 1}), contains("batch of 2 images leaves"));
    CHECK_THAT(complaint([&](int) { return plan(data.train, 64, 0); }, {1, 1, 1}), contains("cannot be taken from 32"));
    const std::string different = "rank 2 was started with other images or options than rank 0";
    CHECK(complaint([&](int r) { return plan(r == 2 ? other.train : data.train, 6, 0); }, {1, 1, 1}) == different);
    CHECK(complaint([&](int r) { return plan(data.train, 6, r == 2 ? 1 : 0); }, {1, 1, 1}) == different);
    CHECK(complaint([&](int r) { return plan(data.train, r == 2 ? 7 : 6, 0); }, {1, 1, 1}) == different);
    const auto with_rate = [&](int r) { return TrainingPlan{data.train, 6, 1, 0, r == 2 ? 0.02 : 0.01}; };
    CHECK(complaint(with_rate, {1, 1, 1}) == different);
    CHECK_THAT(complaint([&](int) { return plan(data.train, 6, 0); }, {1, 1}), contains("2 shares do not fit 3 ranks"));
    // Steps: agree() alone, since training would wait for ever if it let them pass
    std::vector<std::string> messages(3);
    run_ranks(3, [&](Communicator& ranks) {
        const auto model = make_network<double>(0);
        const TrainingPlan mine{data.train, 6, ranks.rank() == 2 ? 2 : 1};
        messages[static_cast<std::size_t>(ranks.rank())] = message_of([&] { agree(ranks, *model, mine, {1, 1, 1}); });
    });
    CHECK(messages == std::vector<std::string>(3, different));
}

TEST_CASE("in one piece training is chapter 12's, to the bit") {
    const ImageSet images = make_sketches(1, 24, 2).train;
    const auto model = make_network<float>(5), expected = make_network<float>(5);
    train_in_pieces(*model, {images, 8, 6, 5}, {1}, [](int) {});  // six steps: two epochs
    train_with(Recipe{.epochs = 2, .schedule = Schedule::constant, .batch = 8}, *expected, images, 5,
               [](Index, Index) {});
    CHECK(numbers_of(*model, true) == numbers_of(*expected, true));
}

TEST_CASE("bytes of a step are what the formulas say") {
    // Eqs. (14.21)–(14.23)
    const ImageSet images = make_sketches(1, 16, 2).train;
    for (const int R : {1, 2, 3})
        run_ranks(R, [&](Communicator& ranks) {
            const StepTraffic step = traffic_of_a_step<float>(ranks, {images, 8});
            if (ranks.rank() != R - 1) return;
            CHECK(step.parameters == 71'874);
            CHECK(step.gradients.bytes == gradient_bytes(71'874, R, 4));
            CHECK(step.gradients.exchanges == 1);
            REQUIRE(step.layers.size() == 4);
            const char* names[] = {"norm_initial", "res_block1.norm1", "res_block1.norm2", "res_block1.norm3"};
            for (std::size_t i = 0; i < 4; ++i) {
                const Index C = i == 0 ? 8 : 16;
                CHECK(step.layers[i].layer == names[i]);
                CHECK(step.layers[i].channels == C);
                CHECK(step.layers[i].forward.bytes == forward_bytes(C, R));
                CHECK(step.layers[i].backward.bytes == backward_bytes(C, R));
                CHECK(step.layers[i].forward.exchanges == 1);
                CHECK(step.layers[i].backward.exchanges == 1);
            }
        });
    CHECK(forward_bytes(16, 2) == 264);
    CHECK(backward_bytes(16, 8) == 1792);
    CHECK(all_reduce_bytes(71'874, 2, 4) == gradient_bytes(71'874, 2, 4));  // Eq. (14.24)
    CHECK(all_reduce_bytes(1000, 4, 8) == 12'000);
}

TEST_CASE("in double, 50 steps on ranks follow whole batches; without synchronisation they do not") {
    const ImageSet images = make_sketches(3, 200, 2).train;
    const TrainingPlan plan{images, 12, 50, 7};
    const Path<double> whole = whole_batch_path<double>(plan);
    REQUIRE(whole.size() == 50);
    CHECK(distance(whole[0], whole[49]) > 1e-2);  // it does move
    for (const Way& way : all_ways()) {
        const double last = distances(way, plan, whole).back();
        CAPTURE(way.name, last);
        if (way.name == "synchronised_1") CHECK(last == 0);
        if (way.kind == Kind::reversed || way.kind == Kind::synchronised)
            CHECK(last < 1e-10);
        else
            CHECK(last > 1e-3);
    }
    // Gradient accumulation is as good, and as bad, as ranks with statistics of their own
    Path<double> pieces;
    const auto model = make_network<double>(plan.seed);
    train_in_pieces(*model, plan, {1, 2, 1}, [&](int) { pieces.push_back(numbers_of(*model)); });
    CHECK(distances({"own", Kind::own, {1, 2, 1}}, plan, pieces).back() < 1e-10);
    CHECK(distance(pieces[49], whole[49]) > 1e-3);
}

TEST_CASE("in float, ranks drift from whole batches no sooner than another order of images does") {
    const ImageSet images = make_sketches(3, 200, 2).train;
    const TrainingPlan plan{images, 12, 5, 8};
    const Path<float> whole = whole_batch_path<float>(plan);
    CHECK(distances({"one", Kind::synchronised, {1}}, plan, whole).back() == 0);
    for (const Way& way : all_ways())
        if (way.kind == Kind::reversed || way.kind == Kind::synchronised)
            CHECK(distances(way, plan, whole).back() < 1e-4);
}

TEST_CASE("all ranks hold the same bits, those of synchronised running statistics too") {
    const ImageSet images = make_sketches(3, 60, 2).train;
    for (const bool synchronise : {true, false})
        run_ranks(3, [&](Communicator& ranks) {
            const auto model = make_network<float>(1, synchronise ? &ranks : nullptr);
            train_on_ranks(*model, {images, 10, 6, 1}, {1, 2, 1}, ranks, [](int) {});
            const bool parameters = same_on_all(ranks, numbers_of(*model)),
                       all = same_on_all(ranks, numbers_of(*model, true));
            if (ranks.rank() != 0) return;
            CHECK(parameters);
            CHECK(all == synchronise);
        });
}

TEST_CASE("a race is won by the faster") {
    volatile double sink = 0;
    const auto work = [&](int times) {
        for (int i = 0; i < times * 20'000; ++i) sink = sink + 1;
    };
    const Race result = race(
        7, [&] { work(4); }, [&] { work(1); });
    CHECK(result.ratio() > 2);
    CHECK(result.first > result.second);
}

TEST_CASE("a race puts the number of threads back") {
    const int before = omp_get_max_threads();
    omp_set_num_threads(3);
    Random random(1);
    ResNet<float> model(random);
    model.eval();
    const auto folded = fuse_res_net(model);
    inference_race(model, *folded, normal<float>({1, 3, 32, 32}, 1), false, 1);
    const int after = omp_get_max_threads();
    omp_set_num_threads(before);
    CHECK(after == 3);
}

TEST_CASE("a race apart runs both networks layer by layer, and only while it lasts") {
    Random random(1);
    ResNet<float> model(random);
    model.eval();
    const auto folded = fuse_res_net(model);
    const auto listened_to = [](ResNet<float>& net) {
        int count = 0;
        for (const FastConv2d<float>* conv :
             {&net.conv1, &net.res_block1.conv1, &net.res_block1.conv2, &net.res_block1.conv3})
            count += conv->has_hooks();
        return count;
    };
    for (const bool apart : {true, false}) {
        // A hook on the whole network does not change how its layers are run; one on a convolution does
        std::vector<int> counts;
        std::vector<HookHandle> handles;
        for (ResNet<float>* net : {&model, folded.get()})
            handles.push_back(net->register_forward_pre_hook(
                [&, net](Module<float>&, const Tensor<float>&) { counts.push_back(listened_to(*net)); }));
        inference_race(model, *folded, normal<float>({1, 3, 32, 32}, 1), apart, 1);
        CHECK(counts.size() >= 4);
        CHECK(counts == std::vector<int>(counts.size(), apart ? 4 : 0));
        CHECK(listened_to(model) == 0);
        CHECK(listened_to(*folded) == 0);
    }
}

TEST_CASE("the title of ranks has the largest distances after the last step") {
    const ImageSet images = make_sketches(1, 8, 2).train;
    const std::vector<Way> ways = {{"synchronised_2", Kind::synchronised, {1, 1}}, {"own_2", Kind::own, {1, 1}}};
    const std::vector<WaysRun> runs = {{0, {{9e-12, 2e-12, 3e-12}, {0.9, 0.2, 0.3}}, {{1, 1, 1}, {1, 1, 1}}},
                                       {1, {{8e-12, 1e-12, 4e-12}, {0.8, 0.1, 0.2}}, {{1, 1, 1}, {1, 1, 1}}}};
    const Figure figure = ways_figure(ways, runs, {images, 4, 3}, {"drawings", "drawings", images, images});
    CHECK(figure.title == "From whole batches after 3 steps: synchronised 4.0e−12, own statistics 3.0e−01");
}

TEST_CASE("what the checkpoint has is not trained again") {
    const Dataset data = make_sketches(1, 24, 8), other = make_sketches(2, 24, 8);
    Amount amount;
    amount.seeds = {3};
    amount.batch = 12;
    Checkpoint checkpoint(Options{}, data);

    // Networks: with other images, those of the first call
    const auto logits = [&](const Dataset& images) {
        Networks networks(images, amount, checkpoint);
        ResNet<float>& model = *networks.trained().at(0);
        CHECK_FALSE(model.training());
        return logits_of(model, data.validation);
    };
    const Tensor<float> first = logits(data), again = logits(other);
    CHECK(std::ranges::equal(first.values(), again.values()));
    amount.seeds = {4};
    CHECK_FALSE(std::ranges::equal(first.values(), logits(other).values()));
    checkpoint.save("network 4", {{"conv1.weight", Tensor<float>({1})}});
    CHECK_THAT(message_of([&] { logits(data); }), contains("conv1.weight"));

    // Ways: only those that are missing are trained
    const auto ways_of = [&](const Dataset& images, const std::vector<Way>& ways) {
        return ways_run({images.train, amount.batch, 3, 0}, ways, checkpoint, [] {});
    };
    const Way pieces{"pieces", Kind::pieces, equal_shares(2)}, own{"own", Kind::own, equal_shares(2)};
    const WaysRun one = ways_of(data, {pieces}), two = ways_of(other, {own, pieces}), three = ways_of(data, {own});
    CHECK(one.in_double[0].size() == 3);
    CHECK(one.in_double[0] != one.in_float[0]);
    CHECK(two.in_double[1] == one.in_double[0]);
    CHECK(two.in_float[1] == one.in_float[0]);
    CHECK(three.in_double[0] == two.in_double[0]);
    Checkpoint empty(Options{}, data);
    const WaysRun afresh = ways_run({data.train, amount.batch, 3, 0}, {own}, empty, [] {});
    CHECK(afresh.in_double[0] != two.in_double[0]);  // which was trained on the other images
    checkpoint.save("ways 0", {{"own", Tensor<double>({2, 4})}});
    CHECK_THAT(message_of([&] { ways_of(data, {own}); }), contains("its 'own' has shape [2, 4]"));
}

TEST_CASE("run afresh, the captions hold", "[afresh]") {
    // Sketches, a seed that no figure uses, short
    const Dataset data = make_sketches(1, 600, 200);
    Amount amount;
    amount.seeds = {11};
    amount.rounds = 1;
    amount.batch = 12;
    Checkpoint checkpoint(Options{}, data);
    Networks networks(data, amount, checkpoint);
    const auto folding = folding_experiment(networks);
    REQUIRE(folding);
    CHECK_THAT(folding->title, contains("Folded: logits move by "));
    CHECK(folding->columns[1].name == "largest_difference");
    CHECK(folding->columns[1].values[0] > 0);
    CHECK(folding->columns[1].values[0] <= 1e-5);
    CHECK(folding->columns[4].values[0] == 200);
    const auto padding = padding_experiment(networks);
    REQUIRE(padding);
    CHECK_THAT(padding->title, contains("Folded into the convolution after it: off by "));
    CHECK(padding->columns[1].values[0] > 0.1);   // edge
    CHECK(padding->columns[2].values[0] < 1e-5);  // inside
    CHECK(padding->columns[3].values[0] < 1e-5);  // with the neutral padding everywhere
    CHECK(padding->columns[4].values[0] == padding->columns[6].values[0]);
    const auto ways = synchronised_experiment(data, amount, checkpoint);
    REQUIRE(ways);
    CHECK_THAT(ways->title, contains("From whole batches after 50 steps: synchronised "));
}

namespace {

// The columns of a committed table, by name.
std::map<std::string, std::vector<double>> table(const std::string& name) {
    std::ifstream file(project_root() / "plots" / (name + ".tsv"));
    REQUIRE(file);
    std::string line, cell;
    std::getline(file, line);
    std::vector<std::string> names;
    for (std::istringstream cells(line); std::getline(cells, cell, '\t');) names.push_back(cell);
    std::map<std::string, std::vector<double>> columns;
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        for (std::size_t i = 0; std::getline(cells, cell, '\t'); ++i)
            if (cell != "NaN") columns[names.at(i)].push_back(std::stod(cell));
    }
    return columns;
}

std::string script(const std::string& name) {
    std::ifstream file(project_root() / "plots" / (name + ".gp"));
    return {std::istreambuf_iterator<char>(file), {}};
}

double largest(const std::vector<double>& values) {
    return *std::max_element(values.begin(), values.end());
}

}  // namespace

TEST_CASE("the committed table of folding bears its caption out") {
    const auto t = table("ch14_folding");
    REQUIRE(t.at("seed").size() == 5);
    const double difference = largest(t.at("largest_difference"));
    CHECK(difference <= 1e-5);
    CHECK(t.at("same_class") == t.at("images"));
    std::vector<double> ratios;
    for (std::size_t i = 0; i < t.at("batch").size(); ++i)
        if (t.at("batch")[i] == 100) ratios.push_back(t.at("layers_ratio")[i]);
    REQUIRE(ratios.size() == 5);
    CHECK_THAT(script("ch14_folding"),
               contains("logits move by " + detail::scientific(difference) + " at most, inference is " +
                        number_text(spread_of(ratios).median, 2) + " times as fast"));
    CHECK(spread_of(ratios).median > 1.05);
}

TEST_CASE("the committed table of padding bears its caption out") {
    const auto t = table("ch14_padding");
    REQUIRE(t.at("seed").size() == 5);
    const double edge = largest(t.at("edge")), inside = largest(t.at("inside"));
    CHECK_THAT(script("ch14_padding"),
               contains("off by " + number_text(edge, 1) + " at the edge, " + detail::scientific(inside) + " inside"));
    CHECK(edge > 0.5);
    CHECK(inside < 1e-5);
    CHECK(t.at("accuracy") == t.at("accuracy_neutral"));
    CHECK(t.at("map").size() == 1024);
}

TEST_CASE("the committed table of ranks bears its caption out") {
    const auto t = table("ch14_ranks");
    REQUIRE(t.at("step").size() == 250);
    double synchronised = 0, own = 0;
    for (const Way& way : all_ways()) {
        const std::vector<double>& values = t.at("double_" + way.name);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (t.at("step")[i] != 50) continue;
            if (way.kind == Kind::synchronised) synchronised = std::max(synchronised, values[i]);
            if (way.kind == Kind::own) own = std::max(own, values[i]);
            if (way.kind == Kind::own || way.kind == Kind::pieces || way.kind == Kind::averaged)
                CHECK(values[i] > 1e-3);
        }
    }
    CHECK(synchronised < 1e-10);
    CHECK_THAT(script("ch14_ranks"), contains("after 50 steps: synchronised " + detail::scientific(synchronised) +
                                              ", own statistics " + detail::scientific(own)));
}

#ifdef BN_MPI

// These two are started by ranks_tests.sh, under mpirun: every rank runs them.

TEST_CASE("processes follow whole batches, and threads to the bit", "[.][processes]") {
    if (!started_by_mpirun()) return;
    MpiCommunicator ranks;
    const int R = ranks.size();
    const ImageSet images = make_sketches(3, 200, 2).train;
    const TrainingPlan plan{images, 12, 50, 9};
    for (const std::vector<Index>& shares : {equal_shares(R), rising_shares(R)}) {
        const auto model = make_network<double>(plan.seed, &ranks);
        train_on_ranks(*model, plan, shares, ranks, [](int) {});
        const std::vector<double> mine = numbers_of(*model, true);
        CHECK(distance(numbers_of(*model), whole_batch_path<double>(plan).back()) < 1e-10);
        CHECK(same_on_all(ranks, mine));
        std::vector<double> of_threads;
        run_ranks(R, [&](Communicator& threads) {
            const auto other = make_network<double>(plan.seed, &threads);
            train_on_ranks(*other, plan, shares, threads, [](int) {});
            if (threads.rank() == 0) of_threads = numbers_of(*other, true);
        });
        CHECK(of_threads == mine);

        const auto own = make_network<double>(plan.seed);
        train_on_ranks(*own, plan, shares, ranks, [](int) {});
        if (R > 1) CHECK(distance(numbers_of(*own), whole_batch_path<double>(plan).back()) > 1e-3);
    }
    const StepTraffic step = traffic_of_a_step<float>(ranks, {images, 12});
    CHECK(step.layers.at(1).forward.bytes == forward_bytes(16, R));
    CHECK(step.gradients.bytes == gradient_bytes(71'874, R, 4));
    finish_mpi(0);
}

TEST_CASE("a rank that says nothing is not waited for for ever", "[.][silent]") {
    if (!started_by_mpirun()) return;
    MpiCommunicator ranks(5.0);
    if (ranks.rank() == 1) std::this_thread::sleep_for(std::chrono::hours(1));
    ranks.all_gather(std::vector<int>{2});  // throws: the script looks for its words, and for the end of rank 1
}

#endif
