// The experiment that mpirun starts: ranks that are processes, against one process and against threads.
// README.md, "Ranks as processes".
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "ch14_folding_and_ranks/experiments.hpp"

namespace bn {

/// What training on ranks came to, on this rank.
struct RanksResult {
    double distance = 0;  // rank 0 only: from `whole`, the largest difference of a parameter after the last step
    bool same = false;    // whether all ranks hold the same parameters and running statistics, to the bit
    double milliseconds = 0, waiting = 0;  // of a step
};

/// Trains on these ranks. `whole`: rank 0's parameters after whole batches; empty elsewhere.
template <std::floating_point T>
RanksResult train_together(Communicator& ranks, bool synchronise, const std::vector<Index>& shares,
                           const TrainingPlan& plan, const std::vector<T>& whole) {
    const auto model = make_network<T>(plan.seed, synchronise ? &ranks : nullptr);
    agree(ranks, *model, plan, shares);  // here the ranks that come first wait for the others, outside of what is timed
    const Traffic before = ranks.traffic();
    const double start = now();
    train_on_ranks(*model, plan, shares, ranks, [](int) {});
    RanksResult result;
    result.milliseconds = 1e3 * (now() - start) / plan.steps;
    result.waiting = 1e3 * (ranks.traffic() - before).seconds / plan.steps;
    result.same = same_on_all(ranks, numbers_of(*model, true));
    if (!whole.empty()) result.distance = distance(numbers_of(*model), whole);
    return result;
}

/// Synchronised and not, in double and in float, in equal shards and in uneven ones; then what a step costs.
inline void ranks_experiment(Communicator& ranks, const Dataset& data, const Amount& amount) {
    const int R = ranks.size();
    const std::vector<Index> equal = equal_shares(R), rising = rising_shares(R);
    const TrainingPlan plan{data.train, amount.batch, Amount::steps, amount.seeds.front()};
    agree(ranks, *make_network<float>(plan.seed), plan, equal);
    agree(ranks, *make_network<float>(plan.seed), plan, rising);
    std::printf("\n4. ranks: %d processes against one with whole batches of %lld; %d steps, seed %llu\n", R,
                static_cast<long long>(plan.batch), plan.steps, static_cast<unsigned long long>(plan.seed));
    std::printf("rank 0 trains alone first\n\n");
    std::fflush(stdout);
    std::vector<double> in_double;
    std::vector<float> in_float;
    if (ranks.rank() == 0) {
        in_double = whole_batch_path<double>(plan).back();
        in_float = whole_batch_path<float>(plan).back();
    }
    std::printf("%-8s %-16s %-20s %20s %12s %14s\n", "", "statistics", "images", "largest difference", "all ranks",
                "ms a step");
    const auto row = [&](const char* type, bool synchronise, const std::vector<Index>& shares, RanksResult result) {
        std::printf("%-8s %-16s %-20s %20.1e %12s %6.1f, %4.1f waiting\n", type, synchronise ? "synchronised" : "own",
                    to_text(shards_of(plan.batch, shares)).c_str(), result.distance,
                    result.same ? "the same" : "differ", result.milliseconds, result.waiting);
        std::fflush(stdout);
    };
    for (const bool synchronise : {true, false})
        for (const std::vector<Index>& shares : {equal, rising}) {
            row("double", synchronise, shares, train_together(ranks, synchronise, shares, plan, in_double));
            row("float", synchronise, shares, train_together(ranks, synchronise, shares, plan, in_float));
        }
    print_traffic(traffic_of_a_step<float>(ranks, plan), R, sizeof(float));
}

}  // namespace bn
