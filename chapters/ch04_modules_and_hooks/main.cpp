// Chapter 4: how does one look inside a network while it runs? With modules that know their names, and hooks.
#include <cmath>
#include <cstdio>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "ch04_modules_and_hooks/batch_norm_2d_module.hpp"
#include "ch04_modules_and_hooks/figures.hpp"
#include "ch04_modules_and_hooks/in_place_relu.hpp"
#include "ch04_modules_and_hooks/several_uses.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

struct Moments {
    double mean = 0, sigma = 0;
};

// Mean and standard deviation of channel c.
Moments channel_moments(const Tensor<float>& x, std::size_t c) {
    const ChannelStatistics statistics = channel_statistics(x);
    return {statistics.mean[c], std::sqrt(statistics.variance[c])};
}

// A tree of modules: who is in it, what it is called, what it remembers, and what that starts from.
void print_tree(Module<float>& model) {
    std::printf("The model\n%s\n\nIts state_dict, in order\n", model.to_string().c_str());
    for (const auto& [name, entry] : model.state_dict()) {
        const auto* tensor = std::get_if<Tensor<float>>(&entry);
        std::printf("  %-22s %-8s", name.c_str(), tensor ? to_string(tensor->shape()).c_str() : "a count");
        if (tensor)
            for (float value : tensor->values()) std::printf(" %g", value);
        else
            std::printf(" %lld", static_cast<long long>(std::get<std::int64_t>(entry)));
        std::printf("\n");
    }
    std::printf("%lld numbers to train\n\n", static_cast<long long>(model.parameter_count()));
}

// One module used more than once: in a pass, at two depths, for the halves of a batch.
void print_several_uses(Random& random) {
    const TwoCalls twice = call_twice(3, 2);
    std::printf("\nOne module called twice: y = scale(scale(x)), factor 3, x = 2, d_y = 1\n");
    std::printf("  y %g   d_factor %g (numeric %.3f)   d_x %g (numeric %.3f)\n", twice.y, twice.d_factor,
                twice.numeric_d_factor, twice.d_x, twice.numeric_d_x);

    const TwoDepths d = use_at_two_depths(random, 100, 0, 10);
    std::printf("\nOne batch norm at two depths, inputs of mean 0 and 10, sigma 1, in 100 training steps\n");
    std::printf("  its running mean %.3f (Eq. 4.10: %.3f), running variance %.3f\n", d.running_mean, 10 / 1.9,
                d.running_var);
    std::printf("  means of the two outputs in training %6.3f %6.3f, in eval mode %6.3f %6.3f\n",
                std::abs(d.train_mean_a), std::abs(d.train_mean_b), d.eval_mean_a, d.eval_mean_b);

    const Tensor<double> x = normal_tensor(random, {8, 1, 2, 2}), d_y = normal_tensor(random, x.shape());
    std::printf("\nd_weight of a batch of 8, in one piece and added up over two halves\n");
    for (bool training : {true, false}) {
        const WholeAndHalves g = accumulate_halves(x, d_y, training);
        std::printf("  %-5s  %.6f  %.6f\n", training ? "train" : "eval", g.whole[0], g.halves[0]);
    }
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);

    // 1. The model and its names
    Sequential<float> model;
    model.add<BatchNorm2d<float>>(2);
    model.add<InPlaceReLU<float>>();
    print_tree(model);

    // 2. A forward hook on "0" sees what goes in and what comes out, though the model's code does not know of it.
    Random random(options.seed);
    const auto batch = [&] {
        Tensor<float> x({64, 2, 8, 8});
        random.fill_normal(x.values(), -1.0, 0.4);
        return x;
    };
    Module<float>& layer = *model.named_modules().at(1).second;
    std::printf("Channel 0 of module \"%s\", seen by a forward hook\n", layer.full_name().c_str());
    {
        const HookHandle handle =
            layer.register_forward_hook([](Module<float>&, const Tensor<float>& input, const Tensor<float>& output) {
                const Moments in = channel_moments(input, 0), out = channel_moments(output, 0);
                std::printf("  input mean %6.3f sigma %.3f   output mean %6.3f sigma %.3f\n", in.mean, in.sigma,
                            out.mean, out.sigma);
            });
        for (int step = 0; step < 3; ++step) model(batch());
    }  // the handle ends here, and the hook with it
    model(batch());

    // 3. A backward hook sees the gradients; what comes in has lost its mean (chapter 1).
    {
        const HookHandle handle = layer.register_full_backward_hook(
            [](Module<float>&, const Tensor<float>& grad_input, const Tensor<float>& grad_output) {
                std::printf("\nGradients, channel 0: mean of grad_output %.1e, of grad_input %.1e\n",
                            channel_moments(grad_output, 0).mean, channel_moments(grad_input, 0).mean);
            });
        const Tensor<float> y = model(batch());
        Tensor<float> d_y(y.shape());
        random.fill_normal(d_y.values(), 0.5, 1.0);
        model.backprop(d_y);
    }

    // 4. The trap: a hook that keeps the output, rather than what it wants to know of it.
    Tensor<float> kept, copied;
    std::optional<Moments> inside_hook;
    {
        const HookHandle handle =
            layer.register_forward_hook([&](Module<float>&, const Tensor<float>&, const Tensor<float>& output) {
                kept = output;            // another handle on numbers that the next layer is going to overwrite
                copied = output.clone();  // numbers of its own
                inside_hook = channel_moments(output, 0);
            });
        model(batch());
    }
    const Moments later = channel_moments(kept, 0), safe = channel_moments(copied, 0);
    std::printf("\nThe output of module \"%s\", channel 0, before an in-place ReLU follows\n",
                layer.full_name().c_str());
    std::printf("  reduced inside the hook     mean %6.3f sigma %.3f\n", inside_hook->mean, inside_hook->sigma);
    std::printf("  cloned in the hook          mean %6.3f sigma %.3f\n", safe.mean, safe.sigma);
    std::printf("  kept, looked at afterwards  mean %6.3f sigma %.3f   <- the ReLU's output\n", later.mean,
                later.sigma);
    const double mean_above = 1 / std::sqrt(2 * std::numbers::pi);  // Eqs. (4.11) and (4.12)
    std::printf("  a normal one cut off at 0   mean %6.3f sigma %.3f\n", mean_above,
                std::sqrt(0.5 - mean_above * mean_above));

    // 5. Several uses of one module, and a guard that does not guard what one may think
    print_several_uses(random);
    auto& norm = dynamic_cast<BatchNorm2d<float>&>(layer);
    std::printf("\nBatches counted before %lld", static_cast<long long>(norm.num_batches_tracked()));
    {
        const NoGradGuard no_grad;
        model(batch());
    }
    std::printf(", after a forward pass under NoGradGuard %lld", static_cast<long long>(norm.num_batches_tracked()));
    model.eval();
    model(batch());
    model.train();
    std::printf(", after one in eval mode %lld\n", static_cast<long long>(norm.num_batches_tracked()));

    // 6. Mistakes are named, with the layer.
    std::printf("\nWhat a wrong shape is told\n");
    for (const Shape& shape : {Shape{64, 3, 8, 8}, Shape{2, 8, 8}, Shape{1, 2, 1, 1}}) {
        try {
            model(Tensor<float>(shape));
        } catch (const ShapeError& error) {
            std::printf("  %-15s %s\n", to_string(shape).c_str(), error.what());
        }
    }
    std::printf("\n");
    plots.save({trap_figure(copied, kept, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter(
        {.name = "ch04_modules_and_hooks",
         .purpose = "Modules, their names and their state; hooks that look inside; the trap of in-place layers.",
         .takes = {Option::seed, Option::plots}},
        argc, argv, chapter);
}
