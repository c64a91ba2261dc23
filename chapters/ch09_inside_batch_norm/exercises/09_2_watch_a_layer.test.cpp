#include "common/exercise_test.hpp"

#include "ch04_modules_and_hooks/module.hpp"
#include EXERCISE

using namespace bn;

namespace {

// y = factor * x + shift, so that the numbers to expect are plain.
class Affine : public Module<double> {
public:
    double factor = 1, shift = 0;
    Tensor<double> forward(const Tensor<double>& x) override {
        Tensor<double> y = x.clone();
        for (double& value : y.values()) value = factor * value + shift;
        return y;
    }
    Tensor<double> backward(const Tensor<double>& d_y) override { return d_y; }
    std::string type_name() const override { return "Affine"; }
};

// The layer, watched.
struct Watched {
    Affine layer;
    mine::Seen seen;
    HookHandle handle;
    Watched() { handle = mine::watch(layer, seen); }

    Tensor<double> call(const Shape& shape, const Numbers& x) { return layer(Tensor<double>(shape, x)); }

    void require_seen(int batches, const Numbers& mean, const Numbers& sigma) const {
        if (seen.batches == 0) FAIL("the hook has seen nothing: is its handle returned?");
        CHECK(seen.batches == batches);
        require_elements("seen.mean", seen.mean.size(), mean.size());
        require_elements("seen.sigma", seen.sigma.size(), sigma.size());
        for (std::size_t c = 0; c < mean.size(); ++c) {
            CAPTURE(c);
            CHECK(seen.mean[c] == Approx(mean[c]).margin(1e-12));
            CHECK(seen.sigma[c] == Approx(sigma[c]).margin(1e-12));
        }
    }
};

}  // namespace

TEST_CASE("two images of two channels that one can do by hand") {
    Watched w;
    w.call({2, 2, 1, 2}, {1, 2, 10, 10, 3, 6, 20, 40});
    w.require_seen(1, {3, 20}, {std::sqrt(3.5), std::sqrt(150)});  // of 1, 2, 3, 6 and of 10, 10, 20, 40
}

TEST_CASE("the output is what counts and the latest batch") {
    Watched w;
    w.layer.factor = 2, w.layer.shift = 1;
    for (double step : {10.0, 20.0, 30.0}) w.call({1, 2, 1, 2}, {step, step + 2, -step, -step});
    w.require_seen(3, {63, -59}, {2, 0});  // of 2 * 30 + 1 and 2 * 32 + 1
}

TEST_CASE("eval mode is not noted") {
    Watched w;
    w.call({1, 1, 1, 2}, {1, 3});
    w.layer.eval();
    w.call({1, 1, 1, 2}, {100, 300});
    w.require_seen(1, {2}, {1});
}

TEST_CASE("a ReLU that works in place changes nothing of what was seen") {
    Watched w;
    Tensor<double> y = w.call({1, 1, 2, 2}, {-3, -1, 1, 3});
    for (double& value : y.values()) value = std::max(value, 0.0);  // what the ReLU behind the layer does
    w.require_seen(1, {0}, {std::sqrt(5)});
}

TEST_CASE("the hook ends with its handle") {
    Watched w;
    w.call({1, 1, 1, 2}, {1, 3});
    w.handle.remove();
    w.call({1, 1, 1, 2}, {100, 300});
    w.require_seen(1, {2}, {1});
}
