#include "common/exercise_test.hpp"

#include "ch11_activation_regions/activations.hpp"
#include "ch11_activation_regions/surviving_gradient.hpp"
#include EXERCISE

using namespace bn;

TEST_CASE("a slope that is one everywhere survives whole") {
    for (double sigma : {0.25, 1.0, 10.0})
        CHECK(mine::mean_slope([](double) { return 1.0; }, 3, sigma) == Approx(1).epsilon(1e-6));
}

TEST_CASE("the moments of the normal distribution") {
    CHECK(mine::mean_slope([](double x) { return x; }, 2, 3) == Approx(2).epsilon(1e-6));
    CHECK(mine::mean_slope([](double x) { return x * x; }, 2, 3) == Approx(4 + 9).epsilon(1e-6));
}

TEST_CASE("standardised inputs: the numbers of the text") {
    CHECK(mine::mean_slope(sigmoid_derivative, 0, 1) / 0.25 == Approx(0.826).margin(5e-4));
    CHECK(mine::mean_slope(tanh_derivative, 0, 1) == Approx(0.606).margin(5e-4));
}

TEST_CASE("moved inputs") {
    for (const Activation& f : {activations[1], activations[2]})
        for (double mean : {-5.0, 0.7, 5.0}) {
            CAPTURE(f.name, mean);
            CHECK(mine::mean_slope(f.derivative, mean, 1) == Approx(mean_derivative(f, mean, 1)).epsilon(1e-6));
        }
}

TEST_CASE("wide and narrow inputs") {
    for (const Activation& f : {activations[1], activations[2]})
        for (double sigma : {0.01, 0.25, 10.0, 100.0}) {
            CAPTURE(f.name, sigma);
            CHECK(mine::mean_slope(f.derivative, 1, sigma) == Approx(mean_derivative(f, 1, sigma)).epsilon(1e-6));
        }
}
