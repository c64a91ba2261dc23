// Training one model on several ranks, each with a part of every batch; and the two ways that look like it and are not
// the same with batch norm. README.md, "One batch, several ranks".
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ch07_training/training.hpp"
#include "ch14_folding_and_ranks/communicator.hpp"

namespace bn {

/// A rank's part of a batch: images first … first + count − 1.
struct Shard {
    Index first, count;
};

/// Cuts N images into one shard for each of `shares`, in proportion to them, as well as whole images allow: Eq.
/// (14.10). Throws UsageError if one would get no image, and names it.
inline std::vector<Shard> shards_of(Index N, const std::vector<Index>& shares) {
    const Index all = std::accumulate(shares.begin(), shares.end(), Index{0});
    std::vector<Shard> shards;
    for (Index before = 0; const Index share : shares) {
        const Index first = N * before / all;
        before += share;
        shards.push_back({first, N * before / all - first});
    }
    for (std::size_t r = 0; r < shards.size(); ++r) {
        if (shards[r].count > 0) continue;
        std::string text;
        for (const Index share : shares) text += (text.empty() ? " (shares " : ":") + std::to_string(share);
        const bool equal = std::ranges::count(shares, shares[0]) == std::ssize(shares);
        throw UsageError("a batch of " + std::to_string(N) + (N == 1 ? " image" : " images") +
                         " leaves none for rank " + std::to_string(r) + " of " + std::to_string(shares.size()) +
                         (equal ? "" : text + ")") + "; take a larger --batch, or fewer ranks");
    }
    return shards;
}

/// "22 + 21 + 21"
inline std::string to_text(const std::vector<Shard>& shards) {
    std::string text;
    for (const Shard& shard : shards) text += (text.empty() ? "" : " + ") + std::to_string(shard.count);
    return text;
}

/// A shard's images and labels, copied.
template <std::floating_point T>
Batch<T> part_of(const Batch<T>& batch, Shard shard) {
    Shape shape = batch.images.shape();
    const Index image = batch.images.numel() / shape[0];
    shape[0] = shard.count;
    Batch<T> part{Tensor<T>::empty(shape), {}};
    std::copy_n(batch.images.data() + shard.first * image, shard.count * image, part.images.data());
    const auto label = batch.labels.begin() + shard.first;
    part.labels.assign(label, label + shard.count);
    return part;
}

/// Adds up every parameter's gradient over all ranks, in their order and in double, on every rank to the same bits:
/// Eq. (14.12). One exchange, of as many T as there are parameters.
template <std::floating_point T>
void sum_gradients(Module<T>& model, Communicator& ranks) {
    std::vector<T> mine;
    const auto parameters = model.named_parameters();
    for (const auto& [name, p] : parameters) mine.insert(mine.end(), p->grad.values().begin(), p->grad.values().end());
    const std::vector<T> all = ranks.all_gather(mine);
    for (std::size_t i = 0; const auto& [name, p] : parameters)
        for (T& g : p->grad.values()) {
            double sum = 0;
            for (std::size_t k = i; k < all.size(); k += mine.size()) sum += static_cast<double>(all[k]);
            g = static_cast<T>(sum);
            ++i;
        }
}

/// What is trained on: `steps` batches of `batch` images, shuffled anew whenever they are used up; SGD, momentum 0.9.
struct TrainingPlan {
    const ImageSet& images;
    Index batch = 64;
    int steps = 50;
    std::uint64_t seed = 0;
    double lr = 0.01;
};

/// Throws UsageError if there are not as many images as a batch has.
inline void check_batch(const TrainingPlan& plan) {
    if (plan.batch > plan.images.size())
        throw UsageError("--batch: a batch of " + std::to_string(plan.batch) + " images cannot be taken from " +
                         std::to_string(plan.images.size()));
}

namespace detail {

/// A part's share of the batch's images: what its mean loss has to be multiplied by, Eq. (14.11).
template <class T>
double weight_of(const Batch<T>& batch, Shard shard) {
    return static_cast<double>(shard.count) / static_cast<double>(batch.labels.size());
}

/// Forward and backward on a part of a batch, adding to the gradients. Its mean loss counts `weight` times, from the
/// logits on: a synchronised norm's backward adds up what comes from several ranks, so afterwards would be too late.
template <class T>
void add_gradients(Module<T>& model, const Batch<T>& batch, Shard shard, double weight) {
    const Batch<T> part = part_of(batch, shard);
    const CrossEntropy<T> loss = cross_entropy(model(part.images), std::span<const std::uint8_t>(part.labels));
    Tensor<T> d_logits = loss.d_logits;
    for (T& d : d_logits.values()) d = static_cast<T>(weight * static_cast<double>(d));
    model.backprop(d_logits);
}

/// The loop around a step's gradients: gradients(batch) adds them up, on_step(step) is called when the parameters
/// moved.
template <class T, class Gradients, class OnStep>
void train_steps(Module<T>& model, const TrainingPlan& plan, const Gradients& gradients, const OnStep& on_step) {
    check_batch(plan);
    DataLoader<T> loader(plan.images, plan.batch, true);
    Random random(plan.seed + 0x5EED);  // as in chapter 7; the same on every rank
    SGD<T> sgd(model.named_parameters(), 0.9);
    model.train();
    for (int step = 0; step < plan.steps; ++step) {
        if (step % loader.batch_count() == 0) loader.shuffle(random);
        model.zero_grad();
        gradients(loader.batch(step % loader.batch_count()));
        sgd.step(plan.lr);
        on_step(step);
    }
}

}  // namespace detail

/// One process: each batch in the given pieces, one after the other, whose gradients add up to one step. With one piece
/// that is ordinary training; with several, gradient accumulation.
template <std::floating_point T, class OnStep>
void train_in_pieces(Module<T>& model, const TrainingPlan& plan, const std::vector<Index>& shares,
                     const OnStep& on_step) {
    const std::vector<Shard> pieces = shards_of(plan.batch, shares);
    detail::train_steps(
        model, plan,
        [&](const Batch<T>& batch) {
            for (const Shard& piece : pieces)
                detail::add_gradients(model, batch, piece, detail::weight_of(batch, piece));
        },
        on_step);
}

/// All parameters, one after the other; with `buffers`, the running statistics too.
template <std::floating_point T>
std::vector<T> numbers_of(Module<T>& model, bool buffers = false) {
    std::vector<T> numbers;
    if (!buffers) {
        for (const auto& [name, p] : model.named_parameters())
            numbers.insert(numbers.end(), p->value.values().begin(), p->value.values().end());
        return numbers;
    }
    for (const auto& [name, entry] : model.state_dict())
        if (const auto* tensor = std::get_if<Tensor<T>>(&entry))
            numbers.insert(numbers.end(), tensor->values().begin(), tensor->values().end());
    return numbers;
}

/// Before training, so that no rank finds out alone and leaves the others waiting: every rank tells the others what it
/// is about to train on. Throws UsageError, on all ranks alike, if one of them would have no images, or was started
/// with other images or options than rank 0.
template <std::floating_point T>
void agree(Communicator& ranks, Module<T>& model, const TrainingPlan& plan, const std::vector<Index>& shares) {
    // FNV-1a: with another image, initial weight or option the sum is another one
    std::uint64_t sum = 14695981039346656037u;
    const auto add = [&](const void* bytes, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            sum = (sum ^ static_cast<const unsigned char*>(bytes)[i]) * 1099511628211u;
    };
    const std::vector<T> numbers = numbers_of(model);
    add(plan.images.pixels.data(), plan.images.pixels.size());
    add(plan.images.labels.data(), plan.images.labels.size());
    add(numbers.data(), numbers.size() * sizeof(T));
    add(shares.data(), shares.size() * sizeof(Index));
    add(&plan.batch, sizeof plan.batch);
    add(&plan.steps, sizeof plan.steps);
    add(&plan.seed, sizeof plan.seed);
    add(&plan.lr, sizeof plan.lr);
    const std::vector<std::uint64_t> all = ranks.all_gather(std::vector{sum});
    for (std::size_t r = 0; r < all.size(); ++r)
        if (all[r] != all[0])
            throw UsageError("rank " + std::to_string(r) + " was started with other images or options than rank 0");
    if (std::ssize(shares) != ranks.size())
        throw UsageError(std::to_string(shares.size()) + " shares do not fit " + std::to_string(ranks.size()) +
                         " ranks");
    check_batch(plan);
    shards_of(plan.batch, shares);
}

/// This rank's part of the same training: of each batch it has the images that are its share, all have the same model,
/// and all take the same step. Whether the norms inside are synchronised is the model's affair. Throws UsageError, on
/// all ranks alike, as agree() does.
template <std::floating_point T, class OnStep>
void train_on_ranks(Module<T>& model, const TrainingPlan& plan, const std::vector<Index>& shares, Communicator& ranks,
                    const OnStep& on_step) {
    agree(ranks, model, plan, shares);
    const Shard mine = shards_of(plan.batch, shares).at(static_cast<std::size_t>(ranks.rank()));
    detail::train_steps(
        model, plan,
        [&](const Batch<T>& batch) {
            detail::add_gradients(model, batch, mine, detail::weight_of(batch, mine));
            sum_gradients(model, ranks);
        },
        on_step);
}

/// Whether every rank holds the same bits. All ranks learn it.
template <class V>
bool same_on_all(Communicator& ranks, const std::vector<V>& mine) {
    const std::vector<V> all = ranks.all_gather(mine);
    for (std::size_t r = 1; r < static_cast<std::size_t>(ranks.size()); ++r)
        if (std::memcmp(all.data(), all.data() + r * mine.size(), mine.size() * sizeof(V)) != 0) return false;
    return true;
}

}  // namespace bn
