// Several ways to train on the same batches, and how far each is, step by step, from one process with whole batches.
// README.md, "What you should see".
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "ch13_small_batches/norm_net.hpp"
#include "ch14_folding_and_ranks/data_parallel.hpp"
#include "ch14_folding_and_ranks/sync_batch_norm.hpp"

namespace bn {

enum class Kind {
    reversed,      // one process, the images of each batch in reverse: rounding and nothing else
    synchronised,  // ranks with SyncBatchNorm
    averaged,      // the same, but each rank's mean loss counts as much, however many images it has
    own,           // ranks, each with its own statistics
    pieces         // one process, gradient accumulation
};

struct Way {
    std::string name;  // of the column, and with spaces for _ of the row that is printed
    Kind kind;
    std::vector<Index> shares = {1};  // one for each rank or piece
};

/// `count` equal shares; or 1, 2, 3, …
inline std::vector<Index> equal_shares(int count) {
    return std::vector<Index>(static_cast<std::size_t>(count), 1);
}
inline std::vector<Index> rising_shares(int count) {
    std::vector<Index> shares = equal_shares(count);
    std::iota(shares.begin(), shares.end(), Index{1});
    return shares;
}

/// The article's network with batch norm, synchronised or not. Chapter 8's of the same seed, weight by weight.
template <std::floating_point T>
std::unique_ptr<NormNet<T>> make_network(std::uint64_t seed, Communicator* synchronise_over = nullptr) {
    Random random(seed);
    if (!synchronise_over) return std::make_unique<NormNet<T>>(Norm::batch, random);
    const NormMaker<T> make = [&](Index C) -> std::unique_ptr<Module<T>> {
        return std::make_unique<SyncBatchNorm<T>>(*synchronise_over, C);
    };
    return std::make_unique<NormNet<T>>(make, random);
}

/// All parameters after each step.
template <std::floating_point T>
using Path = std::vector<std::vector<T>>;

/// The largest difference of a parameter.
template <std::floating_point T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= largest)) largest = difference;  // so that NaN is kept
    }
    return largest;
}

/// One process, whole batches: what all else is compared with.
template <std::floating_point T>
Path<T> whole_batch_path(const TrainingPlan& plan) {
    Path<T> path;
    const auto model = make_network<T>(plan.seed);
    train_in_pieces(*model, plan, {1}, [&](int) { path.push_back(numbers_of(*model)); });
    return path;
}

/// The same images in reverse order.
template <std::floating_point T>
Batch<T> reversed(const Batch<T>& batch) {
    Batch<T> result{Tensor<T>::empty(batch.images.shape()), {batch.labels.rbegin(), batch.labels.rend()}};
    const Index N = batch.images.size(0), image = batch.images.numel() / N;
    for (Index n = 0; n < N; ++n)
        std::copy_n(batch.images.data() + n * image, image, result.images.data() + (N - 1 - n) * image);
    return result;
}

/// Trains in the given way, ranks as threads, and returns the largest difference of a parameter from `whole`, after
/// each step.
template <std::floating_point T>
std::vector<double> distances(const Way& way, const TrainingPlan& plan, const Path<T>& whole) {
    std::vector<double> result;
    const auto record = [&](Module<T>& model) {
        return [&](int step) { result.push_back(distance(numbers_of(model), whole[static_cast<std::size_t>(step)])); };
    };
    if (way.kind == Kind::reversed) {
        const auto model = make_network<T>(plan.seed);
        const auto backwards = [&](const Batch<T>& batch) {
            detail::add_gradients(*model, reversed(batch), {0, batch.images.size(0)}, 1.0);
        };
        detail::train_steps(*model, plan, backwards, record(*model));
    } else if (way.kind == Kind::pieces) {
        const auto model = make_network<T>(plan.seed);
        train_in_pieces(*model, plan, way.shares, record(*model));
    } else {
        run_ranks(static_cast<int>(way.shares.size()), [&](Communicator& ranks) {
            const auto model = make_network<T>(plan.seed, way.kind == Kind::own ? nullptr : &ranks);
            const auto on_step = [&](int step) {
                if (ranks.rank() == 0) record (*model)(step);
            };
            if (way.kind != Kind::averaged) return train_on_ranks(*model, plan, way.shares, ranks, on_step);
            const Shard mine = shards_of(plan.batch, way.shares)[static_cast<std::size_t>(ranks.rank())];
            const auto average = [&](const Batch<T>& batch) {
                detail::add_gradients(*model, batch, mine, 1.0 / ranks.size());
                sum_gradients(*model, ranks);
            };
            detail::train_steps(*model, plan, average, on_step);
        });
    }
    return result;
}

/// What a layer's exchanges brought a rank in one step.
struct LayerTraffic {
    std::string layer;
    Index channels;
    Traffic forward, backward;
};
struct StepTraffic {
    std::vector<LayerTraffic> layers;  // in the order of the forward pass
    Index parameters = 0;
    Traffic gradients;
};

/// One training step on this rank, its exchanges counted where they happen, by hooks at every SyncBatchNorm.
template <std::floating_point T>
StepTraffic traffic_of_a_step(Communicator& ranks, const TrainingPlan& plan) {
    const auto model = make_network<T>(plan.seed, &ranks);
    StepTraffic step{{}, model->parameter_count(), {}};
    Traffic before = ranks.traffic();
    const auto since = [&] {
        const Traffic lately = ranks.traffic() - before;
        before = ranks.traffic();
        return lately;
    };
    std::vector<HookHandle> handles;
    for (const auto& [name, module] : model->named_modules()) {
        const auto* layer = dynamic_cast<SyncBatchNorm<T>*>(module);
        if (!layer) continue;
        const std::size_t i = step.layers.size();
        step.layers.push_back({name, layer->num_features(), {}, {}});
        handles.push_back(module->register_forward_hook(
            [&, i](Module<T>&, const Tensor<T>&, const Tensor<T>&) { step.layers[i].forward = since(); }));
        handles.push_back(module->register_full_backward_hook(
            [&, i](Module<T>&, const Tensor<T>&, const Tensor<T>&) { step.layers[i].backward = since(); }));
    }
    const DataLoader<T> loader(plan.images, plan.batch, true);
    const Shard mine = shards_of(plan.batch, equal_shares(ranks.size())).at(static_cast<std::size_t>(ranks.rank()));
    since();
    const Batch<T> batch = loader.batch(0);
    detail::add_gradients<T>(*model, batch, mine, detail::weight_of(batch, mine));
    since();
    sum_gradients(*model, ranks);
    step.gradients = since();
    return step;
}

/// Bytes that a rank receives in a step for a layer of C channels: forward, Eq. (14.21), backward, Eq. (14.22); and for
/// the gradients of P parameters of `size` bytes, Eq. (14.23). As many go out.
inline Index forward_bytes(Index C, Index ranks) {
    return (ranks - 1) * 8 * (2 * C + 1);
}
inline Index backward_bytes(Index C, Index ranks) {
    return (ranks - 1) * 8 * 2 * C;
}
inline Index gradient_bytes(Index P, Index ranks, Index size) {
    return (ranks - 1) * size * P;
}

/// What the gradients would take if each rank added up one part of them for all and handed it around: Eq. (14.24).
inline Index all_reduce_bytes(Index P, Index ranks, Index size) {
    return 2 * (ranks - 1) * size * P / ranks;
}

}  // namespace bn
