// A training run of a hundred steps, step by step, against PyTorch's: from the same weights, with the same batches.
#include "golden/compare.hpp"

#include "golden/trajectory.hpp"

using namespace bn;
using namespace bn::golden;

namespace {

const Case& run_with(const std::string& rate) {
    static const std::vector<Case> cases = read_cases("trajectory.txt");
    return find_case(cases, "rate " + rate);
}

}  // namespace

TEST_CASE("in double, the losses of 100 steps of training are PyTorch's") {
    const Case& c = run_with("0.01");
    const std::vector<double> ours = training_losses<double>(c, 100);
    const std::vector<double> far = largest_so_far(ours, c.vector("double").values);
    REQUIRE(far.size() == 100);
    CHECK(ours.front() > 0.6);  // it starts near log 2 and learns: there is something to compare
    CHECK(ours.back() < 0.1);
    INFO("largest difference in 100 steps: " << far.back());
    CHECK(far.back() <= 1e-9);
}

// With the smaller rate. With the larger one PyTorch itself, its images in another layout, is 3e-5 off by then.
TEST_CASE("in float, the losses of 10 steps of training are PyTorch's") {
    const Case& c = run_with("0.001");
    const std::vector<double> far = largest_so_far(training_losses<float>(c, 10), c.vector("float").values);
    REQUIRE(far.size() == 10);
    INFO("largest difference in 10 steps: " << far.back());
    CHECK(far.back() <= 1e-5);
}
