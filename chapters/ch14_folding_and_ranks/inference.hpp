// What folding changes: the logits, by how much; the time, by which ratio. And what the wrong folding does at the edge.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "ch07_training/data_loader.hpp"
#include "ch13_small_batches/runs.hpp"
#include "ch14_folding_and_ranks/folding.hpp"

namespace bn {

/// The network of a seed, trained for some epochs in batches of 64, in eval mode.
inline std::unique_ptr<ResNet<float>> trained_network(const Dataset& data, int epochs, std::uint64_t seed) {
    Random random(seed);
    auto model = std::make_unique<ResNet<float>>(random);
    train_quietly(*model, data.train, 64, epochs, seed, [](Index) {});
    model->eval();
    return model;
}

/// All images' logits, [images, 2], in the mode that the model is in.
template <std::floating_point T>
Tensor<T> logits_of(Module<T>& model, const ImageSet& images) {
    const NoGradGuard no_grad;
    const DataLoader<T> loader(images, 100);
    Tensor<T> all = Tensor<T>::empty({images.size(), 2});
    T* to = all.data();
    for (Index b = 0; b < loader.batch_count(); ++b) {
        const Tensor<T> logits = model(loader.batch(b).images);
        to = std::copy_n(logits.data(), logits.numel(), to);
    }
    return all;
}

/// What two networks answer to the same images.
struct Agreement {
    double largest_difference = 0, largest_logit = 0;
    Index same_class = 0, images = 0;
};
template <std::floating_point T>
Agreement agreement(const Tensor<T>& a, const Tensor<T>& b) {
    Agreement result;
    result.images = a.size(0);
    for (Index i = 0; i < a.numel(); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= result.largest_difference)) result.largest_difference = difference;  // NaN is kept
        result.largest_logit = std::max(result.largest_logit, std::abs(static_cast<double>(a[i])));
    }
    for (Index n = 0; n < a.size(0); ++n) result.same_class += (a(n, 1) > a(n, 0)) == (b(n, 1) > b(n, 0));
    return result;
}

/// Seconds that each of two takes, the fastest of many times in which they took turns: what else the machine does only
/// makes a time longer, and it meets both.
struct Race {
    double first, second;
    double ratio() const { return first / second; }
};
template <class First, class Second>
Race race(int rounds, const First& first, const Second& second) {
    const auto timed = [](const auto& action, int times) {
        const double start = now();
        for (int i = 0; i < times; ++i) action();
        return (now() - start) / times;
    };
    first();
    second();
    const int times = std::max(1, static_cast<int>(1e-3 / timed(first, 3)));  // a sample takes a millisecond or more
    Race best{1e9, 1e9};
    for (int round = 0; round < rounds; ++round) {
        best.first = std::min(best.first, timed(first, times));
        best.second = std::min(best.second, timed(second, times));
    }
    return best;
}

/// Races the network against its folded twin, on one batch of images. With `apart` all layers run one after the other,
/// each with tensors of its own, as hooks make them do (chapter 6, step 7); else what follows a convolution is done
/// while its image is in the cache. With one thread, so that nothing is measured but the work.
inline Race inference_race(ResNet<float>& model, ResNet<float>& folded, const Tensor<float>& images, bool apart,
                           int rounds) {
    const NoGradGuard no_grad;
    std::vector<HookHandle> handles;
    if (apart)
        for (ResNet<float>* net : {&model, &folded})
            for (FastConv2d<float>* conv :
                 {&net->conv1, &net->res_block1.conv1, &net->res_block1.conv2, &net->res_block1.conv3})
                handles.push_back(
                    conv->register_forward_hook([](Module<float>&, const Tensor<float>&, const Tensor<float>&) {}));
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const Race result = race(
        rounds, [&] { model(images); }, [&] { folded(images); });
    omp_set_num_threads(threads);
    return result;
}

/// The counter-example: the network as it is, with the standardisation of the colours, Eq. (7.1), as a batch norm in
/// front of conv1, and folded into conv1.
struct EdgeError {
    Tensor<double> map;  // [H, W]: largest difference of conv1's outputs, over images and channels
    double edge, inside;
    double accuracy, accuracy_folded, accuracy_padded;  // fractions; padded: with the neutral padding, by hand
    double largest_padded;                              // conv1's outputs then
};

/// x with a frame of `value[c]` around channel c, one pixel wide.
template <std::floating_point T>
Tensor<T> framed(const Tensor<T>& x, const std::vector<double>& value) {
    const Index N = x.size(0), C = x.size(1), H = x.size(2), W = x.size(3);
    Tensor<T> y = Tensor<T>::empty({N, C, H + 2, W + 2});
    for (Index n = 0; n < N; ++n)
        for (Index c = 0; c < C; ++c)
            for (Index h = 0; h < H + 2; ++h)
                for (Index w = 0; w < W + 2; ++w)
                    y(n, c, h, w) = h > 0 && h <= H && w > 0 && w <= W
                                        ? x(n, c, h - 1, w - 1)
                                        : static_cast<T>(value[static_cast<std::size_t>(c)]);
    return y;
}

inline EdgeError edge_error(ResNet<float>& model, const ImageSet& images) {
    const NoGradGuard no_grad;
    Tensor<float> mean({3}), var({3});
    for (Index c = 0; c < 3; ++c) {
        mean[c] = static_cast<float>(colour_mean[static_cast<std::size_t>(c)]);
        var[c] = static_cast<float>(colour_std[static_cast<std::size_t>(c)] * colour_std[static_cast<std::size_t>(c)]);
    }
    const Tensor<float>&weight = model.conv1.weight.value, &bias = model.conv1.bias.value, none;
    const ConvWeights<float> fused = fuse_bn_conv_weights(mean, var, 0.0, none, none, weight, bias);
    const std::vector<double> neutral = neutral_padding(channel_maps(mean, var, 0.0, none, none));

    EdgeError result{Tensor<double>({image_side, image_side}), 0, 0, 0, 0, 0, 0};
    const DataLoader<float> loader(images, 100);
    for (Index b = 0; b < loader.batch_count(); ++b) {
        const Batch<float> batch = loader.batch(b);
        Tensor<float> raw = batch.images.clone();  // pixels from 0 to 1 again
        for (Index i = 0; i < raw.numel(); ++i) {
            const std::size_t c = static_cast<std::size_t>(i / (image_side * image_side) % 3);
            raw[i] = static_cast<float>(static_cast<double>(raw[i]) * colour_std[c] + colour_mean[c]);
        }
        const Tensor<float> x = batch_norm_2d_eval(raw, mean, var, none, none, 0.0);
        const Tensor<float> right = fast_conv2d(x, weight, bias, {.padding = 1});
        const Tensor<float> wrong = fast_conv2d(raw, fused.weight, fused.bias, {.padding = 1});
        const Tensor<float> mended = fast_conv2d(framed(raw, neutral), fused.weight, fused.bias, {});
        for (Index i = 0; i < right.numel(); ++i) {
            const Index place = i % (image_side * image_side);
            result.map[place] = std::max(result.map[place], static_cast<double>(std::abs(right[i] - wrong[i])));
            result.largest_padded =
                std::max(result.largest_padded, static_cast<double>(std::abs(right[i] - mended[i])));
        }
        // The rest of the network, from conv1's outputs, which a hook puts in place of its own
        const auto count_right = [&](const Tensor<float>& conv1_output) {
            const HookHandle hook = model.conv1.register_forward_hook(
                [&](Module<float>&, const Tensor<float>&, const Tensor<float>&) { return conv1_output.clone(); });
            const Tensor<float> logits = model(batch.images);
            Index count = 0;
            for (Index n = 0; n < logits.size(0); ++n)
                count += (logits(n, 1) > logits(n, 0)) == (batch.labels[static_cast<std::size_t>(n)] == label_bird);
            return static_cast<double>(count) / static_cast<double>(images.size());
        };
        result.accuracy += count_right(right);
        result.accuracy_folded += count_right(wrong);
        result.accuracy_padded += count_right(mended);
    }
    for (Index h = 0; h < image_side; ++h)
        for (Index w = 0; w < image_side; ++w) {
            const bool at_edge = h == 0 || w == 0 || h == image_side - 1 || w == image_side - 1;
            double& largest = at_edge ? result.edge : result.inside;
            largest = std::max(largest, result.map(h, w));
        }
    return result;
}

}  // namespace bn
