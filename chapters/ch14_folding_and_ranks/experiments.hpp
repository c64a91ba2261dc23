// The chapter's experiments: each computes, prints its table and returns its figure.
#pragma once

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ch04_modules_and_hooks/load_state_dict.hpp"
#include "ch04_modules_and_hooks/state_dict_file.hpp"
#include "ch14_folding_and_ranks/figures.hpp"
#include "common/checkpoint.hpp"
#include "common/progress.hpp"

namespace bn {

/// How much is computed.
struct Amount {
    std::vector<std::uint64_t> seeds;
    int epochs = 1;    // of the networks that are folded
    int rounds = 9;    // of each race
    Index batch = 64;  // of the training on ranks
    static constexpr int steps = 50;
};

/// Networks to fold: one for each seed, trained once for both experiments that need them, or as the checkpoint has it.
class Networks {
public:
    /// `data` and `checkpoint` must outlive this.
    Networks(const Dataset& data, const Amount& amount, Checkpoint& checkpoint)
        : data_(data), amount_(amount), checkpoint_(checkpoint) {}

    /// All of them; the first call trains. Empty if Ctrl-C ended it. Throws FileError.
    std::vector<std::unique_ptr<ResNet<float>>>& trained() {
        if (!models_.empty()) return models_;
        catch_interrupts();
        Progress progress("training", static_cast<long>(amount_.seeds.size()));
        for (const std::uint64_t seed : amount_.seeds) {
            models_.push_back(network(seed));
            progress.update(static_cast<long>(models_.size()));
            if (interrupted()) models_.clear();
            if (interrupted()) break;
        }
        return models_;
    }
    const Dataset& data() const { return data_; }
    const Amount& amount() const { return amount_; }

private:
    std::unique_ptr<ResNet<float>> network(std::uint64_t seed) {
        const std::string run = "network " + std::to_string(seed);
        std::unique_ptr<ResNet<float>> model;
        checkpoint_.restore(run, [&](const NamedTensors& state) {
            model = trained_network(data_, 0, seed);
            load_state_dict(*model, from_file<float>(state));
        });
        if (model) return model;
        model = trained_network(data_, amount_.epochs, seed);
        if (!interrupted()) checkpoint_.save(run, to_file(model->state_dict()));
        return model;
    }

    const Dataset& data_;
    Amount amount_;
    Checkpoint& checkpoint_;
    std::vector<std::unique_ptr<ResNet<float>>> models_;
};

/// Folds each network: by how much do the logits move, and how much faster is inference?
inline std::optional<Figure> folding_experiment(Networks& networks) {
    const Amount& amount = networks.amount();
    std::printf("\n1. folding: batch norm folded into the convolution before it\n");
    std::vector<FoldingRun> runs;
    Progress progress("racing", static_cast<long>(amount.seeds.size()));
    for (std::size_t i = 0; i < networks.trained().size() && !interrupted(); ++i) {
        ResNet<float>& model = *networks.trained()[i];
        const auto folded = fuse_res_net(model);
        if (i == 0)
            std::printf("parameters: %lld, folded %lld\n%4s %18s %14s %20s\n",
                        static_cast<long long>(model.parameter_count()),
                        static_cast<long long>(folded->parameter_count()), "seed", "largest difference",
                        "largest logit", "same class");
        const ImageSet& images = networks.data().validation;
        FoldingRun& run = runs.emplace_back(FoldingRun{amount.seeds[i], {}, {}, {}});
        run.agreement = agreement(logits_of(model, images), logits_of(*folded, images));
        std::printf("%4llu %18.1e %14.2f %11lld of %lld\n", static_cast<unsigned long long>(run.seed),
                    run.agreement.largest_difference, run.agreement.largest_logit,
                    static_cast<long long>(run.agreement.same_class), static_cast<long long>(run.agreement.images));
        std::fflush(stdout);
        for (const Index batch : {1, 10, 100}) {
            const Tensor<float> some = DataLoader<float>(images, batch).batch(0).images;
            run.apart[batch] = inference_race(model, *folded, some, true, amount.rounds);
            run.together[batch] = inference_race(model, *folded, some, false, amount.rounds);
        }
        progress.update(static_cast<long>(runs.size()));
    }
    progress.erase();
    if (interrupted()) return {};

    std::printf("\ntime of a forward pass in ms, with batch norm and folded, and their ratio\n");
    std::printf("%5s %32s %32s\n", "batch", "layer by layer", "in sweeps, as chapter 6 runs it");
    for (const auto& [size, unused] : runs.front().apart) {
        std::printf("%5lld", static_cast<long long>(size));
        for (std::map<Index, Race> FoldingRun::*races : {&FoldingRun::apart, &FoldingRun::together}) {
            const auto median = [&, batch = size](const auto& number) {
                return detail::median_of(runs, [&](const FoldingRun& run) { return number((run.*races).at(batch)); });
            };
            std::printf(" %12.3f %8.3f %10.2f", median([](const Race& race) { return 1e3 * race.first; }),
                        median([](const Race& race) { return 1e3 * race.second; }),
                        median([](const Race& race) { return race.ratio(); }));
        }
        std::printf("\n");
    }
    std::printf("one thread; medians of %zu seed(s), each the fastest of %d rounds in which the two took turns\n\n",
                runs.size(), amount.rounds);
    return folding_figure(runs, networks.data(), amount.epochs);
}

/// The counter-example: batch norm before a convolution with zero padding.
inline std::optional<Figure> padding_experiment(Networks& networks) {
    const Amount& amount = networks.amount();
    std::printf("\n2. padding: a batch norm folded into the convolution after it\n");
    std::printf("%4s %24s %22s %32s\n", "seed", "error at the edge", "neutral padding", "accuracy (%)");
    std::printf("%4s %12s %11s %22s %10s %8s %12s\n", "", "", "inside", "", "as it is", "folded", "neutrally");
    std::vector<PaddingRun> runs;
    for (std::size_t i = 0; i < networks.trained().size() && !interrupted(); ++i) {
        const EdgeError error = edge_error(*networks.trained()[i], networks.data().validation);
        runs.push_back({amount.seeds[i], error});
        std::printf("%4llu %12.3f %11.1e %22.1e %10.2f %8.2f %12.2f\n",
                    static_cast<unsigned long long>(amount.seeds[i]), error.edge, error.inside, error.largest_padded,
                    100 * error.accuracy, 100 * error.accuracy_folded, 100 * error.accuracy_padded);
        std::fflush(stdout);
    }
    if (interrupted()) return {};
    std::printf("\n");
    return padding_figure(runs, networks.data(), amount.epochs);
}

/// The ways to train that are compared with whole batches.
inline std::vector<Way> all_ways() {
    return {{"reversed", Kind::reversed},
            {"synchronised_1", Kind::synchronised, equal_shares(1)},
            {"synchronised_2", Kind::synchronised, equal_shares(2)},
            {"synchronised_3", Kind::synchronised, equal_shares(3)},
            {"synchronised_4", Kind::synchronised, equal_shares(4)},
            {"synchronised_4_uneven", Kind::synchronised, rising_shares(4)},
            {"averaged_4_uneven", Kind::averaged, rising_shares(4)},
            {"own_2", Kind::own, equal_shares(2)},
            {"own_4", Kind::own, equal_shares(4)},
            {"pieces_4", Kind::pieces, equal_shares(4)}};
}

/// What a training step costs on a network: counted on this rank, and calculated for more ranks.
inline void print_traffic(const StepTraffic& step, int ranks, Index size) {
    std::printf(
        "\nbytes that each rank receives (and sends) in a training step; %d ranks: counted, the others:"
        " calculated\n",
        ranks);
    std::printf("%-18s %8s %22s %22s %22s\n", "layer", "channels", (std::to_string(ranks) + " ranks").c_str(),
                "8 ranks", "64 ranks");
    const auto forth_and_back = [](Index forward, Index backward) {
        return std::to_string(forward) + " + " + std::to_string(backward);
    };
    Index all[3] = {};
    for (const LayerTraffic& layer : step.layers) {
        const Index C = layer.channels;
        std::printf("%-18s %8lld %22s %22s %22s\n", layer.layer.c_str(), static_cast<long long>(C),
                    forth_and_back(layer.forward.bytes, layer.backward.bytes).c_str(),
                    forth_and_back(forward_bytes(C, 8), backward_bytes(C, 8)).c_str(),
                    forth_and_back(forward_bytes(C, 64), backward_bytes(C, 64)).c_str());
        all[0] += layer.forward.bytes + layer.backward.bytes;
        all[1] += forward_bytes(C, 8) + backward_bytes(C, 8);
        all[2] += forward_bytes(C, 64) + backward_bytes(C, 64);
    }
    const auto row = [](const char* name, Index a, Index b, Index c) {
        std::printf("%-27s %22lld %22lld %22lld\n", name, static_cast<long long>(a), static_cast<long long>(b),
                    static_cast<long long>(c));
    };
    row("statistics, together", all[0], all[1], all[2]);
    const Index P = step.parameters;
    row("gradients", step.gradients.bytes, gradient_bytes(P, 8, size), gradient_bytes(P, 64, size));
    row("  by an all-reduce", all_reduce_bytes(P, ranks, size), all_reduce_bytes(P, 8, size),
        all_reduce_bytes(P, 64, size));
    Index exchanges = 0;
    for (const LayerTraffic& layer : step.layers) exchanges += layer.forward.exchanges + layer.backward.exchanges;
    std::printf("%lld exchanges for statistics, one for gradients (%lld parameters)\n",
                static_cast<long long>(exchanges), static_cast<long long>(P));
}

/// The ways' distances from whole batches in one seed; those that the checkpoint has are not computed again. Calls
/// `on_way` after each. Throws FileError.
template <class OnWay>
WaysRun ways_run(const TrainingPlan& plan, const std::vector<Way>& ways, Checkpoint& checkpoint, const OnWay& on_way) {
    const std::string run = "ways " + std::to_string(plan.seed);
    const Shape shape{2, plan.steps};  // in double, in float
    NamedTensors finished;
    checkpoint.restore(run, [&](const NamedTensors& state) {
        for (const auto& [name, unused] : state)
            if (const Shape found = saved<Tensor<double>>(state, name).shape(); found != shape)
                throw FileError("its '" + name + "' has shape " + to_string(found));
        finished = state;
    });
    Path<double> in_double;  // whole batches
    Path<float> in_float;
    WaysRun result{plan.seed, {}, {}};
    for (const Way& way : ways) {
        if (interrupted()) break;
        if (!finished.contains(way.name)) {
            if (in_double.empty()) {
                in_double = whole_batch_path<double>(plan);
                in_float = whole_batch_path<float>(plan);
            }
            Tensor<double> both(shape);
            std::ranges::copy(distances(way, plan, in_double), both.data());
            std::ranges::copy(distances(way, plan, in_float), both.data() + plan.steps);
            finished[way.name] = both;
            checkpoint.save(run, finished);
        }
        const double* both = saved<Tensor<double>>(finished, way.name).data();
        result.in_double.emplace_back(both, both + plan.steps);
        result.in_float.emplace_back(both + plan.steps, both + 2 * plan.steps);
        on_way();
    }
    return result;
}

/// Ranks as threads of this process, against one process with whole batches. Nothing if Ctrl-C ended it.
inline std::optional<Figure> synchronised_experiment(const Dataset& data, const Amount& amount,
                                                     Checkpoint& checkpoint) {
    std::printf("\n3. synchronised: ranks (threads of this process) against whole batches of %lld, %d steps\n",
                static_cast<long long>(amount.batch), Amount::steps);
    catch_interrupts();
    const std::vector<Way> ways = all_ways();
    std::vector<WaysRun> runs;
    Progress progress("training", static_cast<long>(amount.seeds.size() * ways.size()));
    long done = 0;
    for (const std::uint64_t seed : amount.seeds) {
        runs.push_back(ways_run({data.train, amount.batch, Amount::steps, seed}, ways, checkpoint,
                                [&] { progress.update(++done); }));
        if (interrupted()) return {};
    }
    progress.erase();

    std::printf("largest difference of a parameter after %d steps, largest of %zu seed(s)\n", Amount::steps,
                runs.size());
    std::printf("%-24s %-20s %12s %12s\n", "", "images", "double", "float");
    for (std::size_t w = 0; w < ways.size(); ++w) {
        double in_double = 0, in_float = 0;
        for (const WaysRun& run : runs) {
            in_double = std::max(in_double, run.in_double[w].back());
            in_float = std::max(in_float, run.in_float[w].back());
        }
        std::string name = ways[w].name;
        std::replace(name.begin(), name.end(), '_', ' ');
        std::printf("%-24s %-20s %12.1e %12.1e\n", name.c_str(),
                    to_text(shards_of(amount.batch, ways[w].shares)).c_str(), in_double, in_float);
    }
    const TrainingPlan plan{data.train, amount.batch, Amount::steps, amount.seeds.front()};
    run_ranks(2, [&](Communicator& ranks) {
        const StepTraffic step = traffic_of_a_step<float>(ranks, plan);
        if (ranks.rank() == 0) print_traffic(step, ranks.size(), sizeof(float));
    });
    std::printf("\n");
    return ways_figure(ways, runs, plan, data);
}

}  // namespace bn
