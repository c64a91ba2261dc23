#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch02_batch_norm_2d/distribution.hpp"
#include "ch07_training/training.hpp"
#include "ch08_resnet/res_net.hpp"
#include "ch09_inside_batch_norm/distribution.hpp"
#include "ch09_inside_batch_norm/figures.hpp"

using namespace bn;

namespace {

ImageSet noise_images(Index count) {
    ImageSet set;
    Random random(1);
    for (Index n = 0; n < count; ++n) {
        set.labels.push_back(static_cast<std::uint8_t>(n % 2));
        for (Index i = 0; i < image_bytes; ++i) set.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
    return set;
}

// The same numbers from activations that were stored after all.
struct Stored {
    std::vector<double> values;
    double mean() const {
        double sum = 0;
        for (double v : values) sum += v;
        return sum / static_cast<double>(values.size());
    }
    double sigma() const {
        const double m = mean();
        double sum = 0;
        for (double v : values) sum += (v - m) * (v - m);
        return std::sqrt(sum / static_cast<double>(values.size()));
    }
    double inside() const {
        double count = 0;
        for (double v : values) count += std::abs(v) <= 0.5;
        return count / static_cast<double>(values.size());
    }
};

}  // namespace

TEST_CASE("what the hook gathers in one pass equals what stored activations give") {
    Random random(1);
    ResNet<float> model(random);
    BatchNorm2d<float>& layer = find_batch_norm(model, "res_block1.bn1");
    DistributionRecorder recorder(layer);
    std::vector<Stored> inputs(16), outputs(16);
    const HookHandle store =
        layer.register_forward_hook([&](Module<float>& self, const Tensor<float>& x, const Tensor<float>& y) {
            if (!self.training()) return;
            for (Index n = 0; n < x.size(0); ++n)
                for (Index c = 0; c < 16; ++c)
                    for (Index h = 0; h < 16; ++h)
                        for (Index w = 0; w < 16; ++w) {
                            inputs[static_cast<std::size_t>(c)].values.push_back(static_cast<double>(x(n, c, h, w)));
                            outputs[static_cast<std::size_t>(c)].values.push_back(static_cast<double>(y(n, c, h, w)));
                        }
        });
    Options options;
    options.epochs = 1;
    options.batch = 7;
    train(model, {"noise", "noise", noise_images(30), noise_images(4)}, options);

    for (std::size_t c = 0; c < 16; ++c) {
        CAPTURE(c);
        CHECK(recorder.inputs[c].count() == 30 * 256);
        CHECK(recorder.inputs[c].mean() == Approx(inputs[c].mean()).epsilon(1e-9).margin(1e-9));
        CHECK(recorder.inputs[c].sigma() == Approx(inputs[c].sigma()).epsilon(1e-9));
        CHECK(recorder.inputs[c].share_inside() == Approx(inputs[c].inside()));
        CHECK(recorder.outputs[c].mean() == Approx(outputs[c].mean()).epsilon(1e-9).margin(1e-9));
        CHECK(recorder.outputs[c].sigma() == Approx(outputs[c].sigma()).epsilon(1e-9));
        const Moments oracle = moments(std::span<const double>(inputs[c].values));
        CHECK(recorder.inputs[c].skewness() == Approx(oracle.skewness).epsilon(1e-9).margin(1e-9));
        CHECK(recorder.inputs[c].kurtosis() == Approx(oracle.kurtosis).epsilon(1e-9));
        Index in_bin = 0;
        for (double v : inputs[c].values) in_bin += v >= -0.5 && v < 0.25;
        CHECK(recorder.inputs[c].values_in(-0.5, 0.25) == in_bin);
        CHECK(recorder.inputs[c].values_in(-50, 50) == recorder.inputs[c].count());
    }
}

TEST_CASE("planes of different sizes and places merge into the right moments") {
    ChannelDistribution merged;
    Stored stored;
    Random random(2);
    for (Index count : {1, 5, 0, 300, 17}) {
        std::vector<double> plane(static_cast<std::size_t>(count));
        random.fill_normal<double>(plane, static_cast<double>(count), 0.3);
        merged.add(plane.data(), count);
        stored.values.insert(stored.values.end(), plane.begin(), plane.end());
    }
    CHECK(merged.mean() == Approx(stored.mean()).epsilon(1e-12));
    CHECK(merged.sigma() == Approx(stored.sigma()).epsilon(1e-12));
    const Moments oracle = moments(std::span<const double>(stored.values));
    CHECK(merged.skewness() == Approx(oracle.skewness).epsilon(1e-9));
    CHECK(merged.kurtosis() == Approx(oracle.kurtosis).epsilon(1e-9));
}

TEST_CASE("two sets merged by hand") {
    // (1, 3) and (8): from the new mean, 4, the deviations are -3, -1 and 4
    const CentralSums a{2, 2, 2, 0, 2}, b{1, 8, 0, 0, 0}, both = merged(a, b);
    CHECK(both.count == 3);
    CHECK(both.mean == 4);
    CHECK(both.second == Approx(9 + 1 + 16));
    CHECK(both.third == Approx(-27 - 1 + 64));
    CHECK(both.fourth == Approx(81 + 1 + 256));
    CHECK(moved_to(a, 5).second == Approx(16 + 4));
    CHECK(merged(CentralSums{}, a).second == 2);
    CHECK(merged(a, CentralSums{}).fourth == 2);
}

TEST_CASE("one batch gets a new mean and variance and keeps its shape") {
    // Channel 0 has two humps, channel 1 is skewed, channel 2 is skewed and meets a negative weight
    Tensor<float> x({8, 3, 10, 10});
    Random random(3);
    for (Index n = 0; n < 8; ++n)
        for (Index i = 0; i < 100; ++i) {
            x(n, 0, i / 10, i % 10) = static_cast<float>(random.normal(random.below(2) == 0 ? -2.0 : 3.0, 0.5));
            for (Index c : {1, 2}) x(n, c, i / 10, i % 10) = static_cast<float>(-std::log(1 - random.uniform()));
        }
    const double eps = 0.5;  // large, so that it shows
    BatchNorm2d<float> layer(3, {.eps = eps});
    layer.weight.value.copy_({{3}, {1.5f, 0.7f, -2.0f}});
    layer.bias.value.copy_({{3}, {0.3f, -1.0f, 0.0f}});
    DistributionRecorder recorder(layer);
    layer(x);
    for (std::size_t c = 0; c < 3; ++c) {
        CAPTURE(c);
        const ChannelDistribution &in = recorder.inputs[c], &out = recorder.outputs[c];
        const double gamma = layer.weight.value[static_cast<Index>(c)], variance = in.sigma() * in.sigma();
        CHECK(out.mean() == Approx(layer.bias.value[static_cast<Index>(c)]).margin(1e-6));                      // (9.1)
        CHECK(out.sigma() * out.sigma() == Approx(gamma * gamma * variance / (variance + eps)).epsilon(1e-5));  // (9.2)
        // (9.3), (9.4)
        CHECK(out.skewness() == Approx((gamma < 0 ? -1 : 1) * in.skewness()).epsilon(1e-4));
        CHECK(out.kurtosis() == Approx(in.kurtosis()).epsilon(1e-4));
    }
    CHECK(recorder.outputs[0].kurtosis() < 1.6);  // two humps; 3 if normal
    CHECK(recorder.outputs[1].skewness() > 1.5);  // 2 for an exponential; 0 if normal
}

TEST_CASE("an epoch's outputs are a mixture whose mean is that of the biases") {
    BatchNorm2d<float> layer(1);
    DistributionRecorder recorder(layer);
    Random random(4);
    double count = 0, bias = 0, inner = 0, squares = 0;
    for (Index N : {4, 4, 2}) {
        Tensor<float> x({N, 1, 6, 6});
        random.fill_normal(x.values(), random.normal(), 2.0);
        layer.weight.value[0] = static_cast<float>(random.uniform(0.5, 2));
        layer.bias.value[0] = static_cast<float>(random.normal());
        layer(x);

        const double n = static_cast<double>(x.numel()), gamma = layer.weight.value[0], beta = layer.bias.value[0];
        const Moments in = moments(std::span<const float>(x.values()));
        count += n;
        bias += n * beta;
        squares += n * beta * beta;
        inner += n * gamma * gamma * in.variance / (in.variance + 1e-5);
    }
    const double mean_bias = bias / count, outer = squares / count - mean_bias * mean_bias;
    CHECK(recorder.outputs[0].mean() == Approx(mean_bias).epsilon(1e-5));  // (9.7)
    CHECK(std::pow(recorder.outputs[0].sigma(), 2) == Approx(inner / count + outer).epsilon(1e-5));
    CHECK(outer > 0.01);
}

TEST_CASE("values beyond the histogram are counted at its ends") {
    ChannelDistribution d;
    const std::vector<float> values = {-1e6f, 1e6f, 0.0f};
    d.add(values.data(), 3);
    CHECK(d.values_in(-50, 50) == 3);
    CHECK(d.values_in(-1, 1) == 1);

    // What is no number at all, too: to convert it to the number of a bin would be undefined
    ChannelDistribution odd;
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<double> odd_values = {std::nan(""), infinity, -infinity, 1e300};
    odd.add(odd_values.data(), 4);
    CHECK(odd.values_in(-50, 50) == 4);
    CHECK(odd.values_in(-49, 49) == 0);
    CHECK(std::isnan(odd.mean()));
}

TEST_CASE("evaluation is not recorded and the hook ends with its recorder") {
    BatchNorm2d<float> layer(1);
    const Tensor<float> x({2, 1, 2, 1}, {1, 2, 3, 4});
    {
        DistributionRecorder recorder(layer);
        layer(x);
        layer.eval();
        layer(x);
        CHECK(recorder.inputs[0].count() == 4);
    }
    layer.train();
    layer(x);  // with a hook that outlived its recorder, AddressSanitizer would complain
}

TEST_CASE("a recorder that is resumed knows what it knew") {
    BatchNorm2d<float> layer(1);
    DistributionRecorder recorder(layer);
    Tensor<float> x({2, 1, 3, 3});
    Random(6).fill_normal(x.values());
    layer(x);
    NamedTensors state;
    recorder.save(state);
    DistributionRecorder resumed(layer);
    resumed.load(state);
    layer(x);  // both go on
    for (auto channels : {&DistributionRecorder::inputs, &DistributionRecorder::outputs}) {
        const ChannelDistribution &a = (recorder.*channels)[0], &b = (resumed.*channels)[0];
        CHECK(b.count() == 36);
        CHECK(b.share_inside() == a.share_inside());
        CHECK(b.share_inside() > 0);
        CHECK(b.mean() == a.mean());
        CHECK(b.sigma() == a.sigma());
        CHECK(b.skewness() == a.skewness());
        CHECK(b.kurtosis() == a.kurtosis());
        CHECK(b.values_in(-0.5, 0.25) == a.values_in(-0.5, 0.25));
    }
}

TEST_CASE("densities have the area one") {
    BatchNorm2d<float> layer(2);
    DistributionRecorder recorder(layer);
    Tensor<float> x({4, 2, 9, 9});
    Random(5).fill_normal(x.values(), 1.0, 2.0);
    layer(x);
    for (const Column& column : detail::density_columns(recorder.inputs, recorder.outputs, 49.95)) {
        double area = 0;
        for (double density : column.values) area += 0.25 * density;
        if (column.name != "value") CHECK(area == Approx(1));
    }
}

TEST_CASE("a density stands at the middle of its bin") {
    // Bins of 0.15 from −1.5 on: 0.2 lies in [0.15, 0.3), the twelfth, and −1.49 in the first
    const std::vector<double> values = {0.2, 0.2, 0.2, -1.49};
    std::vector<ChannelDistribution> in(1), out(1);
    in[0].add(values.data(), 3);
    out[0].add(values.data(), 4);
    const std::vector<Column> columns = detail::density_columns(in, out, 1.5);
    REQUIRE(columns.size() == 3);
    REQUIRE(columns[0].values.size() == 20);
    CHECK(columns[0].values[0] == Approx(-1.425));
    CHECK(columns[0].values[11] == Approx(0.225));
    CHECK(columns[0].values[19] == Approx(1.425));
    CHECK(columns[1].values[11] == Approx(1 / 0.15));
    CHECK(columns[2].values[11] == Approx(0.75 / 0.15));
    CHECK(columns[2].values[0] == Approx(0.25 / 0.15));
}

TEST_CASE("an unknown layer lists the known ones") {
    Random random(1);
    ResNet<float> model(random);
    CHECK_THROWS_WITH(find_batch_norm(model, "res_block1.bn4"),
                      contains("bn_initial, res_block1.bn1, res_block1.bn2, res_block1.bn3"));
    CHECK_THROWS_AS(find_batch_norm(model, "conv1"), UsageError);
}
