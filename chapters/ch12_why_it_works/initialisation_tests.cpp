#include "common/catch.hpp"

#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/initialisation.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

std::vector<float> parameters_and_buffers(Module<float>& model) {
    std::vector<float> all;
    for (const auto& [name, entry] : model.state_dict())
        if (const auto* t = std::get_if<Tensor<float>>(&entry))
            all.insert(all.end(), t->values().begin(), t->values().end());
        else
            all.push_back(static_cast<float>(std::get<std::int64_t>(entry)));
    return all;
}

}  // namespace

TEST_CASE("initialisation: a power of two changes not one bit if epsilon is 0, and another factor does") {
    const ImageSet images = make_sketches(3, 16, 2).train;
    const Tensor<float> x = DataLoader<float>(images, 16).batch(0).images;
    Random random(1);
    FastConv2d<float> conv(3, 8, {.kernel_size = 3, .padding = 1}, random);
    const std::vector<float> before = parameters_and_buffers(conv);
    for (const int exponent : {-20, -3, 1, 20}) CHECK(changed_bits(conv, x, exponent) == 0);
    CHECK(parameters_and_buffers(conv) == before);

    // With epsilon they do change, and a factor of 3 rounds
    FastBatchNorm2d<float> norm(8), exact(8, {.eps = 0.0});
    const Tensor<float> y = norm(conv(x)).clone(), z = exact(conv(x)).clone();
    scale_parameters(conv, 0.5);
    CHECK(largest_change(norm(conv(x)), y) > 1e-7);
    scale_parameters(conv, 6);
    CHECK(largest_change(exact(conv(x)), z) > 0);
    CHECK(largest_change(exact(conv(x)), z) < 1e-5);
}

TEST_CASE("initialisation: by how much epsilon lets a scale through") {
    // Eq. (12.5) for each channel: outputs shrink by the factor √(1 + ε/σ²)/√(1 + ε/(aσ)²)
    const ImageSet images = make_sketches(3, 16, 2).train;
    Tensor<double> x = DataLoader<double>(images, 16).batch(0).images;
    Random random(1);
    FastConv2d<double> conv(3, 8, {.kernel_size = 3, .padding = 1}, random);
    FastBatchNorm2d<double> norm(8);
    for (const double a : {0.01, 0.1, 10.0}) {
        const Tensor<double> u = conv(x).clone();
        const ChannelStatistics s = channel_statistics(u);
        const Tensor<double> y = norm(u).clone();
        Tensor<double> scaled = u.clone();
        for (double& value : scaled.values()) value *= a;
        const Tensor<double> z = norm(scaled);
        for (Index c = 0; c < 8; ++c) {
            const double variance = s.variance[static_cast<std::size_t>(c)];
            const double factor = std::sqrt((1 + 1e-5 / variance) / (1 + 1e-5 / (a * a * variance)));
            CHECK(z(3, c, 5, 6) == Approx(factor * y(3, c, 5, 6)).epsilon(1e-10));
        }
    }
}

TEST_CASE("initialisation: measuring leaves the model as it was") {
    const ImageSet images = make_sketches(3, 16, 2).train;
    const Tensor<float> x = DataLoader<float>(images, 16).batch(0).images;
    Random random(1);
    ResNet<float> model(random);
    model.eval();
    const std::vector<float> before = parameters_and_buffers(model);
    // Protected and not protected: conv1 and fc1
    CHECK(change_of_logits(model, x, Scaled::conv1, 10) < 1e-3);
    CHECK(change_of_logits(model, x, Scaled::fc1, 10) > 1);
    CHECK(parameters_and_buffers(model) == before);
    CHECK_FALSE(model.training());
    ResNet<float> plain(random, false);
    CHECK(change_of_logits(plain, x, Scaled::conv1, 10) > 1);
}

TEST_CASE("initialisation: the title is what the runs say") {
    RunTable runs({"seed", "batch_norm", "fc1", "exponent", "change", "validation"});
    for (const double seed : {0.0, 1.0, 2.0})
        for (const double with : {1.0, 0.0})
            for (const double fc1 : {1.0, 0.0})
                for (const double exponent : {-1.0, 0.0, 1.0}) {
                    const double loss = fc1 > 0 ? 0.3 : with > 0 ? -0.01 : 0.1;
                    runs.add({seed, with, fc1, exponent, 0.5, 0.8 + seed / 100 - (exponent < 0 ? loss : 0)});
                }
    CHECK(worst_loss(runs, true, Scaled::conv1) == 0);
    CHECK(initialisation_title(runs) ==
          "Scaling conv1 costs 0.0 points with batch norm, 10.0 without; scaling fc1 30.0");
}

TEST_CASE("initialisation: run afresh on sketches, conv1's scale matters without batch norm only, fc1's always",
          "[afresh]") {
    const RunTable runs = initialisation_runs(make_sketches(1, 1000, 500), {10, 11, 12}, {0, 2}, {.epochs = 2});
    const double with = worst_loss(runs, true, Scaled::conv1), without = worst_loss(runs, false, Scaled::conv1),
                 fc1 = worst_loss(runs, true, Scaled::fc1);
    CAPTURE(initialisation_title(runs));
    CHECK(without > with + 0.05);
    CHECK(fc1 > with + 0.05);
    CHECK(with < 0.05);
    // conv1 × 100: the logits stay, with batch norm; without they grow
    CHECK(runs.median("change", {{"batch_norm", 1}, {"fc1", 0}, {"exponent", 2}}) < 1e-3);
    CHECK(runs.median("change", {{"batch_norm", 0}, {"fc1", 0}, {"exponent", 2}}) > 10);
    CHECK(runs.median("change", {{"batch_norm", 1}, {"fc1", 1}, {"exponent", 2}}) > 10);
}

TEST_CASE("initialisation: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_initialisation");
    CHECK_THAT(committed_title("ch12_initialisation"), contains(initialisation_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    CHECK(runs.distinct("exponent") == std::vector<double>{-2, -1, 0, 1, 2});
    // In points: less than 2 with batch norm, more than 5 without, and fc1 more than 10 even with it
    CHECK(worst_loss(runs, true, Scaled::conv1) < 0.02);
    CHECK(worst_loss(runs, false, Scaled::conv1) > 0.05);
    CHECK(worst_loss(runs, true, Scaled::fc1) > 0.10);
    // Epsilon lets a smaller scale through, and hardly a larger one, Eq. (12.5)
    const auto change = [&](double exponent) {
        return runs.median("change", {{"batch_norm", 1}, {"fc1", 0}, {"exponent", exponent}});
    };
    CHECK(change(2) < 1e-3);
    CHECK(change(-2) > 100 * change(2));
}
