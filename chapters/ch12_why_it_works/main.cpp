// Chapter 12: why it works. Each claim of the article, and of the paper that it cites, as an experiment.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "ch12_why_it_works/accuracy.hpp"
#include "ch12_why_it_works/activation.hpp"
#include "ch12_why_it_works/eval_mode.hpp"
#include "ch12_why_it_works/faster.hpp"
#include "ch12_why_it_works/initialisation.hpp"
#include "ch12_why_it_works/learning_rate.hpp"
#include "ch12_why_it_works/noise_and_drift.hpp"
#include "ch12_why_it_works/projection.hpp"
#include "ch12_why_it_works/shift.hpp"
#include "ch12_why_it_works/smoothness.hpp"
#include "common/chapter.hpp"
#include "common/checkpoint.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

// In the order in which they run. Those with a * are the ones to begin with.
struct Entry {
    Experiment experiment;
    std::optional<Figure> (*run)(const Lab&);  // nothing if Ctrl-C ended it
};
const std::vector<Entry> entries = {
    {{"faster", "* Does it train faster?"}, faster_experiment},
    {{"learning-rate", "* Does it bear higher learning rates?"}, learning_rate_experiment},
    {{"initialisation", "Does it depend less on the first weights?"}, initialisation_experiment},
    {{"accuracy", "Is it more accurate?"}, accuracy_experiment},
    {{"eval-mode", "* What if eval() is forgotten?"}, eval_mode_experiment},
    {{"activation", "* Is it the activation region?"}, activation_experiment},
    {{"shift", "Is it internal covariate shift?"}, shift_experiment},
    {{"smoothness", "Is it a smoother loss?"}, smoothness_experiment},
    {{"noise-and-drift", "What moves the running mean?"}, noise_and_drift_experiment},
    {{"projection", "What does batch norm do to the weights before it?"}, projection_experiment},
};

std::vector<Experiment> experiments() {
    std::vector<Experiment> all;
    for (const Entry& entry : entries) all.push_back(entry.experiment);
    return all;
}

void chapter(const Options& options) {
    const Dataset all = load_dataset(options);
    const PlotFolder plots(options.plots / all.slug);
    Lab lab{all, options.quick ? Form::quick : options.full ? Form::full : Form::standard, {}, nullptr};
    const int runs = options.seeds > 0 ? options.seeds : lab.choose(2, 3, 5);
    for (int i = 0; i < runs; ++i) lab.seeds.push_back(options.seed + static_cast<std::uint64_t>(i));
    Checkpoint checkpoint(options, all);
    FinishedRuns finished(checkpoint);
    lab.finished = &finished;

    for (std::size_t i = 0; i < entries.size() && !interrupted(); ++i) {
        const auto& [name, question] = entries[i].experiment;
        if (!options.experiment.empty() && options.experiment != name) continue;
        std::printf("\n%zu. %s: %s\n", i + 1, name.c_str(), question.c_str() + (question.starts_with("* ") ? 2 : 0));
        // Runs are counted through the seeds, so with other seeds they are others
        finished.begin(name + ", " + std::to_string(lab.seeds.size()) + " seeds, run");
        if (const std::optional<Figure> figure = entries[i].run(lab)) {
            std::printf("%s\n", figure->title.c_str());
            plots.save({*figure});
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch12_why_it_works",
                        .purpose = "Tests each claim about batch norm by an experiment.",
                        .takes = {Option::data, Option::experiment, Option::seeds, Option::quick, Option::full,
                                  Option::seed, Option::threads, Option::plots, Option::checkpoint},
                        .experiments = experiments()},
                       argc, argv, chapter);
}
