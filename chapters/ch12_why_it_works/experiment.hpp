// What every experiment of this chapter shares: how much it may do, the table of its runs, and many runs at a time.
// README.md, "What the experiments have in common".
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdio>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/chapter.hpp"
#include "common/checkpoint.hpp"
#include "common/dataset.hpp"
#include "common/figure.hpp"
#include "common/progress.hpp"

namespace bn {

/// How much is run: --quick, neither, --full.
enum class Form { quick, standard, full };

using RunRows = std::vector<std::vector<double>>;

/// The runs of experiments that have ended, as the checkpoint has them: the rows of each, by experiment and number.
class FinishedRuns {
public:
    /// `checkpoint` must outlive this. Throws FileError.
    explicit FinishedRuns(Checkpoint& checkpoint) : checkpoint_(checkpoint) {
        checkpoint_.restore("runs", [&](const NamedTensors& state) { runs_ = state; });
        checkpoint_.save("runs", runs_);
    }

    /// From now on runs are called "EXPERIMENT NUMBER".
    void begin(const std::string& experiment) { experiment_ = experiment; }

    /// The rows of a run that has ended, if it has. Throws FileError if they have another number of columns.
    std::optional<RunRows> find(std::size_t run, std::size_t columns) const {
        const std::string name = name_of(run);
        if (!runs_.contains(name)) return {};
        const Tensor<double>& kept = saved<Tensor<double>>(runs_, name);
        if (kept.dim() != 2 || kept.size(1) != static_cast<Index>(columns))
            throw FileError("the checkpoint's '" + name + "' has shape " + to_string(kept.shape()));
        RunRows rows;
        for (auto row = kept.values().begin(); row != kept.values().end(); row += kept.size(1))
            rows.emplace_back(row, row + kept.size(1));
        return rows;
    }

    /// Adds a run's rows, each of `columns` numbers, and writes the checkpoint. Any thread may call it.
    void keep(std::size_t run, std::size_t columns, const RunRows& rows) {
        Tensor<double> all({static_cast<Index>(rows.size()), static_cast<Index>(columns)});
        auto to = all.values().begin();
        for (const std::vector<double>& row : rows) to = std::copy(row.begin(), row.end(), to);
        const std::lock_guard lock(mutex_);
        runs_[name_of(run)] = all;
        checkpoint_.save("runs", runs_);
    }

private:
    std::string name_of(std::size_t run) const { return experiment_ + " " + std::to_string(run); }

    Checkpoint& checkpoint_;
    std::string experiment_;
    NamedTensors runs_;
    std::mutex mutex_;  // of runs_ and checkpoint_
};

/// What an experiment has to work with: all the images, how much to do with them, the seeds of its runs, and those that
/// an earlier call of the program has done.
struct Lab {
    const Dataset& all;
    Form form = Form::standard;
    std::vector<std::uint64_t> seeds = {0};
    FinishedRuns* finished = nullptr;

    /// One of three numbers, by the form.
    template <class T>
    T choose(T quick, T standard, T full) const {
        return form == Form::quick ? quick : form == Form::full ? full : standard;
    }
};

/// The smallest, the middle and the largest of some numbers; of an even number, the mean of the middle two.
struct Spread {
    double low, median, high;
};
inline Spread spread_of(std::vector<double> values) {
    if (values.empty()) throw std::invalid_argument("spread_of: there are no values");
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    const double median = values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
    return {values.front(), median, values.back()};
}

/// The runs of an experiment, each a row of numbers: its seed, its setting, its results. A figure's title and its
/// medians are computed from this table, whether the runs have just ended or are read from a .tsv.
class RunTable {
public:
    /// Conditions on columns: {{"batch_norm", 1}, {"rate", 0.01}}. Numbers are compared up to their sixth digit.
    using Where = std::vector<std::pair<std::string, double>>;

    explicit RunTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
    explicit RunTable(const std::vector<std::string>& names) {
        for (const std::string& name : names) columns_.push_back({name, {}});
    }

    void add(const std::vector<double>& row) {
        if (row.size() != columns_.size()) throw std::invalid_argument("RunTable: a row of another length");
        for (std::size_t i = 0; i < row.size(); ++i) columns_[i].values.push_back(row[i]);
    }

    /// The values of a column, in the rows that meet the conditions, from top to bottom. Throws std::out_of_range if
    /// there is no such column.
    std::vector<double> values(const std::string& name, const Where& where = {}) const {
        const std::vector<double>& all = column(name);
        std::vector<double> chosen;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool meets = std::all_of(where.begin(), where.end(), [&](const auto& condition) {
                return std::abs(column(condition.first)[i] - condition.second) <= 1e-6 * std::abs(condition.second);
            });
            if (meets) chosen.push_back(all[i]);
        }
        return chosen;
    }

    /// Their spread; throws std::invalid_argument if no row meets the conditions.
    Spread spread(const std::string& name, const Where& where = {}) const { return spread_of(values(name, where)); }
    double median(const std::string& name, const Where& where = {}) const { return spread(name, where).median; }

    /// The values that a column takes, each once, in increasing order.
    std::vector<double> distinct(const std::string& name) const {
        std::vector<double> all = column(name);
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    const std::vector<Column>& columns() const { return columns_; }

private:
    const std::vector<double>& column(const std::string& name) const {
        for (const Column& c : columns_)
            if (c.name == name) return c.values;
        throw std::out_of_range("the table has no column '" + name + "'");
    }

    std::vector<Column> columns_;
};

/// Calls run(setting, tick) for each setting, several at a time, each with one thread, and gathers the rows that they
/// return, in the settings' order: they do not depend on the number of threads. Each run calls tick(images) as it
/// trains; images_of(setting), how many that will be in all, is for the progress bar and the estimate. Runs that are in
/// `finished` are not run again, and each that ends is added to it. After Ctrl-C the table lacks runs: see
/// interrupted().
template <class Setting, class ImagesOf, class Run>
requires std::invocable<ImagesOf, Setting> RunTable run_all(const std::vector<std::string>& names,
                                                            const std::vector<Setting>& settings,
                                                            const ImagesOf& images_of, const Run& run,
                                                            FinishedRuns* finished = nullptr) {
    catch_interrupts();
    std::vector<RunRows> rows(settings.size());
    std::vector<std::size_t> missing;
    double total = 0;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const std::optional<RunRows> kept = finished ? finished->find(i, names.size()) : std::nullopt;
        if (kept) rows[i] = *kept;
        if (kept) continue;
        missing.push_back(i);
        total += static_cast<double>(images_of(settings[i]));
    }
    std::printf("%zu runs, %.0f images in all, on %d threads\n", missing.size(), total, omp_get_max_threads());
    std::fflush(stdout);
    Progress progress("training", std::lround(total));
    std::vector<double> done(settings.size());
    const double start = now();
    bool estimated = false;
    std::exception_ptr failure;
    const auto show = [&] {
        double sum = 0;
        for (const double images : done) sum += images;
        const double left = (now() - start) / sum * (total - sum);
        if (!estimated && sum > total / 16) {
            estimated = true;
            progress.erase();
            std::printf("about %.0f s more\n", left);
            std::fflush(stdout);
        }
        progress.update(std::lround(sum), std::to_string(std::lround(left)) + " s more; after");
    };
// Runs are independent; each writes its own rows. Inside, loops have one thread.
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t at = 0; at < missing.size(); ++at) {
        if (interrupted()) continue;
        const std::size_t i = missing[at];
        const double expected = static_cast<double>(images_of(settings[i]));
        try {
            rows[i] = run(settings[i], [&](Index images) {
#pragma omp critical(bn_progress)
                {
                    done[i] = std::min(done[i] + static_cast<double>(images), expected);
                    show();
                }
            });
#pragma omp critical(bn_progress)
            done[i] = expected;  // it may have ended early
            if (finished && !interrupted()) finished->keep(i, names.size(), rows[i]);
        } catch (...) {
#pragma omp critical(bn_progress)
            failure = std::current_exception();
        }
    }
    progress.erase();
    if (failure) std::rethrow_exception(failure);
    RunTable table(names);
    for (const RunRows& some : rows)
        for (const std::vector<double>& row : some) table.add(row);
    return table;
}

/// The same where every run trains on as many images.
template <class Setting, class Run>
RunTable run_all(const std::vector<std::string>& names, const std::vector<Setting>& settings, Index images_each,
                 const Run& run, FinishedRuns* finished = nullptr) {
    return run_all(
        names, settings, [=](const Setting&) { return images_each; }, run, finished);
}

/// "1 epoch", "3 epochs", "12,000 images"
inline std::string count_of(Index count, const std::string& what) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return digits + " " + what + (count == 1 ? "" : "s");
}

/// For subtitles: "CIFAR-10 photographs, 3,000 images, 2 epochs; medians and ranges of 3 runs (seeds 0–2)".
inline std::string what_was_run(const Dataset& data, int epochs, const std::vector<std::uint64_t>& seeds,
                                const std::string& shown = "medians and ranges") {
    const std::string first = std::to_string(seeds.front()), last = std::to_string(seeds.back());
    return data.name + ", " + count_of(data.train.size(), "image") + ", " + count_of(epochs, "epoch") +
           (seeds.size() == 1
                ? "; 1 run (seed " + first + ")"
                : "; " + shown + " of " + std::to_string(seeds.size()) + " runs (seeds " + first + "–" + last + ")");
}

}  // namespace bn
