// Chapter 9: what goes into a batch norm layer, and what comes out? A hook watches one epoch of training.
#include <algorithm>
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

void chapter(const Options& options) {
    // 1. The network, and a hook on one of its layers.
    Random random(options.seed);
    ResNet<float> model(random);
    BatchNorm2d<float>& layer = find_batch_norm(model, options.layer);
    const Dataset loaded = load_dataset(options);
    const Dataset data = options.quick ? subset(loaded, 5000, 1000) : loaded;
    const PlotFolder plots(options.plots / data.slug);
    DistributionRecorder recorder(layer);

    // 2. One epoch of training.
    std::printf("\nWatching %s: %s\n", options.layer.c_str(), layer.to_string().c_str());
    const std::vector<EpochReport> reports = train(model, data, options);
    if (reports.empty() || interrupted()) return;  // part of an epoch is another distribution
    const std::vector<ChannelDistribution>&inputs = recorder.inputs, &outputs = recorder.outputs;

    // 3. The article: "roughly centred in [-0.5, 0.5]", and outputs with mean 0 and sigma 1.
    std::printf("\n%s in training, %lld values a channel\n", options.layer.c_str(),
                static_cast<long long>(inputs[0].count()));
    std::printf("channel   input: mean  sigma  in [-0.5, 0.5]   output: mean  sigma\n");
    double inside = 0, least = 1e9, most = 0;
    for (std::size_t c = 0; c < inputs.size(); ++c) {
        std::printf("%7zu   %11.3f  %5.3f  %12.1f %%   %12.3f  %5.3f\n", c, inputs[c].mean(), inputs[c].sigma(),
                    100 * inputs[c].share_inside(), outputs[c].mean(), outputs[c].sigma());
        inside += inputs[c].share_inside() / static_cast<double>(inputs.size());
        least = std::min(least, inputs[c].sigma());
        most = std::max(most, inputs[c].sigma());
    }
    std::printf("%.0f %% of all inputs lie in [-0.5, 0.5]; sigma goes from %.2f to %.2f\n\n", 100 * inside, least,
                most);

    const std::string subtitle = options.layer + ", " + std::to_string(inputs.size()) + " channels, " +
                                 std::to_string(reports.size()) + (reports.size() == 1 ? " epoch" : " epochs") +
                                 " of training, all batches; " + data.name + ", seed " + std::to_string(options.seed);
    plots.save({overlaid_figure(recorder, subtitle), channels_figure(recorder, subtitle)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch09_inside_batch_norm",
         .purpose = "The distributions of a batch norm layer's inputs and outputs over an epoch of training.",
         .takes = {Option::layer, Option::data, Option::epochs, Option::batch, Option::lr, Option::momentum,
                   Option::schedule, Option::quick, Option::seed, Option::threads, Option::plots},
         .defaults = {.epochs = 1}},
        argc, argv, chapter);
}
