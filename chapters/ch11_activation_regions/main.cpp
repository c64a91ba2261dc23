// Chapter 11: where does an activation function let a gradient pass, and does batch norm bring its inputs there?
#include <cstdio>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch11_activation_regions/activations.hpp"
#include "ch11_activation_regions/figures.hpp"
#include "ch11_activation_regions/surviving_gradient.hpp"
#include "ch11_activation_regions/through_batch_norm.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Numbers = std::vector<double>;

constexpr std::size_t batch_size = 1024;

// Inputs of an activation function: normal with this mean and spread.
struct Input {
    const char* name;
    double mean, sigma;
};
const Input inputs[] = {{"standardised", 0, 1}, {"narrow", 0, 0.25}, {"wide", 0, 10}, {"up", 5, 1}, {"down", -5, 1}};

// 1. The article's regions, [0, 1] for ReLU and [-1, 1] for the others, against the slopes.
void print_regions() {
    std::printf("Slope:    largest    at 0.5  at 1    at 2    at 3    at 5\n");
    for (const Activation& f : activations) {
        std::printf("  %-8s%.4f   ", f.name, f.steepest);
        for (double x : {0.5, 1.0, 2.0, 3.0, 5.0}) std::printf("  %.4f", f.derivative(x));
        std::printf("\n");
    }
    std::printf("\nRegion:   the article's   slope at its end    slope at least half of its largest\n");
    for (const Activation& f : activations) {
        const Region half = steep_region(f, 0.5);
        std::printf("  %-8s[%2.0f, %.0f]         %3.0f %% of largest    from %.3f to %.3f\n", f.name, f.article.low,
                    f.article.high, 100 * f.derivative(f.article.high) / f.steepest, half.low, half.high);
    }
}

// 2. How much gradient survives for inputs of a given mean and spread: integrals over normal distributions.
void print_surviving() {
    std::printf("\nNormal inputs          in the article's  mean slope,            slope below a tenth     1024\n");
    std::printf(
        "  with this            region, %%         %% of the largest       of the largest, %%       all dead\n");
    std::printf("  mean and sigma          relu  others    relu sigmoid    tanh    relu sigmoid    tanh      relu\n");
    for (const Input& in : inputs) {
        std::printf("  %-13s%2.0f %5.2f", in.name, in.mean, in.sigma);
        for (std::size_t k : {0u, 1u})
            std::printf(" %7.1f", 100 * share_inside(activations[k].article, in.mean, in.sigma));
        std::printf(" ");
        for (const Activation& f : activations)
            std::printf(" %7.1f", 100 * mean_derivative(f, in.mean, in.sigma) / f.steepest);
        for (const Activation& f : activations) std::printf(" %7.1f", 100 * share_flat(f, in.mean, in.sigma));
        std::printf("  %8.4f\n", all_dead(in.mean, in.sigma, batch_size));
    }
}

// 3. The gradient that reaches x, through the activation alone and through batch norm and the activation.
void print_way_back(std::uint64_t seed) {
    std::printf("\nA random gradient d_a comes back to 1024 such inputs x: rms(d_x) / rms(d_a)\n");
    std::printf("                                   relu              sigmoid           tanh\n");
    std::printf("  mean and sigma          1/s      alone  with BN    alone  with BN    alone  with BN\n");
    for (const Input& in : inputs) {
        Random random(seed);
        Numbers x(batch_size), d_a(batch_size);
        random.fill_normal<double>(x, in.mean, in.sigma);
        random.fill_normal<double>(d_a);
        std::printf("  %-13s%2.0f %5.2f", in.name, in.mean, in.sigma);
        std::printf("  %5.2f  ", way_back(activations[0], x, d_a).inverse_std);
        for (const Activation& f : activations) {
            const WayBack way = way_back(f, x, d_a);
            std::printf("   %.4f   %.4f", way.alone, way.with_batch_norm);
        }
        std::printf("\n");
    }
}

// 4. What batch norm's backward pass removes, and who receives it.
void print_removed(std::uint64_t seed) {
    Random random(seed);
    Numbers x(batch_size), d_a(batch_size);
    const Numbers ones(batch_size, 1.0);
    random.fill_normal<double>(x, -5.0, 2.0);
    std::printf(
        "\nRemoved by batch norm's backward pass: share of the sum of d_y squared (1024 inputs, mean -5, sigma 2)\n");
    std::printf("            random d_a:            d_a = 1: the loss wants every output to change alike\n");
    std::printf("            mean of 1000   expected   removed   sum d_x  sum d_x*x_hat   d_beta/m   d_gamma/m\n");
    for (const Activation& f : activations) {
        double removed = 0;
        for (int k = 0; k < 1000; ++k) {
            random.fill_normal<double>(d_a);
            removed += way_back(f, x, d_a).removed / 1000;
        }
        const WayBack way = way_back(f, x, ones);
        std::printf("  %-8s  %9.3f %%    %6.3f %%   %5.1f %%  %8.0e       %8.0e   %8.3f    %8.3f\n", f.name,
                    100 * removed, 100 * removed_at_random(f, way.x_hat), 100 * way.removed,
                    inner_product(ones, way.d.d_x), inner_product(way.x_hat, way.d.d_x), way.d.d_beta / batch_size,
                    way.d.d_gamma / batch_size);
    }
    std::printf("\n");
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    print_regions();
    print_surviving();
    print_way_back(options.seed);
    print_removed(options.seed);
    plots.save({activations_figure(), surviving_figure()});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch11_activation_regions",
                        .purpose = "How much gradient relu, sigmoid and tanh let through, and what batch norm changes.",
                        .takes = {Option::seed, Option::plots}},
                       argc, argv, chapter);
}
