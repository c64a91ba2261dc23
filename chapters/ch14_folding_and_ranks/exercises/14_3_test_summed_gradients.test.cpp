#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// What each rank's gradient is multiplied by.
using Weight = std::function<double(std::size_t rank, const std::vector<int>& counts)>;

int all_of(const std::vector<int>& counts) {
    int sum = 0;
    for (const int count : counts) sum += count;
    return sum;
}

mine::Combine weighted(const Weight& weight, std::size_t ranks_at_most = 100, std::size_t parameters_at_most = 100) {
    return [=](const std::vector<mine::Gradient>& gradients, const std::vector<int>& counts) {
        mine::Gradient sum(gradients[0].size());
        for (std::size_t r = 0; r < std::min(gradients.size(), ranks_at_most); ++r)
            for (std::size_t i = 0; i < std::min(sum.size(), parameters_at_most); ++i)
                sum[i] += weight(r, counts) * gradients[r][i];
        return sum;
    };
}

double share(std::size_t r, const std::vector<int>& counts) {
    return static_cast<double>(counts[r]) / all_of(counts);
}

}  // namespace

TEST_CASE("it accepts the right sum") {
    require_accepted("Eqs. (14.11) and (14.12)", mine::accepts(weighted(share)));
    // Another order of adding has other last bits
    require_accepted("added from the last rank to the first",
                     mine::accepts([](const std::vector<mine::Gradient>& gradients, const std::vector<int>& counts) {
                         mine::Gradient sum(gradients[0].size());
                         for (std::size_t r = gradients.size(); r-- > 0;)
                             for (std::size_t i = 0; i < sum.size(); ++i)
                                 sum[i] += gradients[r][i] * counts[r] / all_of(counts);
                         return sum;
                     }));
}

TEST_CASE("it rejects weights that are right for equal parts only") {
    require_rejected("the plain mean", mine::accepts(weighted([](std::size_t, const std::vector<int>& counts) {
                         return 1.0 / static_cast<double>(counts.size());
                     })));
    require_rejected(
        "rank 0's share for every rank",
        mine::accepts(weighted([](std::size_t, const std::vector<int>& counts) { return share(0, counts); })));
}

TEST_CASE("it rejects what is not divided") {
    require_rejected("the plain sum",
                     mine::accepts(weighted([](std::size_t, const std::vector<int>&) { return 1.0; })));
    require_rejected("counts that are not divided by their sum",
                     mine::accepts(weighted([](std::size_t r, const std::vector<int>& counts) { return counts[r]; })));
    require_rejected("divided by the number of ranks once more",
                     mine::accepts(weighted([](std::size_t r, const std::vector<int>& counts) {
                         return share(r, counts) / static_cast<double>(counts.size());
                     })));
}

TEST_CASE("it rejects ranks that are left out") {
    require_rejected("two ranks at most", mine::accepts(weighted(share, 2)));
    require_rejected("rank 0's own gradient", mine::accepts([](const std::vector<mine::Gradient>& gradients,
                                                               const std::vector<int>&) { return gradients[0]; }));
}

TEST_CASE("it rejects parameters that are left out") {
    require_rejected("the first parameter only", mine::accepts(weighted(share, 100, 1)));
}

TEST_CASE("it rejects what fails for equal parts") {
    require_rejected("a short cut for equal counts that forgets to divide",
                     mine::accepts(weighted([](std::size_t r, const std::vector<int>& counts) {
                         const bool equal = std::count(counts.begin(), counts.end(), counts[0]) == std::ssize(counts);
                         return equal ? 1.0 : share(r, counts);
                     })));
}
