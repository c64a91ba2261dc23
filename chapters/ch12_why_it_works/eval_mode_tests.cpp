#include "common/catch.hpp"

#include "ch02_batch_norm_2d/batch_norm_2d.hpp"
#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/eval_mode.hpp"
#include "ch12_why_it_works/same_state.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

// What batch norm leaves of image 0's mean: each image has two pixels, both as bright as its mean.
double centred(const std::vector<double>& images) {
    std::vector<double> pixels;
    for (const double mean : images) pixels.insert(pixels.end(), 2, mean);
    const Tensor<double> x({static_cast<Index>(images.size()), 1, 1, 2}, pixels);
    return images[0] - channel_statistics(x).mean[0];
}

}  // namespace

TEST_CASE("eval-mode: an image's own mean and its batch-mates'") {
    // Eqs. (12.13) and (12.14)
    Random random(1);
    for (const std::size_t N : {1, 2, 5, 50}) {
        std::vector<double> images(N);
        random.fill_normal<double>(images);
        const double n = static_cast<double>(N), before = centred(images);
        images[0] += 1;
        CHECK(centred(images) - before == Approx(1 - 1 / n).margin(1e-12));
        std::vector<double> by_mates;
        for (int draw = 0; draw < 20'000; ++draw) {
            random.fill_normal<double>(images);
            images[0] = 0.5;
            by_mates.push_back(centred(images) - 0.5 * (1 - 1 / n));
        }
        double noise = 0;
        for (const double value : by_mates) noise += value * value / static_cast<double>(by_mates.size());
        const double signal = (1 - 1 / n) * (1 - 1 / n);
        if (N > 1) CHECK(signal / noise == Approx(n - 1).epsilon(0.05));
    }
    // Eq. (12.15): what all images of a batch have in common is gone
    CHECK(centred({0.25, 0.5, 1.5}) == Approx(centred({7.25, 7.5, 8.5})));
}

TEST_CASE("eval-mode: what is left of the buffers after a pass in train mode") {
    // Eq. (12.16): two models that differ in a buffer only; the pass shrinks that difference
    const ImageSet images = make_sketches(2, 4, 40).validation;
    std::vector<double> after;
    for (const float start : {0.0f, 1.0f}) {
        Random random(3);
        ResNet<float> model(random);
        StateDict<float> state = model.bn_initial.state_dict();
        std::get<Tensor<float>>(state[2].second).fill_(start);  // shares the numbers of running_mean
        right_answers(model, images, 10);                       // 4 batches, in train mode
        after.push_back(static_cast<double>(model.bn_initial.running_mean()[0]));
    }
    CHECK(after[1] - after[0] == Approx(share_left(0.1, 4)).epsilon(1e-5));
    CHECK(share_left(0.1, 4) == Approx(0.6561));
}

TEST_CASE("eval-mode: measuring leaves the model and its training as they were") {
    const Dataset data = make_sketches(2, 64, 20);
    Random random(3), same(3);
    ResNet<float> model(random), undisturbed(same);
    const Recipe recipe{.batch = 16};
    train_with(recipe, undisturbed, data.train, 0, [](Index, Index) {});
    train_with(recipe, model, data.train, 0, [&](Index, Index) {
        const std::vector<double> before = all_numbers(model);
        measure_modes(model, data, 10);
        CHECK(all_numbers(model) == before);
    });
    CHECK(all_numbers(model) == all_numbers(undisturbed));
    model.eval();
    const std::vector<double> before = all_numbers(model);
    measure_modes(model, data, 1);
    CHECK(all_numbers(model) == before);
    // Without being put back the buffers do move
    model.train();
    right_answers(model, data.validation);
    CHECK(all_numbers(model) != before);
}

TEST_CASE("eval-mode: each accuracy is of the mode and the buffers that its name says") {
    const Dataset data = make_sketches(2, 300, 100);
    int moved = 0;  // how often a pass in train mode has changed the answers in eval mode
    for (const float shift : {0.1f, 0.2f, 0.4f, 0.8f}) {
        Random random(3);
        ResNet<float> model(random);
        train_with(Recipe{.lr = 0.05, .batch = 16}, model, data.train, 0, [](Index, Index) {});
        // Averages that are a little wrong: ten passes in train mode leave a third of that
        for (auto& [name, entry] : model.state_dict())
            if (name.ends_with("running_mean"))
                for (float& value : std::get<Tensor<float>>(entry).values()) value += shift;  // the layer's own numbers
        const ModeAccuracies measured = measure_modes(model, data, 10);
        const auto share = [&](bool train) {
            model.train(train);
            return accuracy(right_answers(model, data.validation, 10));
        };
        CHECK(measured.eval_mode == share(false));
        CHECK(measured.train_mode == share(true));
        CHECK(measured.eval_after == share(false));  // the line above has moved the buffers
        moved += measured.eval_after != measured.eval_mode;
        recalibrate(model, data.train, 64);
        CHECK(measured.recalibrated == share(false));
    }
    CHECK(moved >= 2);
}

TEST_CASE("eval-mode: run afresh on sketches, train mode loses one by one and sorted, not in large mixed batches",
          "[afresh]") {
    const RunTable runs = eval_mode_runs(make_sketches(1, 1500, 400), {10, 11, 12}, {.epochs = 2}, {1, 200});
    const double last = runs.distinct("step").back();
    const auto points = [&](const char* column, double batch) {
        return points_between(runs, column, "eval_mode", {{"step", last}, {"batch", batch}});
    };
    CAPTURE(points("train_mode", 1), points("train_mode", 200), points("train_sorted", 200),
            points("recalibrated", 200));
    CHECK(points("train_mode", 1) < -2.5);
    CHECK(points("train_sorted", 200) < -2.5);
    CHECK(std::abs(points("train_mode", 200)) < 2);
    CHECK(std::abs(points("recalibrated", 200)) < 2);
    // Eval mode does not see the batch: not one answer changes
    for (const double seed : runs.distinct("seed")) {
        const std::vector<double> eval = runs.values("eval_mode", {{"seed", seed}, {"step", last}});
        for (const double accuracy : eval) CHECK(accuracy == Approx(eval[0]).margin(0.002));
    }
    CHECK_THAT(eval_mode_title(runs), contains("points one by one") && contains("in batches of 200"));
}

TEST_CASE("eval-mode: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_eval_mode");
    CHECK_THAT(committed_title("ch12_eval_mode"), contains(eval_mode_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    const double last = runs.distinct("step").back();
    const auto points = [&](const char* column, double batch) {
        return points_between(runs, column, "eval_mode", {{"step", last}, {"batch", batch}});
    };
    CHECK(points("train_mode", 1) < -5);
    CHECK(points("train_sorted", 500) < -5);
    CHECK(std::abs(points("train_mode", 500)) < 1);
    CHECK(std::abs(points("eval_after", 100)) < 1);    // a null result: the buffers moved, the answers hardly did
    CHECK(std::abs(points("recalibrated", 100)) < 1);  // and so is this
    CHECK(points("eval_after_sorted", 1) < -1);        // unless one class came last
    // Too early: after 5 and 10 steps, averages taken anew answer better
    std::vector<double> early;
    for (const double step : {5.0, 10.0})
        early.push_back(points_between(runs, "recalibrated", "eval_mode", {{"step", step}, {"batch", 100}}));
    CHECK(early[0] + early[1] > 2);
}
