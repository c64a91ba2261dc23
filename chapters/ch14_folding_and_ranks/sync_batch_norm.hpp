// Batch norm of a batch that lies on several ranks: each has some of the images, and all use the statistics of the
// whole. README.md, "Statistics over ranks" and "Backward over ranks".
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ch06_fast_convolution/fast_batch_norm_2d.hpp"
#include "ch14_folding_and_ranks/communicator.hpp"

namespace bn {

/// Statistics of the two sets together, channel by channel: Eqs. (14.13)–(14.15). Either may be empty.
inline ChannelStatistics merged(const ChannelStatistics& a, const ChannelStatistics& b) {
    if (a.count == 0) return b;
    if (b.count == 0) return a;
    ChannelStatistics all{a.mean, a.variance, a.count + b.count};  // Eq. (14.13)
    const double n_a = static_cast<double>(a.count), n_b = static_cast<double>(b.count), n = n_a + n_b;
    for (std::size_t c = 0; c < all.mean.size(); ++c) {
        const double delta = b.mean[c] - a.mean[c];
        all.mean[c] = a.mean[c] + delta * n_b / n;  // Eq. (14.14)
        const double squares = n_a * a.variance[c] + n_b * b.variance[c] + delta * delta * n_a * n_b / n;
        all.variance[c] = squares / n;  // Eq. (14.15)
    }
    return all;
}

/// Statistics of this rank's images [N, C, H, W]. Without images, or with one value per channel, they mean nothing
/// alone; merged with others' they do.
template <std::floating_point T>
ChannelStatistics shard_statistics(const Tensor<T>& x) {
    const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
    if (x.numel() == 0)
        return {std::vector<double>(static_cast<std::size_t>(C), 0.0),
                std::vector<double>(static_cast<std::size_t>(C), 0.0), 0};
    std::vector<detail::Moments> moments;
    for (Index k = 0; k < N * C; ++k) moments.push_back(detail::plane_moments(x.data() + k * plane, plane));
    return detail::merged(moments, N, C, plane);
}

/// The statistics of all ranks' images, merged in the order of ranks, on every rank to the same bits. `own` are this
/// rank's. Of C channels, 2C + 1 doubles go to each other rank. Throws ShapeError, on all ranks alike, if one of them
/// has no images, or all have one value per channel together.
inline ChannelStatistics synchronised(Communicator& ranks, const ChannelStatistics& own) {
    const std::size_t C = own.mean.size();
    std::vector<double> mine = {static_cast<double>(own.count)};
    mine.insert(mine.end(), own.mean.begin(), own.mean.end());
    mine.insert(mine.end(), own.variance.begin(), own.variance.end());
    const std::vector<double> all = ranks.all_gather(mine);

    ChannelStatistics whole;
    for (int r = 0; r < ranks.size(); ++r) {
        const auto part = all.begin() + r * std::ssize(mine), mean = part + 1, variance = mean + std::ssize(own.mean);
        if (*part == 0)
            throw ShapeError("rank " + std::to_string(r) + " of " + std::to_string(ranks.size()) + " has no images");
        whole = merged(
            whole,
            {{mean, variance}, {variance, variance + static_cast<std::ptrdiff_t>(C)}, static_cast<Index>(*part)});
    }
    if (whole.count == 1)
        throw ShapeError("Expected more than 1 value per channel when training, got 1 on all ranks together");
    return whole;
}

/// BatchNorm2d whose batch is spread over ranks, as torch.nn.SyncBatchNorm: in training, mean and variance are those of
/// all ranks' images, and so are the running statistics. In eval mode, ranks need not know of each other. d_weight and
/// d_bias are this rank's shares, Eq. (14.20), as those of every other parameter: DataParallel's sum completes them.
template <std::floating_point T>
class SyncBatchNorm : public BatchNorm2d<T> {
public:
    /// `ranks` must outlive this.
    SyncBatchNorm(Communicator& ranks, Index num_features, BatchNorm2dOptions options = {})
        : BatchNorm2d<T>(num_features, options), ranks_(ranks) {}

    std::string type_name() const override { return "SyncBatchNorm"; }

protected:
    BatchNorm2dForward<T> normalize_by_batch(const Tensor<T>& x) const override {
        ChannelStatistics statistics = synchronised(ranks_, shard_statistics(x));
        Tensor<T> y = fast_normalize(x, statistics, this->weight.value, this->bias.value, this->options().eps);
        return {std::move(y), std::move(statistics)};
    }

    BatchNorm2dGradients<T> backward_by_batch(const Tensor<T>& d_y, const Tensor<T>& x,
                                              const ChannelStatistics& statistics) const override {
        // This rank's sums of d_y and of d_y·(x − μ) over its own images: Eq. (14.17)
        check_gradient(d_y, x.shape());
        const Index N = x.size(0), C = x.size(1), plane = x.size(2) * x.size(3);
        std::vector<detail::GradientSums> own(static_cast<std::size_t>(C), detail::GradientSums{});
        for (Index k = 0; k < N * C; ++k) {
            const std::size_t c = static_cast<std::size_t>(k % C);
            const auto sums =
                detail::gradient_sums(d_y.data() + k * plane, x.data() + k * plane, statistics.mean[c], plane);
            for (std::size_t i = 0; i < sums.size(); ++i) own[c][i] += sums[i];
        }

        // Added over ranks in their order, Eq. (14.18), they and the whole batch's n make d_x: Eq. (14.19)
        const auto all = ranks_.all_gather(own);
        const auto [channels, whole_d_weight, whole_d_bias] =
            detail::gradient_channels(all, statistics, this->weight.value, this->options().eps, true);
        BatchNorm2dGradients<T> g{Tensor<T>::empty(x.shape()), Tensor<T>({C}), Tensor<T>({C})};
        for (Index k = 0; k < N * C; ++k) {
            const detail::GradientChannel<T>& gradient = channels[static_cast<std::size_t>(k % C)];
            const T *d = d_y.data() + k * plane, *values = x.data() + k * plane;
            T* to = g.d_x.data() + k * plane;
            for_each_vector<T>(plane, [&](auto at) { at.put(to, gradient(at(d), at(values))); });
        }

        // This rank's shares for β and γ: Eq. (14.20)
        for (Index c = 0; c < C; ++c) {
            const auto [d_bias, d_centred] = own[static_cast<std::size_t>(c)];
            g.d_bias[c] = static_cast<T>(d_bias);
            g.d_weight[c] = static_cast<T>(
                d_centred / std::sqrt(statistics.variance[static_cast<std::size_t>(c)] + this->options().eps));
        }
        return g;
    }

private:
    Communicator& ranks_;
};

}  // namespace bn
