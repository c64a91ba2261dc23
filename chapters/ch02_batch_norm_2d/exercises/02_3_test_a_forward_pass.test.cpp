#include "common/exercise_test.hpp"

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch02_batch_norm_2d/broken.hpp"
#include EXERCISE

using namespace bn;

namespace {

void require_broken_rejected(const std::string& name) {
    for (const BrokenForward& broken : broken_forwards())
        if (broken.name == name) return require_rejected(name, mine::accepts(broken.x_hat));
    FAIL("there is no broken forward pass of that name: " << name);
}

}  // namespace

TEST_CASE("it accepts the chapter's forward pass") {
    require_accepted("the chapter's", mine::accepts([](const Tensor<double>& x, double eps) {
                         return batch_norm_2d(x, Tensor<double>(), Tensor<double>(), eps).y;
                     }));
}

TEST_CASE("it rejects one mean for all channels") {
    require_broken_rejected("one mean for all channels");
}

TEST_CASE("it rejects statistics per image") {
    require_broken_rejected("statistics per image");
}

TEST_CASE("it rejects statistics over N only") {
    require_broken_rejected("statistics over N only");
}

TEST_CASE("it rejects the unbiased variance") {
    require_broken_rejected("unbiased variance");
}

TEST_CASE("it rejects eps outside the root") {
    require_broken_rejected("eps outside the root");
}
