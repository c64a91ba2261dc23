#include "common/exercise_test.hpp"

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include EXERCISE

using namespace bn;

namespace {

/// A right layer, but for the faults that are switched on.
struct Faulty : mine::Layer {
    bool eval_updates_mean = false, eval_updates_var = false, eval_counts = false;
    bool eval_by_batch = false, train_by_running = false, remembers = true, stays_in_eval = false;

    Numbers forward(std::span<const double> x) override {
        const double n = static_cast<double>(x.size());
        const ScalarForward batch = batch_norm(x, 1, 0);
        const bool train = training && !(stays_in_eval && was_in_eval);
        was_in_eval = was_in_eval || !training;

        Numbers x_hat;
        for (double value : x) x_hat.push_back((value - running_mean) / std::sqrt(running_var + 1e-5));
        if (train ? !train_by_running : eval_by_batch) x_hat = batch.x_hat;

        const double unbiased = n > 1 ? batch.variance * n / (n - 1) : 0;
        if (train ? remembers : eval_updates_mean) running_mean = 0.9 * running_mean + 0.1 * batch.mean;
        if (train ? remembers : eval_updates_var) running_var = 0.9 * running_var + 0.1 * unbiased;
        if (train ? remembers : eval_counts) ++num_batches_tracked;
        return x_hat;
    }

private:
    bool was_in_eval = false;
};

bool accepted(const std::function<void(Faulty&)>& break_it) {
    return mine::accepts([&] {
        auto layer = std::make_unique<Faulty>();
        break_it(*layer);
        return layer;
    });
}

}  // namespace

TEST_CASE("it accepts a right layer") {
    require_accepted("no fault", accepted([](Faulty&) {}));
}

TEST_CASE("it rejects batch statistics in eval mode") {
    require_rejected("batch statistics in eval mode", accepted([](Faulty& f) { f.eval_by_batch = true; }));
}

TEST_CASE("it rejects an eval mode that updates the running mean") {
    require_rejected("running_mean updated in eval mode", accepted([](Faulty& f) { f.eval_updates_mean = true; }));
}

TEST_CASE("it rejects an eval mode that updates the running variance") {
    require_rejected("running_var updated in eval mode", accepted([](Faulty& f) { f.eval_updates_var = true; }));
}

TEST_CASE("it rejects an eval mode that counts batches") {
    require_rejected("num_batches_tracked grows in eval mode", accepted([](Faulty& f) { f.eval_counts = true; }));
}

TEST_CASE("it rejects training by the running statistics") {
    require_rejected("running statistics in training", accepted([](Faulty& f) { f.train_by_running = true; }));
}

TEST_CASE("it rejects a training that remembers nothing") {
    require_rejected("nothing remembered in training", accepted([](Faulty& f) { f.remembers = false; }));
}

TEST_CASE("it rejects a layer that stays in eval mode") {
    require_rejected("once in eval mode, always in eval mode", accepted([](Faulty& f) { f.stays_in_eval = true; }));
}
