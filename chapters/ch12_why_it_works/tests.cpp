// What the experiments share. Each experiment has a file of tests of its own.
#include <sstream>

#include "common/catch.hpp"

#include "ch12_why_it_works/drawing.hpp"
#include "ch12_why_it_works/experiment.hpp"
#include "ch12_why_it_works/training.hpp"
#include "common/sketches.hpp"

using namespace bn;

TEST_CASE("spreads") {
    CHECK(spread_of({3, 1, 2}).median == 2);
    CHECK(spread_of({4, 1, 2, 3}).median == 2.5);
    CHECK(spread_of({3, 1, 2}).low == 1);
    CHECK(spread_of({3, 1, 2}).high == 3);
    CHECK_THROWS_AS(spread_of({}), std::invalid_argument);
}

TEST_CASE("a table of runs, its conditions and its summary") {
    RunTable runs({"seed", "rate", "accuracy"});
    for (const double seed : {0.0, 1.0, 2.0})
        for (const double rate : {0.1, 1.0}) runs.add({seed, rate, rate + seed / 128});
    CHECK(runs.values("accuracy", {{"rate", 0.1}}) == std::vector<double>{0.1, 0.1 + 1.0 / 128, 0.1 + 2.0 / 128});
    CHECK(runs.values("accuracy", {{"rate", 0.1}, {"seed", 1}}) == std::vector<double>{0.1 + 1.0 / 128});
    CHECK(runs.values("accuracy", {{"rate", 3}}).empty());
    CHECK(runs.median("accuracy", {{"rate", 1}}) == Approx(1 + 1.0 / 128));
    CHECK(runs.distinct("rate") == std::vector<double>{0.1, 1});
    CHECK_THROWS_AS(runs.values("speed"), std::out_of_range);
    CHECK_THROWS_AS(runs.values("accuracy", {{"speed", 1}}), std::out_of_range);
    CHECK_THROWS_AS(runs.add({1, 2}), std::invalid_argument);
    const std::vector<Column> columns = summary(runs, "all", "accuracy", "rate", {{"seed", 2}});
    CHECK(columns[0].name == "all_rate");
    CHECK(columns[0].values == std::vector<double>{0.1, 1});
    CHECK(columns[1].values == std::vector<double>{0.1 + 2.0 / 128, 1 + 2.0 / 128});
}

TEST_CASE("many runs give the same table with any number of threads") {
    const std::vector<int> settings = {1, 2, 3, 4, 5};
    const auto table = [&](int threads) {
        const int before = omp_get_max_threads();
        omp_set_num_threads(threads);
        const RunTable runs = run_all({"setting", "square"}, settings, 1, [](int i, const auto& tick) {
            tick(1);
            return RunRows{{double(i), double(i * i)}, {double(i), -1}};
        });
        omp_set_num_threads(before);
        return runs.values("square");
    };
    CHECK(table(1) == std::vector<double>{1, -1, 4, -1, 9, -1, 16, -1, 25, -1});
    CHECK(table(4) == table(1));
    CHECK(message_of([&] {
              run_all({"x"}, settings, 1, [](int, const auto&) -> RunRows { throw std::runtime_error("broken"); });
          }) == "broken");
}

TEST_CASE("runs that the checkpoint has are not run again, others are") {
    Checkpoint checkpoint(Options{}, make_sketches(2, 4, 2));
    std::vector<int> run;
    const auto table = [&](const std::string& experiment, const std::vector<int>& settings) {
        FinishedRuns finished(checkpoint);  // as another call of the program would make it
        finished.begin(experiment);
        run.clear();
        const auto body = [&](int i, const auto&) {
#pragma omp critical
            run.push_back(i);
            return RunRows{{double(i), 0.1 * i}, {double(i), -1}};
        };
        return run_all({"setting", "result"}, settings, 1, body, &finished).values("result");
    };
    CHECK(table("a", {1, 2}) == std::vector<double>{0.1, -1, 0.2, -1});
    CHECK(run.size() == 2);
    CHECK(table("a", {1, 2, 3}) == std::vector<double>{0.1, -1, 0.2, -1, 0.1 * 3, -1});
    CHECK(run == std::vector<int>{3});
    CHECK(table("b", {2}) == std::vector<double>{0.2, -1});
    CHECK(run == std::vector<int>{2});

    checkpoint.save("runs", {{"a 0", Tensor<double>({1, 3})}});
    CHECK(message_of([&] { table("a", {1}); }) == "the checkpoint's 'a 0' has shape [1, 3]");
}

TEST_CASE("KeptState puts back parameters, gradients, buffers and the mode") {
    const Dataset data = make_sketches(2, 24, 12);
    Random random(3);
    ResNet<float> model(random);
    train_with(Recipe{.batch = 8}, model, data.train, 0, [](Index, Index) {});
    model.eval();
    const auto numbers = [&] {
        std::vector<double> all;
        for (const auto& [name, entry] : model.state_dict())
            if (const auto* t = std::get_if<Tensor<float>>(&entry))
                all.insert(all.end(), t->values().begin(), t->values().end());
            else
                all.push_back(static_cast<double>(std::get<std::int64_t>(entry)));
        for (const auto& [name, p] : model.named_parameters())
            all.insert(all.end(), p->grad.values().begin(), p->grad.values().end());
        return all;
    };
    const std::vector<double> before = numbers();
    CHECK(before.size() > 2 * 71'874);
    {
        const KeptState<float> kept(model);
        train_with(Recipe{.lr = 0.1}, model, data.train, 1, [](Index, Index) {});
        CHECK(numbers() != before);
        CHECK(model.training());
    }
    CHECK(numbers() == before);
    CHECK_FALSE(model.training());
    validation_accuracy(model, data.validation);
    CHECK(numbers() == before);
}

TEST_CASE("training is chapter 7's, to the bit") {
    const Dataset data = make_sketches(2, 40, 20);
    Random random(3), same(3);
    ResNet<float> model(random), expected(same);
    Options options;
    options.epochs = 2;
    options.batch = 16;
    options.schedule = Schedule::cosine;
    options.seed = 5;
    train(expected, data, options);
    Index steps = 0, images = 0;
    CHECK(train_with(Recipe{.epochs = 2, .batch = 16}, model, data.train, 5, [&](Index step, Index count) {
        CHECK(step == ++steps);
        images += count;
    }));
    CHECK(steps == 6);
    CHECK(images == 80);
    for (Index i = 0; i < model.fc1.weight.value.numel(); ++i)
        if (model.fc1.weight.value[i] != expected.fc1.weight.value[i]) FAIL("weight " << i << " differs");
    CHECK(validation_accuracy(model, data.validation) == evaluate(model, data.validation).accuracy);
    CHECK(model.training());
    // A rate that no network survives
    CHECK_FALSE(train_with(Recipe{.lr = 1e30, .epochs = 2, .batch = 16}, model, data.train, 5, [](Index, Index) {}));
}
