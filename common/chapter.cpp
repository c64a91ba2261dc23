#include "common/chapter.hpp"

#include <getopt.h>
#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string_view>

namespace bn {
namespace {

struct Description {
    Option option;
    const char* name;   // without the dashes
    const char* value;  // how --help calls its argument; nullptr for a flag
    const char* text;
};

// Every option of the tutorial, each described in this one place.
constexpr Description descriptions[] = {
    {Option::data, "data", "DIR", "photographs: CIFAR-10's .bin files, or train/ and test/ with airplane/ and bird/"},
    {Option::data, "sketches", nullptr, "the built-in drawings of birds and aeroplanes"},
    {Option::plots, "plots", "DIR", "where figures go (default: plots/out in the checkout)"},
    {Option::seed, "seed", "N", "seed of everything random"},
    {Option::threads, "threads", "N", "threads to use (default: one for each core)"},
    {Option::quick, "quick", nullptr, "the same experiment in a shorter form"},
    {Option::full, "full", nullptr, "in a longer form: more runs, more images, more epochs"},
    {Option::experiment, "experiment", "NAME", "runs this experiment only"},
    {Option::experiment, "list", nullptr, "lists the experiments"},
    {Option::seeds, "seeds", "N", "runs of each setting, with seeds that follow each other"},
    {Option::epochs, "epochs", "N", "passes over the training images"},
    {Option::batch, "batch", "N", "images per step"},
    {Option::lr, "lr", "X", "learning rate of SGD"},
    {Option::momentum, "momentum", "X", "momentum of SGD, from 0 to below 1"},
    {Option::schedule, "schedule", "NAME", "constant, or cosine: the rate falls to 0 over the run"},
    {Option::layer, "layer", "NAME", "the batch norm layer to look at"},
    {Option::checkpoint, "checkpoint", "FILE", "after each epoch, or each run, writes there how far it is"},
    {Option::checkpoint, "resume", "FILE",
     "goes on from such a file, to the bit; --checkpoint says where it is written on"},
    {Option::weights, "save", "FILE", "writes the trained weights, as .safetensors"},
    {Option::weights, "load", "FILE", "measures the network with such weights, and trains nothing"},
};

std::string in_quotes(std::string_view text) {
    return "'" + std::string(text) + "'";
}

// A number of type T in [low, high], all of `text`.
template <class T>
T number(const std::string& option, const std::string& text, T low, T high, const std::string& expected) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    // Written so that nan, which compares false with everything, is refused too.
    if (error != std::errc{} || stop != end || !(value >= low && value <= high))
        throw UsageError("--" + option + " needs " + expected + ", not " + in_quotes(text));
    return value;
}

void set(Options& options, const std::string& name, const std::string& value) {
    constexpr int any = std::numeric_limits<int>::max();
    constexpr std::array with_names = {"data", "plots", "layer", "experiment", "checkpoint", "resume", "save", "load"};
    if (value.empty() && std::find(with_names.begin(), with_names.end(), name) != with_names.end())
        throw UsageError("--" + name + " needs a name, not ''");
    if (name == "data") {
        options.data = value;
    } else if (name == "plots") {
        options.plots = value;
    } else if (name == "layer") {
        options.layer = value;
    } else if (name == "checkpoint") {
        options.checkpoint = value;
    } else if (name == "resume") {
        options.resume = value;
    } else if (name == "save") {
        options.save = value;
    } else if (name == "load") {
        options.load = value;
    } else if (name == "sketches") {
        options.sketches = true;
    } else if (name == "quick") {
        options.quick = true;
    } else if (name == "full") {
        options.full = true;
    } else if (name == "experiment") {
        options.experiment = value;
    } else if (name == "list") {
        options.list = true;
    } else if (name == "seeds") {
        options.seeds = number<int>(name, value, 1, 1000, "a whole number from 1 to 1000");
    } else if (name == "seed") {
        options.seed = number<std::uint64_t>(name, value, 0, std::numeric_limits<std::uint64_t>::max(),
                                             "a whole number, 0 or more");
    } else if (name == "threads") {
        options.threads = number<int>(name, value, 1, 1024, "a whole number from 1 to 1024");
    } else if (name == "epochs") {
        options.epochs = number<int>(name, value, 0, any, "a whole number, 0 or more");
        options.epochs_given = true;
    } else if (name == "batch") {
        options.batch = number<int>(name, value, 1, any, "a whole number, 1 or more");
    } else if (name == "lr") {
        options.lr = number<double>(name, value, 0.0, std::numeric_limits<double>::max(), "a finite number, 0 or more");
    } else if (name == "momentum") {
        options.momentum = number<double>(name, value, 0.0, std::nextafter(1.0, 0.0), "a number from 0 to below 1");
    } else if (name == "schedule") {
        if (value != "constant" && value != "cosine")
            throw UsageError("--schedule is constant or cosine, not " + in_quotes(value));
        options.schedule = value == "cosine" ? Schedule::cosine : Schedule::constant;
    }
}

void check_experiment(const Chapter& chapter, const std::string& name) {
    std::string all;
    for (const Experiment& experiment : chapter.experiments) {
        if (name.empty() || experiment.name == name) return;
        all += (all.empty() ? "" : ", ") + experiment.name;
    }
    if (!name.empty()) throw UsageError("there is no experiment " + in_quotes(name) + "; there are: " + all);
}

void print_experiments(const Chapter& chapter) {
    std::size_t width = 0;
    for (const Experiment& experiment : chapter.experiments) width = std::max(width, experiment.name.size());
    for (const Experiment& experiment : chapter.experiments)
        std::printf("%-*s  %s\n", static_cast<int>(width), experiment.name.c_str(), experiment.question.c_str());
}

// Threads that wait for each other should sleep. OpenMP's own way is to spin, which costs up to twenty times the run
// time when another program needs the processor too. GCC's OpenMP may look a thousand times first, some 30 us: most
// waits are over by then. OpenMP reads the environment before main, so the program starts once more. The user's own
// choice stands. A test that calls run_chapter passes words of its own: nothing is started.
void let_threads_sleep(char** argv) {
    if (std::getenv("OMP_WAIT_POLICY") || argv[0] != program_invocation_name) return;
    ::setenv("OMP_WAIT_POLICY", "passive", 1);
    ::setenv("GOMP_SPINCOUNT", "1000", 0);
    ::execv("/proc/self/exe", argv);  // returns only if it failed: then the threads spin
}

volatile std::sig_atomic_t interrupt_seen = 0;

extern "C" void on_interrupt(int) {
    interrupt_seen = 1;
}

}  // namespace

Options parse_options(const Chapter& chapter, int argc, char** argv) {
    std::vector<const Description*> taken;
    std::vector<option> long_options;
    for (const Description& d : descriptions) {
        if (std::find(chapter.takes.begin(), chapter.takes.end(), d.option) == chapter.takes.end()) continue;
        taken.push_back(&d);
        long_options.push_back({d.name, d.value ? required_argument : no_argument, nullptr, 0});
    }
    long_options.push_back({nullptr, 0, nullptr, 0});

    Options options = chapter.defaults;
    options.program = chapter.name;
    optind = 0;  // getopt keeps its place in this global: 0 starts afresh
    opterr = 0;  // the messages are ours
    int which = 0;
    // "+": stop at the first word that is no option; ":": tell a missing value from an unknown option.
    for (int at = 1, found; (found = getopt_long(argc, argv, "+:", long_options.data(), &which)) != -1; at = optind) {
        const std::string word = argv[at];
        if (found == ':') throw UsageError(word + " needs a value");
        // getopt knows the flag of --quick=yes
        for (const Description* d : taken)
            if (found == '?' && !d->value && word.starts_with(std::string("--") + d->name + "="))
                throw UsageError(std::string("--") + d->name + " takes no value");
        if (found == '?') throw UsageError("unknown option " + in_quotes(word));
        set(options, taken[static_cast<std::size_t>(which)]->name, optarg ? optarg : "");
    }
    if (optind < argc) throw UsageError("unexpected " + in_quotes(argv[optind]));
    if (options.sketches && !options.data.empty()) throw UsageError("--data and --sketches exclude each other");
    if (!options.load.empty() && !(options.save.empty() && options.checkpoint.empty() && options.resume.empty()))
        throw UsageError("--load trains nothing: it goes with neither --save, --checkpoint nor --resume");
    if (options.quick && options.full) throw UsageError("--quick and --full exclude each other");
    check_experiment(chapter, options.experiment);
    return options;
}

std::string help(const Chapter& chapter) {
    std::string text = chapter.purpose + "\n\nUsage: build/bin/" + chapter.name + " [options]\n\n";
    for (const Description& d : descriptions) {
        if (std::find(chapter.takes.begin(), chapter.takes.end(), d.option) == chapter.takes.end()) continue;
        std::string left = std::string("  --") + d.name + (d.value ? std::string(" ") + d.value : "");
        left.resize(std::max<std::size_t>(left.size() + 2, 20), ' ');
        text += left + d.text;
        const Options& defaults = chapter.defaults;
        char value[64] = "";
        switch (d.option) {
            case Option::seed:
                std::snprintf(value, sizeof value, "%llu", static_cast<unsigned long long>(defaults.seed));
                break;
            case Option::epochs:
                std::snprintf(value, sizeof value, "%d", defaults.epochs);
                break;
            case Option::batch:
                if (defaults.batch > 0) std::snprintf(value, sizeof value, "%d", defaults.batch);
                break;
            case Option::lr:
                std::snprintf(value, sizeof value, "%g", defaults.lr);
                break;
            case Option::momentum:
                std::snprintf(value, sizeof value, "%g", defaults.momentum);
                break;
            case Option::schedule:
                std::snprintf(value, sizeof value, "%s", defaults.schedule == Schedule::cosine ? "cosine" : "constant");
                break;
            case Option::layer:
                std::snprintf(value, sizeof value, "%s", defaults.layer.c_str());
                break;
            default:
                break;
        }
        text += *value ? std::string(" (default: ") + value + ")\n" : "\n";
    }
    return text + "  --help            this text\n";
}

int run_chapter(const Chapter& chapter, int argc, char** argv, const std::function<void(const Options&)>& body) {
    const auto fail = [&](std::string message, int status) {
        std::fflush(stdout);
        // One line, and nothing that a name in a damaged file could do to a terminal
        std::replace_if(
            message.begin(), message.end(), [](unsigned char c) { return std::iscntrl(c); }, ' ');
        std::fprintf(stderr, "%s: %s\n", chapter.name.c_str(), message.c_str());
        return status;
    };
    const auto finish = [&] {
        if (std::fflush(stdout) != 0 || std::ferror(stdout)) return fail("cannot write to standard output", 1);
        return interrupted() ? fail("interrupted; only what was complete is written", 130) : 0;
    };
    let_threads_sleep(argv);
    try {
        for (int i = 1; i < argc; ++i)
            if (std::string_view(argv[i]) == "--help") {
                std::fputs(help(chapter).c_str(), stdout);
                return finish();
            }
        Options options = parse_options(chapter, argc, argv);
        if (options.list) {
            print_experiments(chapter);
            return finish();
        }
        if (options.plots.empty()) options.plots = project_root() / "plots" / "out";
        if (options.threads > 0) omp_set_num_threads(options.threads);
        body(options);
        return finish();
    } catch (const UsageError& error) {
        return fail(std::string(error.what()) + "; --help lists the options", 2);
    } catch (const std::bad_alloc&) {
        return fail("out of memory", 1);
    } catch (const std::exception& error) {
        return fail(error.what(), interrupted() ? 130 : 1);  // Ctrl-C ends gnuplot, too
    }
}

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = on_interrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);  // reset: the second Ctrl-C ends the program
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
}

bool interrupted() {
    return interrupt_seen != 0;
}

std::filesystem::path project_root() {
    return BN_PROJECT_ROOT;
}

}  // namespace bn
