// Ranks as processes, started by mpirun, on one machine or several. Without MPI this still compiles, and says what is
// missing. README.md, "When a rank dies".
#pragma once

#include <cstdlib>

#include "ch14_folding_and_ranks/communicator.hpp"
#include "common/chapter.hpp"

#ifdef BN_MPI
#define OMPI_SKIP_MPICXX 1   // no C++ bindings: they were given up long ago
#define MPICH_SKIP_MPICXX 1  // likewise
#include <mpi.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>
#endif

namespace bn {

/// Whether an mpirun has started this process (Open MPI's or MPICH's).
inline bool started_by_mpirun() {
    return std::getenv("OMPI_COMM_WORLD_SIZE") || std::getenv("PMI_SIZE");
}

#ifdef BN_MPI

namespace detail {
inline std::string last_words;
// mpirun kills a second later what still runs then, and MPI may be waiting for the dead rank just now: so this rank
// says it here and ends, by the two calls that a signal handler may make.
extern "C" inline void on_sigterm(int) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, last_words.data(), last_words.size());
    ::_exit(1);
}
}  // namespace detail

/// The ranks that one mpirun has started. One object in a process, once.
class MpiCommunicator : public Communicator {
public:
    /// `patience`: how many seconds a rank waits for the others before it gives up.
    explicit MpiCommunicator(double patience = 600) : patience_(patience) {
        MPI_Init(nullptr, nullptr);
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);  // errors are ours to report
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        MPI_Comm_size(MPI_COMM_WORLD, &size_);
        detail::last_words = std::string(program_invocation_short_name) + ": " + name() +
                             "stopped by mpirun: another rank has failed or died, or Ctrl-C was pressed\n";
        std::signal(SIGTERM, detail::on_sigterm);  // what mpirun sends the others when a rank ends early
    }

    int rank() const override { return rank_; }
    int size() const override { return size_; }

    /// How its errors begin: "rank 1 of 3: ".
    std::string name() const { return "rank " + std::to_string(rank_) + " of " + std::to_string(size_) + ": "; }

protected:
    void gather_bytes(std::span<const std::byte> mine, std::span<std::byte> all) override {
        if (mine.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            throw RankError("a message of " + std::to_string(mine.size()) + " bytes is too long for MPI");
        const int count = static_cast<int>(mine.size());
        MPI_Request request;
        check(MPI_Iallgather(mine.data(), count, MPI_BYTE, all.data(), count, MPI_BYTE, MPI_COMM_WORLD, &request));
        // A plain MPI_Allgather would wait for a dead rank for ever
        const double start = now();
        for (int looks = 0, done = 0;; ++looks) {
            check(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
            if (done) return;
            if (now() - start > patience_)
                throw RankError("no answer from another rank for " + std::to_string(std::lround(patience_)) + " s");
            if (looks < 1000)
                std::this_thread::yield();
            else
                std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }

private:
    static void check(int status) {
        if (status == MPI_SUCCESS) return;
        char text[MPI_MAX_ERROR_STRING];
        int length = 0;
        MPI_Error_string(status, text, &length);
        throw RankError("MPI: " + std::string(text, static_cast<std::size_t>(length)));
    }

    double patience_;
    int rank_ = 0, size_ = 1;
};

/// Runs body(communicator) as one of mpirun's ranks. Only rank 0 prints to stdout; what fails is thrown with the rank's
/// name. A UsageError has to be thrown by all ranks alike.
template <class Body>
void run_mpi_rank(const Body& body) {
    MpiCommunicator ranks;
    if (ranks.rank() != 0 && !std::freopen("/dev/null", "w", stdout))
        throw std::runtime_error(ranks.name() + "no /dev/null");
    omp_set_num_threads(std::max(1, omp_get_max_threads() / ranks.size()));
    try {
        body(static_cast<Communicator&>(ranks));
    } catch (const UsageError& error) {
        throw UsageError(ranks.name() + error.what());
    } catch (const std::exception& error) {
        throw RankError(ranks.name() + error.what());
    }
}

/// Before the program ends: takes leave of the other ranks, which waits for them, so that each has said what it had to
/// say. Not after an error that the others may not have (any but a UsageError): they may never come. Then mpirun sees a
/// process that ends early, and stops the rest.
inline void finish_mpi(int exit_status) {
    int started = 0;
    MPI_Initialized(&started);
    if (started && (exit_status == 0 || exit_status == 2)) MPI_Finalize();
}

#else

template <class Body>
void run_mpi_rank(const Body&) {
    throw std::runtime_error(
        "this program was built without MPI. Install Debian's package libopenmpi-dev (apt-get install libopenmpi-dev), "
        "run cmake again, and build");
}
inline void finish_mpi(int) {}

#endif

/// For main.cpp: whether run_mpi_rank can do anything.
inline constexpr bool built_with_mpi =
#ifdef BN_MPI
    true;
#else
    false;
#endif

}  // namespace bn
