// Chapter 9: what goes into a batch norm layer, and what comes out? A hook watches one epoch of training.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ch07_training/training.hpp"
#include "ch08_resnet/res_net.hpp"
#include "ch09_inside_batch_norm/distribution.hpp"
#include "ch09_inside_batch_norm/figures.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

using Channels = std::vector<ChannelDistribution>;

// The article: inputs "roughly centered in [-0.5, 0.5]", outputs with "a normal distribution" (skewness 0, kurtosis 3).
void print_table(const Channels& inputs, const Channels& outputs) {
    std::printf("           input:                                       output:\n");
    std::printf("channel      mean  sigma   skew   kurt  in [-0.5, 0.5]    mean  sigma   skew   kurt\n");
    double inside = 0, least = 1e9, most = 0;
    for (std::size_t c = 0; c < inputs.size(); ++c) {
        const ChannelDistribution &in = inputs[c], &out = outputs[c];
        std::printf("%7zu   %7.3f  %5.3f  %5.2f  %5.2f  %12.1f %%  %6.3f  %5.3f  %5.2f  %5.2f\n", c, in.mean(),
                    in.sigma(), in.skewness(), in.kurtosis(), 100 * in.share_inside(), out.mean(), out.sigma(),
                    out.skewness(), out.kurtosis());
        inside += in.share_inside() / static_cast<double>(inputs.size());
        least = std::min(least, in.sigma());
        most = std::max(most, in.sigma());
    }
    std::printf("%.0f %% of all inputs lie in [-0.5, 0.5]; sigma goes from %.2f to %.2f\n\n", 100 * inside, least,
                most);
}

// By how much the shape of an output differs from that of its input, Eq. (9.4): the worst channel.
void print_shapes(const char* of, const Channels& inputs, const Channels& outputs) {
    double skewness = 0, kurtosis = 0;
    for (std::size_t c = 0; c < inputs.size(); ++c) {
        skewness = std::max(skewness, std::abs(outputs[c].skewness() - inputs[c].skewness()));
        kurtosis = std::max(kurtosis, std::abs(outputs[c].kurtosis() - inputs[c].kurtosis()));
    }
    std::printf("  %-22s skewness %.0e   kurtosis %.0e\n", of, skewness, kurtosis);
}

void chapter(const Options& options) {
    // 1. The network, and a hook on one of its layers.
    Random random(options.seed);
    ResNet<float> model(random);
    BatchNorm2d<float>& layer = find_batch_norm(model, options.layer);
    const Dataset loaded = load_dataset(options);
    const Dataset data = options.quick ? subset(loaded, 5000, 1000) : loaded;
    const PlotFolder plots(options.plots / data.slug);
    Checkpoint checkpoint(options, data);
    DistributionRecorder recorder(layer);

    // 2. One epoch of training.
    std::printf("\nWatching %s: %s\n", options.layer.c_str(), layer.to_string().c_str());
    const std::vector<EpochReport> reports = train(model, data, options, {},
                                                   {.checkpoint = &checkpoint,
                                                    .save = [&](NamedTensors& state) { recorder.save(state); },
                                                    .load = [&](const NamedTensors& state) { recorder.load(state); }});
    if (reports.empty() || interrupted()) return;  // part of an epoch is another distribution

    // 3. What went in, and what came out. (Copies: the recorder sees step 4, too.)
    const Channels inputs = recorder.inputs, outputs = recorder.outputs;
    std::printf("\n%s in training, %lld values a channel\n", options.layer.c_str(),
                static_cast<long long>(inputs[0].count()));
    print_table(inputs, outputs);

    // 4. One batch alone keeps its shape exactly; an epoch is a mixture of batches, each with a map of its own.
    DistributionRecorder one_batch(layer);
    {
        const NoGradGuard no_grad;
        model.train();
        model(DataLoader<float>(data.train, options.batch).batch(0).images);
    }
    std::printf("Shape of the output against that of the input: largest difference\n");
    print_shapes("one batch", one_batch.inputs, one_batch.outputs);
    print_shapes("the epoch's mixture", inputs, outputs);
    std::printf("\n");

    const std::string subtitle = options.layer + ", " + std::to_string(inputs.size()) + " channels, " +
                                 std::to_string(reports.size()) + (reports.size() == 1 ? " epoch" : " epochs") +
                                 " of training, all batches; " + data.name + ", seed " + std::to_string(options.seed);
    plots.save({overlaid_figure(inputs, outputs, subtitle), channels_figure(inputs, outputs, subtitle)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch09_inside_batch_norm",
         .purpose = "The distributions of a batch norm layer's inputs and outputs over an epoch of training.",
         .takes = {Option::layer, Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum,
                   Option::schedule, Option::checkpoint, Option::quick, Option::seed, Option::threads, Option::plots},
         .defaults = {.epochs = 1}},
        argc, argv, chapter);
}
