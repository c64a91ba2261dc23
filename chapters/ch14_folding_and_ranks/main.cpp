// Chapter 14: inference without batch norm; and training with batch norm when the batch lies on several machines.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "ch14_folding_and_ranks/experiments.hpp"
#include "ch14_folding_and_ranks/mpi_communicator.hpp"
#include "ch14_folding_and_ranks/processes.hpp"
#include "common/chapter.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

const std::vector<Experiment> experiments = {
    {"folding", "Can batch norm be folded into the convolution before it, and what does that save?"},
    {"padding", "Can it be folded into the convolution after it?"},
    {"synchronised", "Do ranks with a part of the batch each train as one process with all of it?"},
    {"ranks", "The same with processes: mpirun -np 2 build/bin/ch14_folding_and_ranks --experiment ranks"},
};

Amount amount_of(const Options& options) {
    const int seeds = options.seeds > 0 ? options.seeds : options.quick ? 1 : options.full ? 5 : 2;
    Amount amount;
    for (int i = 0; i < seeds; ++i) amount.seeds.push_back(options.seed + static_cast<std::uint64_t>(i));
    amount.epochs = options.quick ? 1 : options.full ? 5 : 3;
    amount.rounds = options.quick ? 30 : options.full ? 200 : 60;
    amount.batch = options.batch > 0 ? options.batch : options.quick ? 16 : 64;
    return amount;
}

void chapter(const Options& options) {
    const Amount amount = amount_of(options);
    const auto wanted = [&](const char* name) { return options.experiment.empty() || options.experiment == name; };
    if (options.experiment == "ranks" || started_by_mpirun()) {
        if (options.experiment != "ranks")
            throw UsageError("mpirun starts several of this program: that is for --experiment ranks only");
        if (built_with_mpi && !started_by_mpirun())
            throw UsageError(
                "--experiment ranks is started by mpirun: mpirun -np 2 build/bin/ch14_folding_and_ranks "
                "--experiment ranks");
        if (!options.checkpoint.empty() || !options.resume.empty())
            throw UsageError("--experiment ranks keeps no checkpoint: it trains for seconds");
        run_mpi_rank([&](Communicator& ranks) { ranks_experiment(ranks, load_dataset(options), amount); });
        return;
    }

    const Dataset all = load_dataset(options);
    const Dataset data = subset(all, options.quick ? 2000 : 10'000, 2000);
    if (wanted("synchronised")) {  // before any work
        check_batch({data.train, amount.batch});
        for (const Way& way : all_ways()) shards_of(amount.batch, way.shares);
    }
    const PlotFolder plots(options.plots / data.slug);
    std::vector<Figure> figures;
    const auto add = [&](std::optional<Figure> figure) {
        if (figure) figures.push_back(*figure);
    };
    Checkpoint checkpoint(options, all);
    Networks networks(data, amount, checkpoint);
    if (wanted("folding")) add(folding_experiment(networks));
    if (wanted("padding") && !interrupted()) add(padding_experiment(networks));
    if (wanted("synchronised") && !interrupted()) add(synchronised_experiment(data, amount, checkpoint));
    if (options.experiment.empty())
        std::printf("\n4. ranks: not run here. %s\n",
                    built_with_mpi ? "Start it with: mpirun -np 2 build/bin/ch14_folding_and_ranks --experiment ranks"
                                   : "It needs MPI, Debian's package libopenmpi-dev, and cmake run again");
    if (!figures.empty()) plots.save(figures);
}

}  // namespace

int main(int argc, char** argv) {
    const int status =
        run_chapter({.name = "ch14_folding_and_ranks",
                     .purpose = "Folds batch norm into convolutions, and synchronises it over ranks.",
                     .takes = {Option::data, Option::experiment, Option::seeds, Option::batch, Option::quick,
                               Option::full, Option::checkpoint, Option::seed, Option::threads, Option::plots},
                     .defaults = {.batch = 0},
                     .experiments = experiments},
                    argc, argv, chapter);
    finish_mpi(status);
    return status;
}
