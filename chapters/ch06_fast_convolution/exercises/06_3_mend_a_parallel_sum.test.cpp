#include <omp.h>

#include <atomic>
#include <thread>

#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// Each batch by itself may hide a difference; all of them together do not.
std::vector<Numbers> batches() {
    std::vector<Numbers> all;
    for (std::uint64_t seed = 0; seed < 20; ++seed) all.push_back(normal_numbers(seed, 40 + seed % 3));
    return all;
}

double sum(const Numbers& x, int threads) {
    return mine::sum_over_batch(std::ssize(x), threads, [&](Index n) { return x[static_cast<std::size_t>(n)]; });
}

/// The sum by two threads, of which the one that has image 0 is made to wait until the other has come to the last
/// image. `met`: it has, within two seconds.
double sum_with_a_slow_thread(const Numbers& x, bool& met) {
    const Index last = std::ssize(x) - 1;
    std::atomic<bool> last_is_asked = false;
    const double start = omp_get_wtime();
    const double total = mine::sum_over_batch(std::ssize(x), 2, [&](Index n) {
        if (n == last) last_is_asked = true;
        if (n == 0)
            while (!last_is_asked && omp_get_wtime() < start + 2) std::this_thread::yield();
        if (n == 0) met = last_is_asked;
        return x[static_cast<std::size_t>(n)];
    });
    return total;
}

bool threads_are_allowed() {
    omp_set_dynamic(0);
    return omp_get_thread_limit() >= 2;
}

}  // namespace

TEST_CASE("symptom 1: each image is asked once") {
    for (Index images : {0, 1, 5, 8, 10, 37})
        for (int threads : {1, 2, 3, 8, 11}) {
            CAPTURE(images, threads);
            std::vector<std::atomic<int>> asked(static_cast<std::size_t>(images));
            const double total = mine::sum_over_batch(images, threads, [&](Index n) {
                if (n < 0 || n >= images) return 1e6;
                ++asked[static_cast<std::size_t>(n)];
                return static_cast<double>(n + 1);
            });
            for (std::size_t n = 0; n < asked.size(); ++n) {
                CAPTURE(n);
                REQUIRE(asked[n] == 1);
            }
            REQUIRE(total == static_cast<double>(images * (images + 1) / 2));  // of whole numbers: exact
        }
}

TEST_CASE("symptom 2: any number of threads gives the same bits") {
    for (const Numbers& x : batches()) {
        const double by_one = sum(x, 1);
        for (int threads : {2, 3, 4, 8, 11}) {
            CAPTURE(threads);
            REQUIRE(sum(x, threads) - by_one == 0);
        }
    }
}

TEST_CASE("symptom 3: which thread is done first changes no bit") {
    if (!threads_are_allowed()) return;
    for (const Numbers& x : batches()) {
        bool met = false;
        const double difference = sum_with_a_slow_thread(x, met) - sum(x, 1);
        if (!met) return;  // the next test says so
        REQUIRE(difference == 0);
    }
}

TEST_CASE("it is still done in parallel") {
    if (!threads_are_allowed()) return;
    bool met = false;
    sum_with_a_slow_thread(normal_numbers(1, 40), met);
    INFO("with 2 threads, the one that has image 0 waited for the other to come to the last image");
    REQUIRE(met);
}
