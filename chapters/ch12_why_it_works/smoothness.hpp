// Experiment smoothness: is the loss smoother? From one point, steps of one common grid along the negative gradient:
// the loss, the change of the gradient, and the effective β. README.md, "How far a gradient can be trusted".
#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ch08_resnet/res_net.hpp"
#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/training.hpp"

namespace bn {

/// What is found a step of `eta` along the negative gradient g away from a point.
struct StepAlong {
    double eta;
    double loss;    // there
    double change;  // ‖g′ − g‖ / ‖g‖, with the gradient g′ there
    double beta;    // ‖g′ − g‖ / ‖θ′ − θ‖, Eq. (12.24)
};
struct Surroundings {
    double loss;           // at the point itself
    double gradient_norm;  // ‖g‖
    std::vector<StepAlong> steps;
};

/// Looks around a model's parameters on one batch, in train mode: Eq. (12.23). Leaves the model as it was: parameters,
/// gradients, buffers, mode.
inline Surroundings look_along_gradient(Module<float>& model, const Batch<float>& batch,
                                        const std::vector<double>& etas) {
    const KeptState<float> kept(model);
    const auto parameters = model.named_parameters();
    model.train();
    const auto loss_and_gradients = [&] {
        model.zero_grad();
        const CrossEntropy<float> loss =
            cross_entropy(model(batch.images), std::span<const std::uint8_t>(batch.labels));
        model.backprop(loss.d_logits);
        return loss.loss;
    };
    Surroundings result{loss_and_gradients(), 0, {}};
    std::vector<Tensor<float>> theta, g;
    for (const auto& [name, parameter] : parameters) {
        theta.push_back(parameter->value.clone());
        g.push_back(parameter->grad.clone());
        for (const float d : g.back().values()) result.gradient_norm += static_cast<double>(d) * static_cast<double>(d);
    }
    result.gradient_norm = std::sqrt(result.gradient_norm);
    for (const double eta : etas) {
        for (std::size_t p = 0; p < parameters.size(); ++p)
            for (Index i = 0; i < theta[p].numel(); ++i)
                parameters[p].second->value.data()[i] = theta[p].data()[i] - static_cast<float>(eta) * g[p].data()[i];
        const double loss = loss_and_gradients();
        double difference = 0;
        for (std::size_t p = 0; p < parameters.size(); ++p)
            for (Index i = 0; i < g[p].numel(); ++i)
                difference += std::pow(static_cast<double>(parameters[p].second->grad.data()[i] - g[p].data()[i]), 2.0);
        const double change = std::sqrt(difference) / result.gradient_norm;
        result.steps.push_back({eta, loss, change, change / eta});
    }
    return result;
}

/// The common grid: from a quarter of the training's rate to 64 times it, each step twice the last.
inline std::vector<double> grid_of_steps(double lr) {
    std::vector<double> etas;
    for (int k = -2; k <= 6; ++k) etas.push_back(std::ldexp(lr, k));
    return etas;
}

/// What is compared: no batch norm; batch norm; and no batch norm, but first weights of the convolutions √6 times as
/// large, with which ReLU keeps the size of what passes through: Eq. (12.27).
enum class Landscape { without, with, without_larger };

/// The network of a landscape, not trained yet.
inline std::unique_ptr<ResNet<float>> make_landscape(Landscape landscape, std::uint64_t seed) {
    Random random(seed);
    auto model = std::make_unique<ResNet<float>>(random, landscape == Landscape::with);
    if (landscape == Landscape::without_larger)
        for (FastConv2d<float>* conv :
             {&model->conv1, &model->res_block1.conv1, &model->res_block1.conv2, &model->res_block1.conv3})
            for (float& value : conv->weight.value.values()) value *= std::sqrt(6.0f);  // Eq. (12.27)
    return model;
}

/// For each seed and landscape (0 without, 1 with, 2 without, larger), at `moments` + 1 points of the training, its
/// start among them, and each step of the grid: columns seed, landscape, step, eta, loss_before, gradient_norm,
/// loss_ratio (after to before), change, beta.
inline RunTable smoothness_runs(const Dataset& data, const std::vector<std::uint64_t>& seeds, const Recipe& recipe,
                                Index moments, FinishedRuns* finished = nullptr) {
    std::vector<std::pair<std::uint64_t, Landscape>> settings;
    for (const std::uint64_t seed : seeds)
        for (const Landscape landscape : {Landscape::without, Landscape::with, Landscape::without_larger})
            settings.emplace_back(seed, landscape);
    const Batch<float> probe = DataLoader<float>(data.train, 200).batch(0);
    const std::vector<std::string> names = {"seed",          "landscape",  "step",   "eta", "loss_before",
                                            "gradient_norm", "loss_ratio", "change", "beta"};
    return run_all(
        names, settings, data.train.size() * recipe.epochs,
        [&](const auto& setting, const auto& tick) {
            const auto [seed, landscape] = setting;
            const std::unique_ptr<ResNet<float>> model = make_landscape(landscape, seed);
            RunRows rows;
            const auto look = [&, seed = seed, landscape = landscape](Index step) {
                const Surroundings around = look_along_gradient(*model, probe, grid_of_steps(recipe.lr));
                for (const StepAlong& s : around.steps)
                    rows.push_back({static_cast<double>(seed), static_cast<double>(landscape),
                                    static_cast<double>(step), s.eta, around.loss, around.gradient_norm,
                                    s.loss / around.loss, s.change, s.beta});
            };
            const Index steps = DataLoader<float>(data.train, recipe.batch).batch_count() * recipe.epochs;
            look(0);
            train_with(recipe, *model, data.train, seed, [&](Index step, Index images) {
                tick(images);
                if (step * moments / steps != (step - 1) * moments / steps) look(step);
            });
            return rows;
        },
        finished);
}

/// The effective β of a landscape, as the paper has it, at the start of the training or at its later points: of each
/// point the largest along the grid, of these the median over points and seeds.
enum class Moment { start, later };
inline double effective_beta(const RunTable& runs, Landscape landscape, Moment moment) {
    std::vector<double> largest;
    for (const double seed : runs.distinct("seed"))
        for (const double step : runs.distinct("step")) {
            if ((step == 0) != (moment == Moment::start)) continue;
            largest.push_back(
                runs.spread("beta", {{"landscape", static_cast<double>(landscape)}, {"seed", seed}, {"step", step}})
                    .high);
        }
    return spread_of(largest).median;
}

/// The finding, from the runs.
inline std::string smoothness_title(const RunTable& runs) {
    const auto beta = [&](Landscape landscape, Moment moment) {
        return number_text(effective_beta(runs, landscape, moment), 0);
    };
    return "Effective β at the start " + beta(Landscape::with, Moment::start) + " with batch norm, " +
           beta(Landscape::without, Moment::start) + " without; later " + beta(Landscape::with, Moment::later) +
           " and " + beta(Landscape::without, Moment::later);
}

inline Figure smoothness_figure(const RunTable& runs, const Dataset& data, int epochs,
                                const std::vector<std::uint64_t>& seeds) {
    Figure figure;
    figure.name = "ch12_smoothness";
    figure.title = smoothness_title(runs);
    figure.subtitle = "Steps along −gradient; " + what_was_run(data, epochs, seeds);
    figure.columns = runs.columns();
    const char *measures[] = {"loss_ratio", "change", "beta"},
               *titles[] = {"loss after / before", "change of the gradient (relative)", "effective β"},
               *colours[] = {"C2", "C1", "C3"}, *labels[] = {"without", "with", "without, larger"};
    figure.commands = "set logscale xy; set xlabel 'step η' tc rgb INK; set format x '%g'\n";
    double left = 60;
    for (int m = 0; m < 3; ++m) {
        figure.commands += panel(left, left + 220, 110, 400) +
                           fill_in("set title '{/:Bold <title>}' tc rgb INK\n", {{"title", titles[m]}}) +
                           (m == 0 ? "set yrange [0.5:*]\n" : "set yrange [*:*]\n");
        std::string plots;
        for (int k = 0; k < 3; ++k) {
            const std::string prefix = std::string(measures[m]) + "_" + std::to_string(k);
            append(figure.columns, summary(runs, prefix, measures[m], "eta", {{"landscape", k}}));
            plots += (plots.empty() ? "plot " : ", \\\n     ") + line_with_band(prefix, "eta", colours[k]);
        }
        if (m == 0) {
            figure.commands += "set key at graph 0.03,0.97 top left reverse Left\n";
            for (int k = 0; k < 3; ++k)
                plots += fill_in(", \\\n     NaN with lines lw 1.9 lc rgb <c> title '<t>'",
                                 {{"c", colours[k]}, {"t", labels[k]}});
        }
        figure.commands += plots + "\nunset key\n";
        left += 285;
    }
    return figure;
}

/// Trains, looks, prints and draws. Nothing if Ctrl-C ended it.
inline std::optional<Figure> smoothness_experiment(const Lab& lab) {
    const Dataset data = subset(lab.all, lab.choose(2000, 3000, 10'000), 1000);
    const Recipe recipe{.epochs = lab.choose(1, 2, 4)};
    const RunTable runs = smoothness_runs(data, lab.seeds, recipe, lab.choose<Index>(2, 4, 4), lab.finished);
    if (interrupted()) return {};
    const char* names[] = {"without", "with", "without, larger"};
    std::printf("step along -gradient   loss after/before   change of gradient   effective beta\n");
    for (int k = 0; k < 3; ++k)
        for (const double eta : {recipe.lr, 4 * recipe.lr, 16 * recipe.lr}) {
            const RunTable::Where where = {{"landscape", k}, {"eta", eta}};
            std::printf("%-16s %5.2f", names[k], eta);
            for (const char* column : {"loss_ratio", "change", "beta"}) {
                const Spread spread = runs.spread(column, where);
                std::printf("  %6.2f (%.2f-%.2f)", spread.median, spread.low, spread.high);
            }
            std::printf("\n");
        }
    std::printf("medians and ranges over points of the training and seeds\n\n");
    std::printf("largest effective beta   at the start   later\n");
    for (const Landscape landscape : {Landscape::without, Landscape::with, Landscape::without_larger})
        std::printf("%-23s %13.0f %7.0f\n", names[static_cast<int>(landscape)],
                    effective_beta(runs, landscape, Moment::start), effective_beta(runs, landscape, Moment::later));
    return smoothness_figure(runs, data, recipe.epochs, lab.seeds);
}

}  // namespace bn
