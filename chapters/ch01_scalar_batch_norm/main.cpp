// Chapter 1: what does batch norm do to a handful of numbers, and to the gradient that comes back?
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/broken_backward.hpp"
#include "ch01_scalar_batch_norm/checked_batch.hpp"
#include "ch01_scalar_batch_norm/figures.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "ch01_scalar_batch_norm/removed.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"

using namespace bn;

namespace {

using Numbers = std::vector<double>;

void print_rows(const std::vector<std::pair<const char*, Numbers>>& rows) {
    for (const auto& [name, values] : rows) {
        std::printf("  %-11s", name);
        for (double value : values) std::printf("%9.4f", value + 0.0);  // + 0.0 turns -0 into 0
        std::printf("\n");
    }
}

// A batch that one can do by hand: ε = 0, and a variance that is a square. Forward, then back in both ways.
Figure by_hand() {
    const Numbers x = {1, 7, 9, 15}, d_y = {1, 2, -1, 2};
    const double gamma = 2, beta = 1;
    const ScalarForward f = batch_norm(x, gamma, beta, 0.0);
    std::printf("1. A batch of four, gamma = 2, beta = 1, eps = 0: forward\n");
    print_rows({{"x", x}, {"mean", {f.mean}}, {"x - mean", f.centred}, {"variance", {f.variance}}});
    print_rows({{"std", {f.std}}, {"x_hat", f.x_hat}, {"y", f.y}});

    const ScalarBackward b = batch_norm_backward_staged(f, gamma, d_y);
    std::printf("and back, for a loss whose gradient to y is d_y\n");
    print_rows({{"d_y", d_y}, {"d_beta", {b.d_beta}}, {"d_gamma", {b.d_gamma}}, {"d_x_hat", b.d_x_hat}});
    print_rows({{"d_std", {b.d_std}}, {"d_variance", {b.d_variance}}, {"d_centred", b.d_centred}});
    print_rows({{"d_mean", {b.d_mean}}, {"d_x staged", b.d_x}});
    print_rows({{"d_x closed", batch_norm_backward(f, gamma, d_y).d_x}});
    return graph_figure(x, f, b, d_y);
}

// The same gradient, split: the mean goes, what is along x̂ goes up to ε, the rest stays. Eqs. (1.17)-(1.19)
void what_is_removed() {
    const Numbers x = {1, 7, 9, 15}, d_y = {1, 2, -1, 2}, ones(4, 1.0);
    std::printf("\n2. What is removed: that d_y in three parts\n");
    const GradientParts parts = parts_of(batch_norm(x, 2, 1, 0.0), d_y);
    print_rows({{"its mean", parts.mean}, {"along x_hat", parts.along}, {"the rest", parts.rest}});
    for (double eps : {0.0, 75.0}) {
        const ScalarForward f = batch_norm(x, 2, 1, eps);
        const Numbers d_x = batch_norm_backward(f, 2, d_y).d_x;
        std::printf("eps = %g: d_x = gamma / std = %.1f times (the rest + %.2f of what is along x_hat)\n", eps,
                    2 / f.std, share_kept(f));
        print_rows({{"d_x", d_x}, {"parts again", d_x_from_parts(parts_of(f, d_y), f, 2)}});
        std::printf("  sum of d_x %8.1e, sum of d_x * x_hat %8.1e\n", inner_product(ones, d_x),
                    inner_product(f.x_hat, d_x));
    }
}

// Is it right? Central differences on a larger batch; and what the check sees with loss = Σy.
Figure check_gradients(std::uint64_t seed) {
    CheckedBatch batch(seed);
    const Numbers random_truth = batch.numeric(batch.random_d_y), sum_truth = batch.numeric(batch.ones);

    std::printf("\n3. Gradient check of d_x: 16 numbers, central differences with step 1e-5, accepted up to 1e-6\n");
    std::printf("  %-32s  random cotangent     loss = sum of y\n", "");
    std::printf("  %-32s  relative error       largest difference\n", "backward pass");
    for (const Mistake& mistake : mistakes) {
        const auto d_x = [&](const Numbers& d_y) { return backward_with(mistake, batch.f, batch.gamma, d_y); };
        const double error = relative_error(d_x(batch.random_d_y), random_truth);
        const double difference = largest_difference_of(d_x(batch.ones), sum_truth);
        std::printf("  %-32s  %.1e  %-10s  %.1e  %s\n", mistake.name.c_str(), error,
                    error <= 1e-6 ? "accepted" : "rejected", difference, difference <= 1e-6 ? "accepted" : "rejected");
    }
    std::printf("  With loss = sum of y all pass whose answer to a constant d_y is zero: a wrong scale, a wrong or\n");
    std::printf("  missing x_hat term, zeros. Of these only a wrong mean term shows: it leaves gamma / s = %.2f.\n",
                batch.gamma / batch.f.std);
    std::printf("  (d_gamma is as blind there: the right one is the sum of x_hat, %.0e.)\n",
                inner_product(batch.ones, batch.f.x_hat));
    const StepErrors errors = errors_by_step(batch);
    return step_figure(errors.steps, errors.right, errors.broken, seed);
}

// A batch of two has only one thing left to say: which of its numbers is the larger. Eq. (1.20)
void batch_of_two() {
    std::printf("\n4. A batch of two, gamma = 1, beta = 0, eps = 1e-5\n");
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
    what_is_removed();
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
