// Chapter 1: what does batch norm do to a handful of numbers, and to the gradient that comes back?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ch01_scalar_batch_norm/batch_norm.hpp"
#include "ch01_scalar_batch_norm/figures.hpp"
#include "ch01_scalar_batch_norm/gradient_check.hpp"
#include "common/chapter.hpp"
#include "common/figure.hpp"
#include "common/random.hpp"

using namespace bn;

namespace {

using Numbers = std::vector<double>;

void print_row(const char* name, const Numbers& values) {
    std::printf("  %-10s", name);
    for (double value : values) std::printf("%9.4f", value + 0.0);
    std::printf("\n");
}

double largest_difference(const Numbers& a, const Numbers& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

void chapter(const Options& options) {
    const PlotFolder plots(options.plots);

    // 1. A batch that one can do by hand: ε = 0, and a variance that is a square.
    const Numbers x = {1, 7, 9, 15}, d_y = {1, 2, -1, 2};
    const double gamma = 2, beta = 1;
    const ScalarForward f = batch_norm(x, gamma, beta, 0.0);
    std::printf("A batch of four, gamma = 2, beta = 1, eps = 0\n");
    print_row("x", x);
    std::printf("  mean      %9.4f\n", f.mean);
    print_row("x - mean", f.centred);
    std::printf("  variance  %9.4f\n  std       %9.4f\n", f.variance, f.std);
    print_row("x_hat", f.x_hat);
    print_row("y", f.y);

    // 2. And back, node by node and in closed form.
    const ScalarBackward staged = batch_norm_backward_staged(f, gamma, d_y);
    const ScalarGradients closed = batch_norm_backward(f, gamma, d_y);
    const Numbers ones(x.size(), 1.0);
    print_row("d_y", d_y);
    print_row("d_x staged", staged.d_x);
    print_row("d_x closed", closed.d_x);
    std::printf("  d_gamma   %9.4f\n  d_beta    %9.4f\n", closed.d_gamma, closed.d_beta);
    std::printf("  sum of d_x         %9.1e   batch norm removes the gradient's mean\n", inner_product(ones, closed.d_x));
    std::printf("  sum of d_x * x_hat %9.1e   and its part along x_hat\n\n", inner_product(f.x_hat, closed.d_x));

    // 3. Is it right? Central differences, with a random cotangent, on a larger batch.
    Random random(options.seed);
    Numbers batch(16), cotangent(16);
    random.fill_normal<double>(batch, 3.0, 2.0);
    random.fill_normal<double>(cotangent);
    const auto loss_of = [&](const Numbers& weights) {
        return [&] { return inner_product(weights, batch_norm(batch, gamma, beta).y); };
    };
    const auto error_of = [&](const Numbers& d_x, const Numbers& weights, double step) {
        return relative_error(d_x, numerical_gradient(loss_of(weights), batch, step));
    };
    const ScalarForward forward = batch_norm(batch, gamma, beta);
    const Numbers right = batch_norm_backward(forward, gamma, cotangent).d_x;
    const Numbers broken = without_x_hat_term(forward, gamma, cotangent);
    std::printf("Gradient check, 16 numbers, loss = sum of cotangent * y, step 1e-5\n");
    std::printf("  right backward             relative error %.1e\n", error_of(right, cotangent, 1e-5));
    std::printf("  broken: no x_hat term      relative error %.1e\n\n", error_of(broken, cotangent, 1e-5));

    // 4. The check that checks nothing: with loss = Σy the gradient is zero, whatever γ, 1/s or the x̂ term are.
    const Numbers all_ones(batch.size(), 1.0);
    const Numbers numeric = numerical_gradient(loss_of(all_ones), batch);
    const Numbers vacuous_right = batch_norm_backward(forward, gamma, all_ones).d_x;
    std::printf("The same with loss = sum of y: its gradient is zero, so broken code passes\n");
    std::printf("  right backward             largest difference %.1e\n", largest_difference(vacuous_right, numeric));
    std::printf("  broken: no x_hat term      largest difference %.1e\n",
                largest_difference(without_x_hat_term(forward, gamma, all_ones), numeric));
    std::printf("  broken: returns zeros      largest difference %.1e\n\n",
                largest_difference(Numbers(batch.size(), 0.0), numeric));

    // 5. A batch of two has only one degree of freedom left: its order.
    std::printf("A batch of two, gamma = 1, beta = 0, eps = 1e-5\n");
    for (const Numbers& pair : {Numbers{0, 1}, Numbers{-70, 1000}, Numbers{0.001, 0}}) {
        const Numbers y = batch_norm(pair, 1.0, 0.0).y;
        std::printf("  (%g, %g) becomes (%.4f, %.4f)\n", pair[0], pair[1], y[0], y[1]);
    }
    std::printf("  the last pair's variance, 2.5e-07, is smaller than eps: eps decides\n\n");

    // Figures
    Numbers steps, right_error, broken_error;
    for (double exponent = -13; exponent <= 0.01; exponent += 0.5) {
        steps.push_back(std::pow(10.0, exponent));
        right_error.push_back(error_of(right, cotangent, steps.back()));
        broken_error.push_back(error_of(broken, cotangent, steps.back()));
    }
    plots.save({graph_figure(x, f, staged, d_y), step_figure(steps, right_error, broken_error, options.seed)});
}

}  // namespace

int main(int argc, char** argv) {
    return run_chapter({.name = "ch01_scalar_batch_norm",
                            .purpose = "Batch norm of a handful of numbers: forward, backward by hand, and a check that can fail.",
                            .takes = {Option::seed, Option::plots}},
                           argc, argv, chapter);
}
