#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

double backward(mine::Scale& scale, double d_y) {
    const Numbers d_x = scale.backward({d_y});
    require_elements("d_x", d_x.size(), 1);
    return d_x[0];
}

}  // namespace

TEST_CASE("one call: y, d_x and d_factor") {
    mine::Scale scale(3);
    const Numbers y = scale.forward({1, -2});
    require_elements("y", y.size(), 2);
    CHECK(y[0] == 3);
    CHECK(y[1] == -6);
    const Numbers d_x = scale.backward({10, 1});
    require_elements("d_x", d_x.size(), 2);
    CHECK(d_x[0] == 30);
    CHECK(d_x[1] == 3);
    CHECK(scale.d_factor == 8);
}

TEST_CASE("symptom 1: one layer called twice, or three times") {
    mine::Scale twice(3);
    CHECK(twice.forward(twice.forward({2})).at(0) == 18);
    CHECK(backward(twice, backward(twice, 1)) == 9);
    CHECK(twice.d_factor == 12);

    mine::Scale thrice(2);  // a*a*a*x: d_factor = 3*a*a*x
    thrice.forward(thrice.forward(thrice.forward({5})));
    CHECK(backward(thrice, backward(thrice, backward(thrice, 1))) == 8);
    CHECK(thrice.d_factor == 60);
}

TEST_CASE("symptom 2: gradients add up over passes") {
    mine::Scale scale(3);
    for (double x : {2.0, 5.0}) {
        scale.forward({x});
        backward(scale, 1);
    }
    CHECK(scale.d_factor == 7);
}

TEST_CASE("symptom 3: a look at other data changes no gradient") {
    mine::Scale scale(3);
    scale.forward({2});
    scale.remember = false;
    CHECK(scale.forward({100}).at(0) == 300);
    scale.remember = true;
    CHECK(backward(scale, 1) == 3);
    CHECK(scale.d_factor == 2);
}

TEST_CASE("symptom 4: a backward pass too many is an error") {
    mine::Scale scale(3);
    CHECK_THROWS_AS(scale.backward({1}), std::logic_error);
    scale.forward({2});
    backward(scale, 1);
    CHECK_THROWS_AS(scale.backward({1}), std::logic_error);
    CHECK(scale.d_factor == 2);
}
