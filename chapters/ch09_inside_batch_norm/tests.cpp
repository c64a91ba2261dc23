#include <cmath>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "ch07_training/training.hpp"
#include "ch08_resnet/res_net.hpp"
#include "ch09_inside_batch_norm/distribution.hpp"

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
}

TEST_CASE("values beyond the histogram are counted at its ends") {
    ChannelDistribution d;
    const std::vector<float> values = {-1e6f, 1e6f, 0.0f};
    d.add(values.data(), 3);
    CHECK(d.values_in(-50, 50) == 3);
    CHECK(d.values_in(-1, 1) == 1);
}

TEST_CASE("an unknown layer lists the known ones") {
    Random random(1);
    ResNet<float> model(random);
    CHECK_THROWS_WITH(find_batch_norm(model, "res_block1.bn4"),
                      contains("bn_initial, res_block1.bn1, res_block1.bn2, res_block1.bn3"));
    CHECK_THROWS_AS(find_batch_norm(model, "conv1"), UsageError);
}
