#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

// A layer of two channels, as far as its history is concerned. A batch of step t has the means (t, 10 t).
struct Watched {
    Tensor<double> running_mean{{2}};
    mine::History history;

    void run(double t, bool training = true) {
        Tensor<double> x({1, 2, 1, 2}, {t - 1, t + 1, 10 * t - 1, 10 * t + 1}), y({1, 2, 1, 2}, {-1, 1, -1, 1});
        if (training)
            for (Index c : {0, 1}) running_mean[c] += 0.1 * ((c == 0 ? t : 10 * t) - running_mean[c]);
        const double before = running_mean[0];
        history.record(x, y, running_mean, training);
        CHECK(running_mean[0] == before);
        for (Index i = 0; i < 4; ++i) CHECK(y[i] == (i % 2 == 0 ? -1 : 1));
    }

    // Rows: of running_mean and of batch_mean, the first channel; the second has ten times as much.
    void require_rows(const Numbers& running, const Numbers& batch) const {
        require_elements("running_mean", history.running_mean.size(), running.size());
        require_elements("batch_mean", history.batch_mean.size(), batch.size());
        for (std::size_t step = 0; step < batch.size(); ++step) {
            CAPTURE(step);
            require_shape("a row of running_mean", history.running_mean[step], {2});
            require_elements("a row of batch_mean", history.batch_mean[step].size(), 2);
            for (std::size_t c : {0u, 1u}) {
                const double factor = c == 0 ? 1 : 10;
                CHECK(history.running_mean[step][static_cast<Index>(c)] == Approx(factor * running[step]));
                CHECK(history.batch_mean[step][c] == Approx(factor * batch[step]));
            }
        }
    }
};

}  // namespace

TEST_CASE("symptom 1: each row is what the running mean was then") {
    Watched layer;
    Numbers then;
    for (int t = 1; t <= 50; ++t) {
        layer.run(t);
        then.push_back(layer.running_mean[0]);
    }
    require_elements("running_mean", layer.history.running_mean.size(), 50);
    for (std::size_t step = 0; step < 50; ++step) {
        CAPTURE(step);
        require_shape("a row of running_mean", layer.history.running_mean[step], {2});
        CHECK(layer.history.running_mean[step][0] == then[step]);
    }
}

TEST_CASE("symptom 2: validation leaves no rows") {
    Watched layer;
    layer.run(1);
    layer.run(7, false);
    layer.run(8, false);
    layer.run(2);
    if (layer.history.batch_mean.size() > 2) FAIL("rows that no training step has made");
    layer.require_rows({0.1, 0.29}, {1, 2});
}

TEST_CASE("symptom 3: the batch means are those of what comes in") {
    Watched layer;
    for (int t = 1; t <= 3; ++t) layer.run(t);
    layer.require_rows({0.1, 0.29, 0.561}, {1, 2, 3});
}
