// What every chapter's main.cpp shares: options, the exit status, Ctrl-C.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bn {

enum class Schedule { constant, cosine };

/// What the command line says. A chapter sets its own defaults and lists the options that it takes.
struct Options {
    std::string program{};          // the chapter's name
    std::filesystem::path data{};   // --data: folder of photographs; empty: $CIFAR10_DIR, data/, or sketches
    bool sketches = false;          // --sketches: the built-in drawings, whatever else there is
    std::filesystem::path plots{};  // --plots: where figures go
    std::uint64_t seed = 0;         // --seed: of weights and shuffling (sketches are always the same)
    int threads = 0;                // --threads: 0 means one for each core
    bool quick = false;             // --quick: the same experiment, smaller
    bool full = false;              // --full: larger, as for the committed figures
    std::string experiment{};       // --experiment: the one to run; empty: all
    bool list = false;              // --list: says which experiments there are, and runs nothing
    int seeds = 0;                  // --seeds: runs of each setting, seed, seed + 1, …; 0: the chapter's choice
    int epochs = 0;                 // --epochs
    int batch = 64;                 // --batch: images per step; 0: the chapter's choice
    double lr = 0.01;               // --lr: learning rate
    double momentum = 0.9;          // --momentum: of SGD (batch norm's own momentum is another thing)
    Schedule schedule = Schedule::constant;  // --schedule
    std::string layer = "res_block1.bn1";    // --layer: the module to look at
    std::filesystem::path checkpoint{};      // --checkpoint: where a run notes how far it is; empty: nowhere
    std::filesystem::path resume{};          // --resume: the checkpoint that it goes on from
    std::filesystem::path save{};            // --save: where the trained weights go; empty: nowhere
    std::filesystem::path load{};            // --load: weights to look at, instead of training
    bool epochs_given = false;               // so that --quick does not override --epochs
};

/// The options there are; `data` stands for --data and --sketches, `experiment` for --experiment and --list,
/// `checkpoint` for --checkpoint and --resume, `weights` for --save and --load. --help is everywhere.
enum class Option {
    data,
    plots,
    seed,
    threads,
    quick,
    full,
    experiment,
    seeds,
    epochs,
    batch,
    lr,
    momentum,
    schedule,
    layer,
    checkpoint,
    weights
};

/// An experiment that --experiment can name.
struct Experiment {
    std::string name;      // "batch-size"
    std::string question;  // for --list
};

struct Chapter {
    std::string name;     // "ch08_resnet"
    std::string purpose;  // one sentence for --help
    std::vector<Option> takes;
    Options defaults = {};
    std::vector<Experiment> experiments = {};  // in the order in which they run
};

/// A wrong command line: run_chapter prints it with a hint at --help and returns 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads the command line over the chapter's defaults. Throws UsageError, naming the option.
Options parse_options(const Chapter& chapter, int argc, char** argv);

/// The text of --help.
std::string help(const Chapter& chapter);

/// Runs `body` and turns what happens into one line on stderr and an exit status:
/// 0 fine, 1 an error, 2 a wrong command line, 130 interrupted by Ctrl-C.
int run_chapter(const Chapter& chapter, int argc, char** argv, const std::function<void(const Options&)>& body);

/// From here on, Ctrl-C asks for a stop rather than ending the program; a second Ctrl-C ends it.
void catch_interrupts();

/// Whether Ctrl-C was pressed: training looks at it between batches.
bool interrupted();

/// The checkout's root folder, for data/ and plots/out/.
std::filesystem::path project_root();

}  // namespace bn
