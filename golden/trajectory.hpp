// The training run of vectors/trajectory.txt, by this project's network: from the same weights, with the same batches.
#pragma once

#include <initializer_list>
#include <vector>

#include "ch07_training/cross_entropy.hpp"
#include "ch07_training/sgd.hpp"
#include "ch08_resnet/res_net.hpp"
#include "golden/vectors.hpp"

namespace bn::golden {

/// For each step, which of the inputs of four ReLUs were above 0: those behind bn_initial, bn1, bn2 and fc1, [N, …]
/// each.
using Decisions = std::vector<std::vector<std::vector<bool>>>;

/// The loss at each step, as make.py's trajectory() computes it. `order` −1 takes each batch from its end.
template <std::floating_point T>
std::vector<double> training_losses(const Case& c, Index steps, int order = 1, Decisions* decisions = nullptr) {
    Random random(0);
    ResNet<T> model(random);
    std::vector<HookHandle> handles;
    if (decisions)
        for (Module<T>* layer : std::initializer_list<Module<T>*>{&model.bn_initial, &model.res_block1.bn1,
                                                                  &model.res_block1.bn2, &model.fc1})
            handles.push_back(layer->register_forward_hook([&](auto&, const auto&, const Tensor<T>& y) {
                std::vector<bool>& above = decisions->back().emplace_back();
                for (const T value : y.values()) above.push_back(value > T(0));
            }));
    for (const auto& [name, parameter] : model.named_parameters())
        if (c.vectors.count(name) > 0) parameter->value.copy_(c.tensor<T>(name));  // batch norm starts at 1 and 0
    SGD<T> sgd(model.named_parameters(), c.number("momentum"));

    const Tensor<double> noise = c.tensor<double>("noise"), pictures = c.tensor<double>("pictures");
    const Index images = noise.size(0), size = noise.numel() / images, batch = static_cast<Index>(c.number("batch"));
    std::vector<double> losses;
    for (Index k = 0; k < steps; ++k) {
        Tensor<T> x = Tensor<T>::empty({batch, noise.size(1), noise.size(2), noise.size(3)});
        std::vector<std::uint8_t> labels;
        for (Index n = 0; n < batch; ++n) {
            const Index j = order > 0 ? n : batch - 1 - n, image = 77 * (batch * k + j) % images, label = image % 2;
            labels.push_back(static_cast<std::uint8_t>(label));
            for (Index i = 0; i < size; ++i)  // rounded to float first, so that double starts from the same numbers
                x[n * size + i] =
                    static_cast<T>(static_cast<float>(noise[image * size + i] + pictures[label * size + i]));
        }
        if (decisions) decisions->emplace_back();
        model.zero_grad();
        const CrossEntropy<T> loss = cross_entropy(model(x), std::span<const std::uint8_t>(labels));
        model.backprop(loss.d_logits);
        sgd.step(c.number("lr"));
        losses.push_back(loss.loss);
    }
    return losses;
}

/// How many ReLUs decided otherwise in a step of a run whose batches were reversed.
inline Index differing(const std::vector<std::vector<bool>>& step, const std::vector<std::vector<bool>>& reversed,
                       std::size_t batch) {
    Index count = 0;
    for (std::size_t layer = 0; layer < step.size(); ++layer) {
        const std::size_t size = step[layer].size() / batch;  // of an image
        for (std::size_t n = 0; n < batch; ++n)
            for (std::size_t i = 0; i < size; ++i)
                count += step[layer][n * size + i] != reversed[layer][(batch - 1 - n) * size + i];
    }
    return count;
}

/// The largest |a − b| among the first 1, 2, 3, … steps.
inline std::vector<double> largest_so_far(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> largest;
    double most = 0.0;
    for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k)
        largest.push_back(most = std::max(most, std::abs(a[k] - b[k])));
    return largest;
}

}  // namespace bn::golden
