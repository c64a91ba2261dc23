#include "common/exercise_test.hpp"

#include "ch03_running_statistics/broken.hpp"
#include "ch03_running_statistics/running_statistics.hpp"
#include EXERCISE

using namespace bn;

namespace {

void require_broken_rejected(const std::string& name) {
    for (const BrokenUpdate& broken : broken_updates())
        if (broken.name == name) return require_rejected(name, mine::accepts(broken.update));
    FAIL("there is no broken update of that name: " << name);
}

}  // namespace

TEST_CASE("it accepts the chapter's update") {
    require_accepted("the chapter's",
                     mine::accepts([](RunningStatistics<double>& running, const ChannelStatistics& batch,
                                      std::optional<double> momentum) { running.update(batch, momentum); }));
}

TEST_CASE("it rejects momentum the other way round") {
    require_broken_rejected("momentum the other way round");
}

TEST_CASE("it rejects the biased variance") {
    require_broken_rejected("biased variance kept");
}

TEST_CASE("it rejects the standard deviation") {
    require_broken_rejected("standard deviation for variance");
}

TEST_CASE("it rejects a batch counted after its use") {
    require_broken_rejected("batch counted after its use");
}
