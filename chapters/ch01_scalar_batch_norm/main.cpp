// Chapter 1: what does batch norm do to a handful of numbers, and to the gradient that comes back?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/broken_backward.hpp"
#include "ch01_scalar_batch_norm/figures.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Numbers = std::vector<double>;

void print_rows(const std::vector<std::pair<const char*, Numbers>>& rows) {
    for (const auto& [name, values] : rows) {
        std::printf("  %-10s", name);
        for (double value : values) std::printf("%9.4f", value + 0.0);  // + 0.0 turns -0 into 0
        std::printf("\n");
    }
}

// A batch that one can do by hand: ε = 0, and a variance that is a square. Forward, then back in both ways.
Figure by_hand() {
    const Numbers x = {1, 7, 9, 15}, d_y = {1, 2, -1, 2}, ones(4, 1.0);
    const double gamma = 2, beta = 1;
    const ScalarForward f = batch_norm(x, gamma, beta, 0.0);
    std::printf("A batch of four, gamma = 2, beta = 1, eps = 0: forward\n");
    print_rows({{"x", x}, {"mean", {f.mean}}, {"x - mean", f.centred}, {"variance", {f.variance}}});
    print_rows({{"std", {f.std}}, {"x_hat", f.x_hat}, {"y", f.y}});

    const ScalarBackward b = batch_norm_backward_staged(f, gamma, d_y);
    const ScalarGradients closed = batch_norm_backward(f, gamma, d_y);
    std::printf("and back, for a loss whose gradient to y is d_y\n");
    print_rows({{"d_y", d_y}, {"d_beta", {b.d_beta}}, {"d_gamma", {b.d_gamma}}, {"d_x_hat", b.d_x_hat}});
    print_rows({{"d_std", {b.d_std}}, {"d_variance", {b.d_variance}}, {"d_centred", b.d_centred}});
    print_rows({{"d_mean", {b.d_mean}}, {"d_x staged", b.d_x}, {"d_x closed", closed.d_x}});

    // Eqs. (1.17) and (1.18), here with ε = 0
    std::printf("  sum of d_x         %8.1e   zero up to rounding: batch norm removes the mean,\n",
                inner_product(ones, closed.d_x));
    std::printf("  sum of d_x * x_hat %8.1e   and (up to eps) the part along x_hat\n\n",
                inner_product(f.x_hat, closed.d_x));
    return graph_figure(x, f, b, d_y);
}

// Is it right? Central differences on a larger batch; and what the check sees with loss = Σy.
Figure check_gradients(std::uint64_t seed) {
    Random random(seed);
    Numbers x(16), cotangent(16);
    random.fill_normal<double>(x, 3.0, 2.0);
    random.fill_normal<double>(cotangent);
    const Numbers ones(x.size(), 1.0), zeros(x.size(), 0.0);
    const double gamma = 2, beta = 1;
    const ScalarForward f = batch_norm(x, gamma, beta);
    const auto numeric = [&](const Numbers& d_y, double step) {
        return numerical_gradient([&] { return inner_product(d_y, batch_norm(x, gamma, beta).y); }, x, step);
    };
    const Numbers random_truth = numeric(cotangent, 1e-5), sum_truth = numeric(ones, 1e-5);

    std::printf("Gradient check of d_x: 16 numbers, central differences with step 1e-5, accepted up to 1e-6\n");
    std::printf("  %-32s  random cotangent     loss = sum of y\n", "");
    std::printf("  %-32s  relative error       largest difference\n", "backward pass");
    for (const Mistake& mistake : mistakes) {
        const double error = relative_error(backward_with(mistake, f, gamma, cotangent), random_truth);
        // The true gradient of Σy is zero, so an error relative to it would compare rounding with rounding.
        const Numbers d_x = backward_with(mistake, f, gamma, ones);
        double difference = 0;
        for (std::size_t i = 0; i < d_x.size(); ++i) difference = std::max(difference, std::abs(d_x[i] - sum_truth[i]));
        std::printf("  %-32s  %.1e  %-10s  %.1e  %s\n", mistake.name.c_str(), error,
                    error <= 1e-6 ? "accepted" : "rejected", difference, difference <= 1e-6 ? "accepted" : "rejected");
    }
    std::printf("  With loss = sum of y all pass whose answer to a constant d_y is zero: a wrong scale, a wrong or\n");
    std::printf("  missing x_hat term, zeros. Of these only a wrong mean term shows: it leaves gamma / s = %.2f.\n",
                gamma / f.std);
    std::printf("  (d_gamma is as blind there: the right one is the sum of x_hat, %.0e.)\n\n",
                inner_product(ones, f.x_hat));

    Numbers steps, right, broken;
    for (double exponent = -12; exponent <= 0.01; exponent += 0.5) {
        steps.push_back(std::pow(10.0, exponent));
        const Numbers truth = numeric(cotangent, steps.back());
        right.push_back(relative_error(batch_norm_backward(f, gamma, cotangent).d_x, truth));
        broken.push_back(relative_error(backward_with({.name = "", .x_hat = 0.0}, f, gamma, cotangent), truth));
    }
    return step_figure(steps, right, broken, seed);
}

// A batch of two has only one thing left to say: which of its numbers is the larger.
void batch_of_two() {
    std::printf("A batch of two, gamma = 1, beta = 0, eps = 1e-5\n");
    for (const Numbers& pair : {Numbers{0, 1}, Numbers{-70, 1000}, Numbers{0.001, 0}}) {
        const Numbers y = batch_norm(pair, 1.0, 0.0).y;
        std::printf("  (%g, %g) becomes (%.4f, %.4f)\n", pair[0], pair[1], y[0], y[1]);
    }
    std::printf("  the last pair's variance, %.1e, is smaller than eps: eps decides\n\n",
                batch_norm(Numbers{0.001, 0}, 1.0, 0.0).variance);
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);
    const Figure graph = by_hand();
    const Figure steps = check_gradients(options.seed);
    batch_of_two();
    plots.save({graph, steps});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch01_scalar_batch_norm",
                        .purpose = "Batch norm of a few numbers: forward, backward by hand, and a check that can fail.",
                        .takes = {Option::seed, Option::plots}},
                       argc, argv, chapter);
}
