// Noise behind a batch norm: a shift of its outputs' distribution that changes in every step, which is what batch norm
// was said to remove. README.md, "A shift made on purpose".
#pragma once

#include <string>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"
#include "ch05_convolution/shapes.hpp"
#include "common/random.hpp"

namespace bn {

struct ShiftNoiseOptions {
    double mean = 0.5;    // a channel's mean in a step lies within ± this
    double scale = 1.25;  // and its factor between 1 and this
    double jitter = 0.1;  // an image's mean lies within ± this of the channel's; its factor spreads that much
};

/// In training y = s·x + m, Eq. (12.20), with an s and an m for each channel of each image: in every step each channel
/// draws a distribution, and each image draws from that. In eval mode, as dropout does, the mean: y = E[s]·x.
template <std::floating_point T>
class ShiftNoise : public Module<T> {
public:
    ShiftNoise(Index channels, ShiftNoiseOptions options, std::uint64_t seed)
        : channels_(channels), options_(options), random_(seed) {}

    /// While held, every forward pass of a batch of the same size draws the same numbers, and none are used up.
    void hold(bool on) { held_ = on; }

    Tensor<T> forward(const Tensor<T>& x) override {
        if (x.dim() != 4 || x.size(1) != channels_)
            throw ShapeError("ShiftNoise expects [N, " + std::to_string(channels_) + ", H, W], got " +
                             to_string(x.shape()));
        std::vector<T> s(static_cast<std::size_t>(x.size(0) * channels_)), m(s.size());
        if (this->training())
            draw(s, m);
        else
            s.assign(s.size(), static_cast<T>(0.5 * (1.0 + options_.scale)));
        saved_.push(s);
        return applied(x, s, m);
    }
    /// d_x = s·d_y: m is added, and gets no gradient.
    Tensor<T> backward(const Tensor<T>& d_y) override {
        const std::vector<T> s = saved_.pop();
        return applied(d_y, s, std::vector<T>(s.size()));
    }

    std::string type_name() const override { return "ShiftNoise"; }
    std::string extra_repr() const override { return std::to_string(channels_); }

private:
    void draw(std::vector<T>& s, std::vector<T>& m) {
        Random random = random_;
        for (Index c = 0; c < channels_; ++c) {
            const double mean = random.uniform(-options_.mean, options_.mean),
                         scale = random.uniform(1.0, options_.scale);
            for (auto k = static_cast<std::size_t>(c); k < s.size(); k += static_cast<std::size_t>(channels_)) {
                m[k] = static_cast<T>(random.uniform(mean - options_.jitter, mean + options_.jitter));
                s[k] = static_cast<T>(random.normal(scale, options_.jitter));
            }
        }
        if (!held_) random_ = random;
    }

    // factor[k]·x + shift[k] in plane k = n·C + c
    static Tensor<T> applied(const Tensor<T>& x, const std::vector<T>& factor, const std::vector<T>& shift) {
        const Index plane = x.size(2) * x.size(3);
        Tensor<T> y = Tensor<T>::empty(x.shape());
        for (std::size_t k = 0; k < factor.size(); ++k)
            for (Index i = static_cast<Index>(k) * plane; i < static_cast<Index>(k + 1) * plane; ++i)
                y.data()[i] = factor[k] * x.data()[i] + shift[k];  // Eq. (12.20)
        return y;
    }

    Index channels_;
    ShiftNoiseOptions options_;
    Random random_;
    bool held_ = false;
    SavedForBackward<std::vector<T>> saved_;  // s
};

}  // namespace bn
