#include <omp.h>
#include <stdio_ext.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/catch.hpp"

#include "common/chapter.hpp"

using namespace bn;

namespace {

/// A chapter that takes everything.
Chapter trainer() {
    Options defaults;
    defaults.epochs = 15;
    defaults.schedule = Schedule::cosine;
    return {.name = "ch99_trainer",
            .purpose = "Trains.",
            .takes = {Option::data, Option::plots, Option::seed, Option::threads, Option::quick, Option::full,
                      Option::experiment, Option::seeds, Option::epochs, Option::batch, Option::lr, Option::momentum,
                      Option::schedule, Option::layer},
            .defaults = defaults,
            .experiments = {{"faster", "Does it train faster?"}, {"shift", "Is it the shift?"}}};
}

/// A chapter that takes little.
Chapter small() {
    return {.name = "ch98_small", .purpose = "Calculates.", .takes = {Option::seed, Option::plots}};
}

/// argc and argv of the given words.
template <class Function>
auto with_arguments(std::vector<std::string> words, const Function& function) {
    words.insert(words.begin(), "program");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    return function(static_cast<int>(words.size()), argv.data());
}

Options parse(const Chapter& chapter, const std::vector<std::string>& words) {
    return with_arguments(words, [&](int argc, char** argv) { return parse_options(chapter, argc, argv); });
}

/// What run_chapter returns and prints.
struct Outcome {
    int status;
    std::string out, err;
};

/// Runs `action` with file descriptor `fd` going to a temporary file, and returns what came there.
std::string captured(std::FILE* stream, const std::function<void()>& action) {
    std::fflush(stream);
    const int fd = ::fileno(stream), kept = ::dup(fd);
    std::FILE* file = std::tmpfile();
    ::dup2(::fileno(file), fd);
    action();
    std::fflush(stream);
    ::dup2(kept, fd);
    ::close(kept);
    std::rewind(file);
    std::string text;
    for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
    std::fclose(file);
    return text;
}

Outcome run(const Chapter& chapter, const std::vector<std::string>& words,
            const std::function<void(const Options&)>& body) {
    Outcome outcome{};
    outcome.err = captured(stderr, [&] {
        outcome.out = captured(stdout, [&] {
            outcome.status =
                with_arguments(words, [&](int argc, char** argv) { return run_chapter(chapter, argc, argv, body); });
        });
    });
    return outcome;
}

bool is_one_line(const std::string& text) {
    return !text.empty() && text.find('\n') == text.size() - 1;
}

}  // namespace

TEST_CASE("without options a chapter has its own defaults") {
    const Options options = parse(trainer(), {});
    CHECK(options.epochs == 15);
    CHECK(options.schedule == Schedule::cosine);
    CHECK_FALSE(options.epochs_given);
    CHECK_FALSE(options.quick);
    CHECK(options.data.empty());
}

TEST_CASE("every option reaches its field") {
    const Options options =
        parse(trainer(), {"--data",    "photographs", "--plots",    "figures",      "--seed", "18446744073709551615",
                          "--threads", "3",           "--quick",    "--epochs",     "4",      "--batch",
                          "32",        "--lr",        "0.5e-1",     "--momentum",   "0",      "--schedule",
                          "constant",  "--layer",     "bn_initial", "--experiment", "shift",  "--seeds",
                          "5"});
    CHECK(options.data == "photographs");
    CHECK(options.plots == "figures");
    CHECK(options.seed == 18446744073709551615u);
    CHECK(options.threads == 3);
    CHECK(options.quick);
    CHECK(options.epochs == 4);
    CHECK(options.epochs_given);
    CHECK(options.batch == 32);
    CHECK(options.lr == 0.05);
    CHECK(options.momentum == 0.0);
    CHECK(options.schedule == Schedule::constant);
    CHECK(options.layer == "bn_initial");
    CHECK(options.experiment == "shift");
    CHECK(options.seeds == 5);
    CHECK_FALSE(options.list);
    CHECK_FALSE(options.full);
    CHECK(parse(trainer(), {"--full"}).full);
    CHECK(parse(trainer(), {"--list"}).list);
    CHECK(parse(trainer(), {"--sketches"}).sketches);
}

TEST_CASE("no epoch at all is a training, too") {
    CHECK(parse(trainer(), {"--epochs", "0"}).epochs == 0);
}

TEST_CASE("values may follow an equals sign and names may be cut short") {
    CHECK(parse(trainer(), {"--epochs=3"}).epochs == 3);
    CHECK(parse(trainer(), {"--data=a=b"}).data == "a=b");
    CHECK(parse(trainer(), {"--ep", "3"}).epochs == 3);
    CHECK(parse(trainer(), {"--epochs", "3", "--epochs", "5"}).epochs == 5);  // the last one counts
    CHECK_THROWS_WITH(parse(trainer(), {"--s", "3"}), contains("'--s'"));     // seed, sketches or schedule?
}

TEST_CASE("a wrong command line names the option and the value") {
    using Words = std::vector<std::string>;
    const std::vector<std::pair<Words, Words>> cases = {
        {{"--colour", "red"}, {"'--colour'"}},
        {{"--colour=red"}, {"'--colour=red'"}},
        {{"-x"}, {"'-x'"}},
        {{"-xyz"}, {"'-xyz'"}},
        {{"--quick", "-xyz"}, {"'-xyz'"}},
        {{"--quick=yes"}, {"--quick takes no value"}},
        {{"--epochs"}, {"--epochs", "value"}},
        {{"--data"}, {"--data", "value"}},
        {{"--epochs", "three"}, {"--epochs", "'three'"}},
        {{"--epochs", "-1"}, {"--epochs", "'-1'"}},
        {{"--epochs", "2.5"}, {"--epochs", "'2.5'"}},
        {{"--epochs", "3x"}, {"--epochs", "'3x'"}},
        {{"--epochs", ""}, {"--epochs", "''"}},
        {{"--epochs", "99999999999999999999"}, {"--epochs", "'99999999999999999999'"}},
        {{"--batch", "0"}, {"--batch", "'0'"}},
        {{"--batch", "-64"}, {"--batch", "'-64'"}},
        {{"--lr", "nan"}, {"--lr", "'nan'"}},
        {{"--lr", "-nan"}, {"--lr", "'-nan'"}},
        {{"--lr", "inf"}, {"--lr", "'inf'"}},
        {{"--lr", "1e999"}, {"--lr", "'1e999'"}},
        {{"--lr", "-1"}, {"--lr", "'-1'"}},
        {{"--lr", "0,1"}, {"--lr", "'0,1'"}},
        {{"--momentum", "1"}, {"--momentum", "'1'"}},
        {{"--momentum", "-0.1"}, {"--momentum", "'-0.1'"}},
        {{"--momentum", "nan"}, {"--momentum", "'nan'"}},
        {{"--seed", "-1"}, {"--seed", "'-1'"}},
        {{"--seed", "1e3"}, {"--seed", "'1e3'"}},
        {{"--threads", "0"}, {"--threads", "'0'"}},
        {{"--threads", "100000"}, {"--threads", "'100000'"}},
        {{"--schedule", "foo"}, {"--schedule", "'foo'", "cosine"}},
        {{"--data", ""}, {"--data"}},
        {{"--plots="}, {"--plots"}},
        {{"--layer", ""}, {"--layer"}},
        {{"--experiment", "slower"}, {"'slower'", "faster, shift"}},
        {{"--experiment", ""}, {"--experiment"}},
        {{"--experiment"}, {"--experiment", "value"}},
        {{"--seeds", "0"}, {"--seeds", "'0'"}},
        {{"--seeds", "2.5"}, {"--seeds", "'2.5'"}},
        {{"--seeds", "1001"}, {"--seeds", "'1001'"}},
        {{"--list=all"}, {"--list takes no value"}},
        {{"--quick", "--full"}, {"--quick", "--full"}},
        {{"more"}, {"'more'"}},
        {{"--seed", "1", "2"}, {"'2'"}},
        {{"--", "--seed"}, {"'--seed'"}},
        {{""}, {"''"}},
        {{"--data", "photographs", "--sketches"}, {"--data", "--sketches"}},
    };
    for (const auto& [words, expected] : cases) {
        CAPTURE(words);
        CHECK_THROWS_AS(parse(trainer(), words), UsageError);
        for (const std::string& part : expected) CHECK_THROWS_WITH(parse(trainer(), words), contains(part));
    }
}

TEST_CASE("a chapter refuses the options that it does not use") {
    for (const std::string option : {"--data", "--threads", "--epochs", "--batch", "--lr", "--momentum", "--schedule",
                                     "--layer", "--experiment", "--seeds"})
        CHECK_THROWS_WITH(parse(small(), {option, "1"}), contains("unknown option '" + option + "'"));
    for (const std::string option : {"--quick", "--sketches", "--full", "--list"})
        CHECK_THROWS_WITH(parse(small(), {option}), contains("unknown option '" + option + "'"));
    CHECK(parse(small(), {"--seed", "7"}).seed == 7);
}

TEST_CASE("--load goes with nothing that trains") {
    const Chapter chapter{.name = "ch97_weights", .purpose = "Saves.", .takes = {Option::checkpoint, Option::weights}};
    CHECK(parse(chapter, {"--load", "a"}).load == "a");
    for (const std::string other : {"--save", "--checkpoint", "--resume"})
        CHECK_THROWS_WITH(parse(chapter, {"--load", "a", other, "b"}), contains("--load trains nothing"));
    const Options trains = parse(chapter, {"--save", "a", "--checkpoint", "b", "--resume", "c"});
    CHECK(trains.save == "a");
    CHECK(trains.checkpoint == "b");
    CHECK(trains.resume == "c");
}

TEST_CASE("help lists what the chapter takes with its defaults and nothing else") {
    const Outcome all = run(trainer(), {"--quick", "--help"}, [](const Options&) { FAIL("--help runs nothing"); });
    CHECK(all.status == 0);
    CHECK(all.err.empty());
    for (const char* line : {"\n  --data DIR ",  "\n  --sketches ",   "\n  --plots DIR ",     "\n  --seed N ",
                             "\n  --threads N ", "\n  --quick ",      "\n  --full ",          "\n  --experiment NAME ",
                             "\n  --list ",      "\n  --seeds N ",    "\n  --epochs N ",      "\n  --batch N ",
                             "\n  --lr X ",      "\n  --momentum X ", "\n  --schedule NAME ", "\n  --layer NAME ",
                             "\n  --help ",      "(default: 15)",     "(default: cosine)",    "(default: 64)"})
        CHECK_THAT(all.out, contains(line));

    const std::string little = help(small());
    CHECK_THAT(little, contains("build/bin/ch98_small") && contains("\n  --seed N ") && contains("\n  --plots DIR "));
    for (const char* other : {"data", "sketches", "threads", "quick", "full", "experiment", "list", "seeds", "epochs",
                              "batch", "lr", "momentum", "schedule", "layer"})
        CHECK_THAT(little, !contains(std::string("--") + other));
}

TEST_CASE("--list lists the experiments and runs nothing") {
    const Outcome listed = run(trainer(), {"--list"}, [](const Options&) { FAIL("--list runs nothing"); });
    CHECK(listed.status == 0);
    CHECK(listed.out == "faster  Does it train faster?\nshift   Is it the shift?\n");
    CHECK(listed.err.empty());
}

TEST_CASE("run_chapter returns 0 when all is well and hands the options over") {
    Options seen;
    const Outcome fine = run(small(), {"--seed", "5"}, [&](const Options& options) {
        seen = options;
        std::printf("a result\n");
    });
    CHECK(fine.status == 0);
    CHECK(fine.out == "a result\n");
    CHECK(fine.err.empty());
    CHECK(seen.seed == 5);
    CHECK(seen.plots == project_root() / "plots" / "out");
}

TEST_CASE("a chapter runs with the threads that it is given") {
    const int before = omp_get_max_threads();
    int seen = 0;
    run(trainer(), {"--threads", "3"}, [&](const Options&) { seen = omp_get_max_threads(); });
    omp_set_num_threads(before);
    CHECK(seen == 3);
}

TEST_CASE("run_chapter returns 2 on a wrong command line and says so in one line") {
    const Outcome wrong =
        run(trainer(), {"--epochs", "-1"}, [](const Options&) { FAIL("a wrong command line runs nothing"); });
    CHECK(wrong.status == 2);
    CHECK(wrong.out.empty());
    CHECK(is_one_line(wrong.err));
    CHECK_THAT(wrong.err, contains("ch99_trainer: --epochs") && contains("'-1'") && contains("--help"));
}

TEST_CASE("run_chapter returns 1 on an error and says so in one line") {
    const Outcome error = run(small(), {}, [](const Options&) {
        std::printf("before\n");
        throw std::runtime_error("the disk is full");
    });
    CHECK(error.status == 1);
    CHECK(error.out == "before\n");
    CHECK(error.err == "ch98_small: the disk is full\n");

    const Outcome lines = run(small(), {}, [](const Options&) { throw std::runtime_error("one\n  two\n"); });
    CHECK(lines.status == 1);
    CHECK(is_one_line(lines.err));
    CHECK_THAT(lines.err, contains("one") && contains("two"));

    // A name in a damaged file may be anything, but it has no say over the terminal
    const Outcome escape = run(small(), {}, [](const Options&) { throw std::runtime_error("a\x1b[31m\tb\a"); });
    CHECK(escape.err == "ch98_small: a [31m b \n");

    const Outcome memory = run(small(), {}, [](const Options&) { throw std::bad_alloc(); });
    CHECK(memory.status == 1);
    CHECK(memory.err == "ch98_small: out of memory\n");
}

TEST_CASE("run_chapter notices that its output could not be written") {
    for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"--help"}}) {
        CAPTURE(words);
        std::fflush(stdout);
        const int kept = ::dup(STDOUT_FILENO);
        std::FILE* full = std::fopen("/dev/full", "w");
        REQUIRE(full);
        ::dup2(::fileno(full), STDOUT_FILENO);
        int status = 0;
        const std::string err = captured(stderr, [&] {
            status = with_arguments(words, [&](int argc, char** argv) {
                return run_chapter(small(), argc, argv, [](const Options&) { std::printf("a result\n"); });
            });
        });
        ::dup2(kept, STDOUT_FILENO);
        ::close(kept);
        std::fclose(full);
        ::__fpurge(stdout);  // what could not be written is still there
        std::clearerr(stdout);
        CHECK(status == 1);
        CHECK(is_one_line(err));
        CHECK_THAT(err, contains("standard output"));
    }
}

TEST_CASE("run_chapter returns 130 after Ctrl-C and the chapter sees it") {
    // In a process of its own, since an interrupt stays seen. A chapter that fails after Ctrl-C (which also ends the
    // gnuplot that it waits for) is interrupted, too.
    for (const bool fails : {false, true}) {
        int status = -1;
        const std::string err = captured(stderr, [&] {
            const pid_t child = ::fork();
            if (child == 0) {
                ::_exit(with_arguments({}, [&](int argc, char** argv) {
                    return run_chapter(small(), argc, argv, [&](const Options&) {
                        if (interrupted()) ::_exit(98);
                        catch_interrupts();
                        std::raise(SIGINT);
                        if (!interrupted()) ::_exit(99);
                        if (fails) throw std::runtime_error("gnuplot was interrupted");
                    });
                }));
            }
            ::waitpid(child, &status, 0);
        });
        CAPTURE(fails, status);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 130);
        CHECK(is_one_line(err));
        CHECK_THAT(err, contains("interrupted"));
    }
}

TEST_CASE("the second Ctrl-C ends the program") {
    int status = -1;
    const pid_t child = ::fork();
    if (child == 0) {
        catch_interrupts();
        std::raise(SIGINT);
        std::raise(SIGINT);
        ::_exit(0);
    }
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
}
