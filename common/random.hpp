// Random numbers that are the same with every standard library: std::mt19937_64's sequence is fixed by the
// standard, std::normal_distribution's and std::shuffle's are not, so the few distributions needed are here.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <span>
#include <utility>

namespace bn {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    /// Uniform in [0, 1): the upper 53 bits of one draw.
    double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }

    /// Normal with the given mean and standard deviation (Box and Muller's cosine half: two draws each).
    double normal(double mean = 0.0, double sigma = 1.0) {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return mean + sigma * radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

    /// A whole number in [0, n), without bias: draws from the incomplete last block are thrown away.
    std::uint64_t below(std::uint64_t n) {
        const std::uint64_t limit = engine_.max() - engine_.max() % n;
        std::uint64_t draw = engine_();
        while (draw >= limit) draw = engine_();
        return draw % n;
    }

    /// Fisher and Yates: every order equally likely.
    template <class T>
    void shuffle(std::span<T> items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

    template <class T>
    void fill_normal(std::span<T> items, double mean = 0.0, double sigma = 1.0) {
        for (T& item : items) item = static_cast<T>(normal(mean, sigma));
    }

    template <class T>
    void fill_uniform(std::span<T> items, double low, double high) {
        for (T& item : items) item = static_cast<T>(uniform(low, high));
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace bn
