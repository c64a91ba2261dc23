// Experiment noise-and-drift: what moves the running mean? The choice of the batches, with the weights frozen; the
// drift of the weights, with the batch fixed; and their sum. README.md, "A batch mean in parts".
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch08_resnet/res_net.hpp"
#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

/// A series for each channel: one value a step.
using ChannelSeries = std::vector<std::vector<double>>;

/// The parts of a layer's batch means in the steps of an epoch, by channel: Eq. (12.28).
struct Parts {
    ChannelSeries total;  // M(θ_t, B_t): what the layer saw
    ChannelSeries noise;  // M(θ_0, B_t): the epoch's batches, weights as at its start
    ChannelSeries drift;  // M(θ_t, B): one batch, the weights of each step
};

/// The mean of each channel of what enters `layer` when `images` pass through the model, in train mode. Leaves the
/// model as it was: parameters, gradients, buffers, mode, hooks.
inline std::vector<double> means_entering(Module<float>& model, Module<float>& layer, const Tensor<float>& images) {
    const KeptState<float> kept(model);
    const NoGradGuard no_grad;
    std::vector<double> means;
    const HookHandle handle = layer.register_forward_pre_hook(
        [&](Module<float>&, const Tensor<float>& x) { means = fast_channel_statistics(x).mean; });
    model.train();
    model(images);
    return means;
}

/// The moving average of a series with momentum m: Eq. (10.1). It begins at the mean of the first ten values, which
/// spreads about as much as a moving average does. It is linear in the series, Eq. (12.29).
inline std::vector<double> moving_average(const std::vector<double>& series, double m) {
    const std::size_t first = std::min<std::size_t>(10, series.size());
    double r = 0.0;
    for (std::size_t t = 0; t < first; ++t) r += series[t] / static_cast<double>(first);
    std::vector<double> result;
    for (const double value : series) result.push_back(r = (1.0 - m) * r + m * value);
    return result;
}

/// The variance of a series, divided by its length.
inline double variance_of(const std::vector<double>& series) {
    double mean = 0, squares = 0;
    for (const double value : series) mean += value / static_cast<double>(series.size());
    for (const double value : series) squares += (value - mean) * (value - mean) / static_cast<double>(series.size());
    return squares;
}

/// The shares that noise, drift, their sum and the rest have in the variance of the whole, channels added up: Eq.
/// (12.30).
struct Shares {
    double noise = 0, drift = 0, sum = 0, rest = 0;
};

/// Of the batch means themselves, or, with a momentum, of their moving averages.
inline Shares shares_of(const Parts& parts, std::optional<double> momentum) {
    const auto seen = [&](const std::vector<double>& series) {
        return momentum ? moving_average(series, *momentum) : series;
    };
    Shares shares;
    double total = 0;
    for (std::size_t c = 0; c < parts.total.size(); ++c) {
        std::vector<double> sum = parts.noise[c], rest = parts.total[c];
        for (std::size_t t = 0; t < sum.size(); ++t) {
            sum[t] += parts.drift[c][t];
            rest[t] -= sum[t];  // up to a constant, which no variance sees: Eq. (12.28)
        }
        total += variance_of(seen(parts.total[c]));
        shares.noise += variance_of(seen(parts.noise[c]));
        shares.drift += variance_of(seen(parts.drift[c]));
        shares.sum += variance_of(seen(sum));
        shares.rest += variance_of(seen(rest));
    }
    for (double* share : {&shares.noise, &shares.drift, &shares.sum, &shares.rest}) *share /= total;
    return shares;
}

/// Listens to a training and takes apart what enters its res_block1.bn1, epoch by epoch.
class PartsRecorder {
public:
    /// `fixed` is the batch that never changes. Both must outlive this object.
    PartsRecorder(ResNet<float>& model, const Tensor<float>& fixed) : model_(model), fixed_(fixed), frozen_(unused_) {
        handles_.push_back(model.register_forward_pre_hook([this](Module<float>&, const Tensor<float>& images) {
            if (listening_) append(parts_.noise, means_entering(frozen_, frozen_.res_block1.bn1, images));
        }));
        handles_.push_back(
            model.res_block1.bn1.register_forward_pre_hook([this](Module<float>&, const Tensor<float>& x) {
                if (listening_) append(parts_.total, fast_channel_statistics(x).mean);
            }));
    }

    /// An epoch begins: its first weights are kept.
    void begin() {
        load_state_dict(frozen_, model_.state_dict());
        parts_ = {};
        next_step();
    }
    /// Weights have moved, and another step of the epoch follows.
    void next_step() {
        listening_ = false;
        append(parts_.drift, means_entering(model_, model_.res_block1.bn1, fixed_));
        listening_ = true;
    }
    /// The epoch is over.
    Parts end() {
        listening_ = false;
        return std::move(parts_);
    }

private:
    static void append(ChannelSeries& series, const std::vector<double>& means) {
        series.resize(means.size());
        for (std::size_t c = 0; c < means.size(); ++c) series[c].push_back(means[c]);
    }

    ResNet<float>& model_;
    const Tensor<float>& fixed_;
    Random unused_{0};
    ResNet<float> frozen_;
    Parts parts_;
    bool listening_ = false;
    std::vector<HookHandle> handles_;
};

/// For each seed and epoch: the shares of noise, drift, their sum and the rest in the variance of the batch means, and
/// in that of their moving averages. Columns seed, epoch, and batch_noise, …, running_rest. If `last` is given, it
/// receives the parts of the first seed's last epoch.
inline RunTable noise_and_drift_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, const Recipe& recipe,
                                     Parts* last = nullptr) {
    const Batch<float> fixed = DataLoader<float>(data.train, recipe.batch).batch(0);
    const Index steps = DataLoader<float>(data.train, recipe.batch).batch_count();
    const std::vector<std::string> names = {"seed",        "epoch",       "batch_noise",   "batch_drift",
                                            "batch_sum",   "batch_rest",  "running_noise", "running_drift",
                                            "running_sum", "running_rest"};
    return run_all(names, seeds, data.train.size() * recipe.epochs, [&](std::uint64_t seed, const auto& tick) {
        Random random(seed);
        ResNet<float> model(random);
        PartsRecorder recorder(model, fixed.images);
        RunRows rows;
        recorder.begin();
        train_with(recipe, model, data.train, seed, [&](Index step, Index images) {
            tick(images);
            if (step % steps != 0) return recorder.next_step();
            const Parts parts = recorder.end();
            const Shares raw = shares_of(parts, std::nullopt), running = shares_of(parts, 0.1);
            rows.push_back({static_cast<double>(seed), static_cast<double>(step / steps), raw.noise, raw.drift, raw.sum,
                            raw.rest, running.noise, running.drift, running.sum, running.rest});
            if (step < steps * recipe.epochs) return recorder.begin();
            if (last && seed == seeds.front()) *last = parts;
        });
        return rows;
    });
}

/// The finding, from the runs: the choice of the batches in the running mean, in the first epoch and in the last.
inline std::string noise_and_drift_title(const RunTable& runs) {
    const auto share = [&](const std::string& column, double epoch) {
        const double percent = 100 * runs.median(column, {{"epoch", epoch}});
        return number_text(percent, percent < 0.1 ? 2 : percent < 1 ? 1 : 0) + " %";
    };
    const double last = runs.distinct("epoch").back();
    return "Choice of batches: " + share("running_noise", 1) + " of the running mean’s variance in epoch 1, " +
           share("running_noise", last) + " in epoch " + number_text(last);
}

inline Figure noise_and_drift_figure(const RunTable& runs, const Parts& parts, const Dataset& data, int epochs,
                                     const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_noise_and_drift";
    figure.title = noise_and_drift_title(runs);
    figure.subtitle = "What enters res_block1.bn1; " + what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    struct Line {
        const char *column, *label, *colour;
    };
    const Line lines[] = {{"batch_noise", "batch mean: choice", "C5"},
                          {"batch_drift", "batch mean: drift", "C6"},
                          {"running_noise", "running mean: choice", "C2"},
                          {"running_drift", "running mean: drift", "C1"}};
    std::string plots;
    for (const Line& line : lines) {
        append(figure.columns, summary(runs, line.column, line.column, "epoch"));
        plots += (plots.empty() ? "plot " : ", \\\n     ") + points_with_bars(line.column, "epoch", line.colour, 100);
    }
    for (const Line& line : lines)
        plots +=
            fill_in(", \\\n     NaN with lines lw 1.9 lc rgb <c> title '<t>'", {{"c", line.colour}, {"t", line.label}});

    // One channel's moving averages in the last epoch, each from where it begins
    Column step{"step", {}};
    for (std::size_t t = 0; t < parts.total[0].size(); ++t) step.values.push_back(static_cast<double>(t + 1));
    figure.columns.push_back(step);
    const auto series = [&](const char* name, const std::vector<double>& values) {
        Column column{name, moving_average(values, 0.1)};
        const double from = column.values[0];
        for (double& value : column.values) value -= from;
        figure.columns.push_back(column);
    };
    series("total", parts.total[0]);
    series("noise", parts.noise[0]);
    series("drift", parts.drift[0]);

    figure.commands =
        panel(60, 400, 110, 400) +
        fill_in(
            "set logscale y; set xrange [0.8:<right>]; set yrange [0.01:150]; set xtics 1\n"
            "set xlabel 'epoch' tc rgb INK; set title '{/:Bold share of the variance (%)}' tc rgb INK\n"
            "set key at graph 0.97,0.03 bottom right reverse Left\n<plots>\nunset key; unset logscale\n",
            {{"right", number_text(epochs + 0.2)}, {"plots", plots}}) +
        panel(500, 760, 110, 400) +
        "set xrange [*:*]; set yrange [*:*]; set xtics autofreq\nset xlabel 'step of the last epoch' tc rgb INK\n"
        "set title '{/:Bold running mean of channel 0}' tc rgb INK\n"
        "set key at screen px(770),py(130) left top reverse Left\n"
        "plot DATA using 'step':'total' with lines lw 1.9 lc rgb INK title 'total', \\\n"
        "     DATA using 'step':'drift' with lines lw 1.9 lc rgb C1 title 'drift', \\\n"
        "     DATA using 'step':'noise' with lines lw 1.9 lc rgb C2 title 'choice'\n";
    return figure;
}

/// Trains, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> noise_and_drift_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(2000, 5000, 10'000), 100);
    const Recipe recipe{.epochs = lab.choose(2, 3, 6)};
    Parts last;  // in no checkpoint: it holds rows, and the figure needs this run's steps
    const RunTable runs = noise_and_drift_runs(data, lab.seeds, recipe, &last);
    if (interrupted()) return {};
    std::printf("share of the variance within an epoch (%%)\n");
    std::printf(
        "epoch     of batch means: choice, drift, both, rest          of running means: choice, drift, both, rest\n");
    for (const double epoch : runs.distinct("epoch")) {
        std::printf("%5.0f", epoch);
        for (const char* column : {"batch_noise", "batch_drift", "batch_sum", "batch_rest", "running_noise",
                                   "running_drift", "running_sum", "running_rest"}) {
            const Spread spread = runs.spread(column, {{"epoch", epoch}});
            std::printf("  %.3g (%.3g-%.3g)", 100 * spread.median, 100 * spread.low, 100 * spread.high);
        }
        std::printf("\n");
    }
    return noise_and_drift_figure(runs, last, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
