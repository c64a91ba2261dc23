#include "common/catch.hpp"

#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/projection.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

// A convolution and a batch norm, their gradients for a random cotangent, in double.
struct ConvAndNorm {
    Random random;
    FastConv2d<double> conv;
    FastBatchNorm2d<double> norm;
    Tensor<double> x, cotangent;

    explicit ConvAndNorm(double eps)
        : random(5),
          conv(3, 4, {.kernel_size = 3, .padding = 1}, random),
          norm(4, {.eps = eps}),
          x({2, 3, 6, 6}),
          cotangent({2, 4, 6, 6}) {
        random.fill_normal(x.values(), 0.3, 2.0);
        random.fill_normal(cotangent.values());
        random.fill_normal(norm.weight.value.values());
        random.fill_normal(norm.bias.value.values());
    }
    ChannelStatistics backprop() {
        conv.zero_grad();
        norm.zero_grad();
        const Tensor<double> u = conv(x);
        norm(u);
        conv.backprop(norm.backprop(cotangent));
        return channel_statistics(u);
    }
};

}  // namespace

TEST_CASE("projection: gradient times weight is γ dγ ε/(σ² + ε)") {
    // Eq. (12.7), with an ε large enough to see
    for (const double eps : {0.0, 1e-5, 0.1}) {
        ConvAndNorm pair(eps);
        const ChannelStatistics s = pair.backprop();
        const std::vector<FilterStep> filters = filter_steps(pair.conv, pair.conv.weight.value);
        REQUIRE(filters.size() == 4);
        for (Index c = 0; c < 4; ++c) {
            const FilterStep& f = filters[static_cast<std::size_t>(c)];
            const double variance = s.variance[static_cast<std::size_t>(c)];
            const double expected = pair.norm.weight.value[c] * pair.norm.weight.grad[c] * eps / (variance + eps);
            CHECK(f.dot == Approx(expected).epsilon(1e-9).margin(1e-12));
            if (eps == 0.1) CHECK(std::abs(f.dot) > 1e-4);
            CHECK(std::abs(f.d_bias) < 1e-12);  // Eq. (12.8)
        }
    }
}

TEST_CASE("projection: a filter twice as long has half the gradient") {
    // Eq. (12.6), ε = 0
    ConvAndNorm pair(0.0);
    pair.backprop();
    const Tensor<double> gradient = pair.conv.weight.grad.clone();
    for (auto* p : {&pair.conv.weight, &pair.conv.bias})
        for (double& value : p->value.values()) value *= 2;
    pair.backprop();
    for (Index i = 0; i < gradient.numel(); ++i)
        CHECK(pair.conv.weight.grad[i] == Approx(0.5 * gradient[i]).margin(1e-12));
}

TEST_CASE("projection: a step of η at length ‖w‖ turns a filter as far as one of η/‖w‖² at length 1") {
    // Eqs. (12.11), (12.12): exactly so with ε = 0
    std::vector<Tensor<double>> directions;
    for (const double length : {1.0, 3.0}) {
        ConvAndNorm pair(0.0);
        const auto normalised = [&](double to) {  // every filter to one length
            const std::vector<FilterStep> f = filter_steps(pair.conv, pair.conv.weight.value);
            Tensor<double>& w = pair.conv.weight.value;
            for (Index i = 0; i < w.numel(); ++i)
                w[i] *= to / std::sqrt(f[static_cast<std::size_t>(i / (w.numel() / 4))].weight2);
        };
        normalised(length);
        pair.backprop();
        const double lr = 0.01 * length * length;
        for (Index i = 0; i < pair.conv.weight.value.numel(); ++i)
            pair.conv.weight.value[i] -= lr * pair.conv.weight.grad[i];
        normalised(1);
        directions.push_back(pair.conv.weight.value.clone());
    }
    for (Index i = 0; i < directions[0].numel(); ++i) CHECK(directions[0][i] == Approx(directions[1][i]).margin(1e-12));
}

TEST_CASE("projection: the effective rate is the filters' ‖w_0‖²/‖w‖²") {
    // Eq. (12.12), from the weights of a training of our own
    const Dataset data = make_sketches(2, 128, 20);
    const Recipe recipe{.lr = 0.3, .momentum = 0, .schedule = Schedule::constant, .batch = 16};
    const RunTable runs = projection_runs(data, {3}, recipe, 1);
    Random random(3);
    ResNet<float> model(random);
    const auto lengths2 = [&] {
        std::vector<double> all;
        for (const FastConv2d<float>* conv :
             {&model.conv1, &model.res_block1.conv1, &model.res_block1.conv2, &model.res_block1.conv3})
            for (Index f = 0; f < conv->weight.value.size(0); ++f) {
                const Index length = conv->weight.value.numel() / conv->weight.value.size(0);
                const auto filter = conv->weight.value.values().subspan(static_cast<std::size_t>(f * length),
                                                                        static_cast<std::size_t>(length));
                double sum = 0;
                for (const float w : filter) sum += static_cast<double>(w) * static_cast<double>(w);
                all.push_back(sum);
            }
        return all;
    };
    const std::vector<double> before = lengths2();
    train_with(recipe, model, data.train, 3, [](Index, Index) {});
    const std::vector<double> after = lengths2();
    REQUIRE(before.size() == 56);
    double rate = 0;
    for (std::size_t f = 0; f < 56; ++f) rate += before[f] / after[f] / 56;
    CHECK(rate < 0.9);
    const std::vector<double> found = runs.values("rate", {{"batch_norm", 1}});
    REQUIRE(found.size() == 2);
    CHECK(found[0] == 1);
    CHECK(found[1] == Approx(rate).epsilon(1e-4));
}

TEST_CASE("projection: run afresh on sketches, right angles and Pythagoras with batch norm only", "[afresh]") {
    const RunTable runs = projection_runs(make_sketches(1, 1000, 100), {10, 11, 12}, {.lr = 0.3, .epochs = 2}, 4);
    CHECK(runs.columns()[0].values.size() == 3 * 2 * 5);
    for (const double cosine : runs.values("cosine", {{"batch_norm", 1}})) CHECK(cosine < 0.002);
    for (const double cosine : runs.values("cosine", {{"batch_norm", 0}})) CHECK(cosine > 0.1);
    for (const double d_bias : runs.values("d_bias", {{"batch_norm", 1}})) CHECK(d_bias < 1e-5);
    for (const double d_bias : runs.values("d_bias", {{"batch_norm", 0}})) CHECK(d_bias > 1e-3);
    const auto norm2 = runs.values("norm2", {{"batch_norm", 1}}), summed2 = runs.values("summed2", {{"batch_norm", 1}});
    for (std::size_t i = 0; i < norm2.size(); ++i) CHECK(norm2[i] == Approx(summed2[i]).epsilon(1e-3));
    // ‖w‖² grows with every record, and so the effective rate falls
    const auto rate = runs.values("rate", {{"batch_norm", 1}});
    for (std::size_t i = 0; i < norm2.size(); ++i) {
        if (i % 5 == 0) continue;
        CHECK(norm2[i] > norm2[i - 1]);
        CHECK(rate[i] < rate[i - 1]);
    }
    CHECK_THAT(projection_title(runs), contains("Gradients are at right angles to filters: ‖w‖² grows by "));
}

TEST_CASE("projection: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_projection");
    CHECK_THAT(committed_title("ch12_projection"), contains(projection_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    const double end = runs.distinct("epoch").back();
    for (const double cosine : runs.values("cosine", {{"batch_norm", 1}})) CHECK(cosine < 0.001);
    for (const double cosine : runs.values("cosine", {{"batch_norm", 0}})) CHECK(cosine > 0.1);
    const auto at_end = [&](const char* name) { return runs.values(name, {{"batch_norm", 1}, {"epoch", end}}); };
    const std::vector<double> norm2 = at_end("norm2"), summed2 = at_end("summed2"), rate = at_end("rate");
    for (std::size_t i = 0; i < norm2.size(); ++i) {
        CHECK(norm2[i] == Approx(summed2[i]).epsilon(0.002));
        CHECK(norm2[i] > 1.2);  // a fifth or more
        CHECK(rate[i] < 0.85);
    }
    for (const double d_bias : runs.values("d_bias", {{"batch_norm", 1}})) CHECK(d_bias < 1e-5);
}
