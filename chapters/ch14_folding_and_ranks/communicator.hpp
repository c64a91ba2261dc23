// What ranks say to each other: one operation, from which all others are made. Here ranks are threads of one process;
// mpi_communicator.hpp has them as processes. README.md, "Ranks".
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstring>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/progress.hpp"
#include "common/tensor.hpp"

namespace bn {

/// A rank cannot go on because another one has failed, or does not answer.
class RankError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a rank has received from the others.
struct Traffic {
    Index exchanges = 0;
    Index bytes = 0;     // without what the network puts around them
    double seconds = 0;  // in exchanges, waiting for the slowest rank included

    friend Traffic operator-(const Traffic& a, const Traffic& b) {
        return {a.exchanges - b.exchanges, a.bytes - b.bytes, a.seconds - b.seconds};
    }
};

/// One rank's connection with the others: ranks 0 to size() − 1, all of which do the same on parts of their own.
class Communicator {
public:
    Communicator() = default;
    virtual ~Communicator() = default;
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;

    virtual int rank() const = 0;
    virtual int size() const = 0;

    /// Everybody's `mine`, rank 0's first, on every rank alike; equally many numbers from each. All ranks have to call
    /// this, in the same order, and each waits for the others. Throws RankError if one of them has failed.
    template <class V>
    std::vector<V> all_gather(const std::vector<V>& mine) {
        std::vector<V> all(mine.size() * static_cast<std::size_t>(size()));
        const double start = now();
        gather_bytes(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
        traffic_.exchanges += 1;
        traffic_.bytes += static_cast<Index>((all.size() - mine.size()) * sizeof(V));
        traffic_.seconds += now() - start;
        return all;
    }

    /// Since the beginning.
    const Traffic& traffic() const { return traffic_; }

protected:
    virtual void gather_bytes(std::span<const std::byte> mine, std::span<std::byte> all) = 0;

private:
    Traffic traffic_;
};

namespace detail {

/// Where the threads meet.
struct MeetingPoint {
    explicit MeetingPoint(int size) : parts(static_cast<std::size_t>(size)), barrier(size) {}

    std::vector<std::span<const std::byte>> parts;
    std::barrier<> barrier;
    std::atomic<bool> failed = false;

    void wait() {
        barrier.arrive_and_wait();
        if (failed) throw RankError("another rank has failed");
    }
    void leave() {
        failed = true;
        barrier.arrive_and_drop();  // nobody waits for this rank any more
    }
};

class ThreadCommunicator : public Communicator {
public:
    ThreadCommunicator(MeetingPoint& meeting, int rank) : meeting_(meeting), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(meeting_.parts.size()); }

protected:
    void gather_bytes(std::span<const std::byte> mine, std::span<std::byte> all) override {
        meeting_.parts[static_cast<std::size_t>(rank_)] = mine;
        meeting_.wait();  // until all parts are there
        for (std::byte* to = all.data(); const std::span<const std::byte>& part : meeting_.parts)
            to = std::copy(part.begin(), part.end(), to);
        meeting_.wait();  // until all have copied: then a part may go
    }

private:
    MeetingPoint& meeting_;
    int rank_;
};

}  // namespace detail

/// Runs body(communicator) on `size` ranks at a time, each a thread, and waits for them. Between them they use as many
/// OpenMP threads as there were. If ranks throw, the others get a RankError at their next exchange, and the first
/// rank's exception that is not such a RankError is thrown again.
template <class Body>
void run_ranks(int size, const Body& body) {
    detail::MeetingPoint meeting(size);
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(size));
    const int threads = std::max(1, omp_get_max_threads() / size);
    {
        std::vector<std::jthread> ranks;
        for (int rank = 0; rank < size; ++rank)
            ranks.emplace_back([&, rank] {
                omp_set_num_threads(threads);  // this thread's
                try {
                    detail::ThreadCommunicator communicator(meeting, rank);
                    body(static_cast<Communicator&>(communicator));
                } catch (...) {
                    failures[static_cast<std::size_t>(rank)] = std::current_exception();
                    meeting.leave();
                }
            });
    }
    std::exception_ptr consequence;
    for (const std::exception_ptr& failure : failures) {
        if (!failure) continue;
        try {
            std::rethrow_exception(failure);
        } catch (const RankError&) {
            consequence = failure;
        }
    }
    if (consequence) std::rethrow_exception(consequence);
}

}  // namespace bn
