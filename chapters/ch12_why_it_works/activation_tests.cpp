#include "common/catch.hpp"

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch08_resnet/res_net.hpp"
#include "ch11_activation_regions/through_batch_norm.hpp"
#include "ch12_why_it_works/activation.hpp"
#include "ch12_why_it_works/committed.hpp"
#include "ch12_why_it_works/same_state.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

Tensor<double> normal(Shape shape, std::uint64_t seed) {
    Tensor<double> t(std::move(shape));
    Random(seed).fill_normal(t.values());
    return t;
}

double rms_of(const Tensor<float>& t) {
    return rms(std::vector<double>(t.values().begin(), t.values().end()));
}

}  // namespace

TEST_CASE("activation: tanh and sigmoid as modules") {
    const Tensor<double> x({5}, {-800.0, -1.0, 0.0, 2.0, 800.0});
    for (const std::size_t kind : {0, 1, 2}) {
        const Activation& f = activations[kind];
        CAPTURE(f.name);
        const auto module = make_activation<double>(kind);
        const Tensor<double> y = (*module)(x.clone()), d_x = module->backprop(Tensor<double>({5}, 2.0));
        for (Index i = 0; i < 5; ++i) {
            CHECK(y[i] == Approx(f.value(x[i])).margin(1e-15));
            CHECK(d_x[i] == Approx(2 * f.derivative(x[i])).margin(1e-15));
        }
    }
    CHECK(make_activation<float>(1)->to_string() == "Sigmoid()");
    CHECK(make_activation<float>(2)->to_string() == "Tanh()");
    CHECK_THROWS_AS(make_activation<float>(3), std::out_of_range);
    Tanh<float> tanh;
    tanh(Tensor<float>({2, 3}));
    CHECK_THROWS_AS(tanh.backprop(Tensor<float>({3, 2})), ShapeError);
}

TEST_CASE("activation: the network with other slots has right gradients, with these ones it is chapter 8's") {
    for (const bool batch_norm : {true, false})
        for (const std::size_t kind : {1, 2}) {
            CAPTURE(batch_norm, activations[kind].name);
            Slots<double> slots;
            if (batch_norm) slots.norm = [](Index C) { return std::make_unique<FastBatchNorm2d<double>>(C); };
            slots.activation = [kind] { return make_activation<double>(kind); };
            Random random(5);
            SlotNet<double> model(slots, random);
            CHECK(model.parameter_count() == (batch_norm ? 71'874 : 71'762));
            const Tensor<double> x = normal({2, 3, 32, 32}, 2), cotangent = normal({2, 2}, 99);
            model.zero_grad();
            model(x);
            model.backprop(cotangent);
            const auto loss = [&] {
                const NoGradGuard no_grad;
                return inner_product(cotangent.values(), model(x).values());
            };
            for (const auto& [name, p] : model.named_parameters()) {
                if (!name.ends_with("weight")) continue;
                CAPTURE(name);
                CHECK(relative_error(p->grad.values().first(2),
                                     numerical_gradient(loss, p->value.values().first(2), 1e-6)) < 1e-4);
            }
        }
    for (const bool batch_norm : {true, false}) {
        Random random(5), same(5);
        SlotNet<float> model(activation_slots(0, batch_norm), random);
        ResNet<float> expected(same, batch_norm);
        const Dataset data = make_sketches(2, 64, 4);
        for (Module<float>* some : {static_cast<Module<float>*>(&model), static_cast<Module<float>*>(&expected)})
            train_with(Recipe{.batch = 16}, *some, data.train, 0, [](Index, Index) {});
        const auto parameters = model.named_parameters(), others = expected.named_parameters();
        REQUIRE(parameters.size() == others.size());
        for (std::size_t p = 0; p < parameters.size(); ++p)
            CHECK(std::equal(parameters[p].second->value.values().begin(), parameters[p].second->value.values().end(),
                             others[p].second->value.values().begin()));
    }
}

TEST_CASE("activation: what a layer does to a gradient") {
    // Eqs. (12.17) and (12.19), ReLU's by hand
    CHECK(factor_without(activations[0], 1, 1) == Approx(std::sqrt(0.5)).epsilon(0.01));
    CHECK(factor_with(activations[0]) == Approx(std::sqrt(0.5 / (0.5 - 0.5 / std::numbers::pi))).epsilon(0.01));
    CHECK(factor_without(activations[1], 1e-3, 2) == Approx(0.5).epsilon(1e-4));
    // Measured: 32 channels, 3 of 6 layers, first weights of three sizes. Eq. (12.18) is what makes the size cancel.
    Tensor<float> x({16, 32, 12, 12}), d_y(x.shape());
    Random(1).fill_normal(x.values());
    Random(2).fill_normal(d_y.values());
    for (std::size_t kind = 0; kind < activations.size(); ++kind)
        for (const bool batch_norm : {true, false})
            for (const float scale : {1.0f, 16.0f}) {
                Random random(3);
                Sequential<float> stack;
                std::vector<double> sizes;  // of the gradients of the activations' inputs, from the last to the first
                std::vector<HookHandle> handles;
                double sigma = 1;  // of the inputs of the activations
                for (int layer = 0; layer < 6; ++layer) {
                    auto& conv =
                        stack.add<FastConv2d<float>>(32, 32, Conv2dOptions{.kernel_size = 3, .padding = 1}, random);
                    for (float& value : conv.weight.value.values()) value *= scale;
                    conv.bias.value.fill_(0);
                    if (batch_norm) stack.add<FastBatchNorm2d<float>>(32);
                    std::unique_ptr<Module<float>> made = make_activation<float>(kind);
                    Module<float>* activation = nullptr;
                    if (kind == 0) activation = &stack.add<FastReLU<float>>();
                    if (kind == 1) activation = &stack.add<Sigmoid<float>>();
                    if (kind == 2) activation = &stack.add<Tanh<float>>();
                    handles.push_back(activation->register_full_backward_hook(
                        [&](Module<float>&, const Tensor<float>& d_x, const Tensor<float>&) {
                            sizes.push_back(rms_of(d_x));
                        }));
                    if (layer == 2)
                        handles.push_back(activation->register_forward_pre_hook(
                            [&](Module<float>&, const Tensor<float>& y) { sigma = rms_of(y); }));
                }
                stack(x);
                stack.backprop(d_y);
                const double measured = std::pow(sizes[4] / sizes[1], 1.0 / 3);
                const double expected = batch_norm ? factor_with(activations[kind])
                                                   : factor_without(activations[kind], sigma, scale / std::sqrt(3.0));
                CAPTURE(activations[kind].name, batch_norm, scale, sigma, measured, expected);
                CHECK(measured == Approx(expected).epsilon(0.2));
            }
}

TEST_CASE("activation: units are counted, and measuring leaves the model as it was") {
    const Tensor<float> x({2, 2, 1, 2}, {-1, 0, -5, 5, -2, -3, 0, 0.5});
    const Place relu = detail::flat_and_dead(activations[0], x), sigmoid = detail::flat_and_dead(activations[1], x),
                tanh = detail::flat_and_dead(activations[2], x);
    CHECK(relu.flat == 6.0 / 8);
    CHECK(relu.dead == 0.5);  // the first channel
    CHECK(sigmoid.flat == 2.0 / 8);
    CHECK(tanh.flat == 4.0 / 8);
    CHECK(tanh.dead == 0);

    const Dataset data = make_sketches(2, 64, 20);
    const Batch<float> probe = DataLoader<float>(data.train, 20).batch(0);
    for (const std::size_t kind : {0, 2}) {
        Random random(3), same(3);
        SlotNet<float> model(activation_slots(kind, true), random), undisturbed(activation_slots(kind, true), same);
        train_with(Recipe{.batch = 16}, undisturbed, data.train, 0, [](Index, Index) {});
        train_with(Recipe{.batch = 16}, model, data.train, 0, [&](Index, Index) {
            const std::vector<double> before = all_numbers(model);
            const std::vector<Place> places = measure_places(model, activations[kind], probe);
            CHECK(places.size() == 5);
            for (const Place& place : places) CHECK(place.gradient > 0);
            CHECK(places[4].gradient > 3 * places[0].gradient);  // fc1's is the last place, and nearest to the loss
            CHECK(all_numbers(model) == before);
        });
        CHECK(all_numbers(model) == all_numbers(undisturbed));
    }
}

TEST_CASE("activation: a gradient's size is that of one image's loss") {
    // Each image twice: batch norm's statistics and every image's own loss are as before
    const Batch<float> once = DataLoader<float>(make_sketches(2, 20, 4).train, 20).batch(0);
    Batch<float> twice{Tensor<float>({40, 3, 32, 32}), once.labels};
    twice.labels.insert(twice.labels.end(), once.labels.begin(), once.labels.end());
    for (const Index half : {0, 1})
        std::copy_n(once.images.data(), once.images.numel(), twice.images.data() + half * once.images.numel());
    Random random(3);
    SlotNet<float> model(activation_slots(2, true), random);
    const std::vector<Place> places = measure_places(model, activations[2], once),
                             same = measure_places(model, activations[2], twice);
    for (std::size_t i = 0; i < 5; ++i) CHECK(same[i].gradient == Approx(places[i].gradient).epsilon(1e-3));
}

TEST_CASE("activation: the rows after training are of the trained network") {
    const Dataset data = make_sketches(2, 64, 20);
    const Recipe recipe{.batch = 16};
    const RunTable runs = activation_runs(data, {3}, recipe, 16);
    Random random(3);
    SlotNet<float> model(activation_slots(2, true), random);
    const Batch<float> probe = DataLoader<float>(data.train, 200).batch(0);
    for (const bool trained : {false, true}) {
        if (trained) train_with(recipe, model, data.train, 3, [](Index, Index) {});
        const std::vector<Place> places = measure_places(model, activations[2], probe);
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(runs.values("gradient_" + std::to_string(i + 1), activation_rows(2, true, 1, trained)).at(0) ==
                  Approx(places[i].gradient).epsilon(1e-3));
    }
    CHECK(runs.values("gradient_1", activation_rows(2, true, 1, true)) !=
          runs.values("gradient_1", activation_rows(2, true, 1, false)));
}

TEST_CASE("activation: run afresh on sketches, batch norm saturates more of tanh, and the gradient is larger",
          "[afresh]") {
    const RunTable runs = activation_runs(make_sketches(1, 400, 200), {10, 11}, {.epochs = 1}, 16);
    CHECK(runs.median("flat_2", activation_rows(2, true)) > runs.median("flat_2", activation_rows(2, false)) + 0.03);
    for (std::size_t kind = 0; kind < activations.size(); ++kind) {
        const double with = runs.median("gradient_1", activation_rows(kind, true)),
                     without = runs.median("gradient_1", activation_rows(kind, false));
        CAPTURE(activations[kind].name, with, without);
        CHECK(with > 1.5 * without);
        // Not one unit more is saturated with 16 times the weights if batch norm follows, nearly all if none does
        CHECK(runs.median("flat_2", activation_rows(kind, true, 16)) ==
              Approx(runs.median("flat_2", activation_rows(kind, true))).margin(1e-3));
    }
    CHECK(runs.median("flat_2", activation_rows(2, false, 16)) > 0.7);
    CHECK(runs.median("gradient_1", activation_rows(2, false, 16)) >
          runs.median("gradient_1", activation_rows(2, false)));
}

TEST_CASE("activation: the committed table bears its caption out") {
    const RunTable runs = committed_runs("ch12_activation");
    CHECK_THAT(committed_title("ch12_activation"), contains(activation_title(runs)));
    CHECK(runs.distinct("seed").size() >= 5);
    CHECK(runs.median("flat_2", activation_rows(2, true)) > runs.median("flat_2", activation_rows(2, false)) + 0.03);
    for (std::size_t kind = 0; kind < activations.size(); ++kind)
        CHECK(runs.median("gradient_1", activation_rows(kind, true)) >
              1.5 * runs.median("gradient_1", activation_rows(kind, false)));
    // Saturated to four fifths, tanh without batch norm still learns
    CHECK(runs.median("flat_2", activation_rows(2, false, 16)) > 0.7);
    CHECK(runs.median("validation", activation_rows(2, false, 16)) > 0.7);
}
