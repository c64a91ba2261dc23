// What the tests of this folder share: a result against its vector.
#pragma once

#include "common/catch.hpp"

#include <string>

#include "golden/vectors.hpp"

namespace bn::golden {

/// Fails the test that is running unless `actual` is the case's result `name`, in shape and within the tolerance.
template <std::floating_point T>
void compare(const Case& c, const std::string& name, const Tensor<T>& actual) {
    const Vector& expected = c.vector(name);
    INFO(c.name << ": " << name);
    REQUIRE(actual.defined());
    CHECK(actual.shape() == expected.shape);
    CHECK(error(expected, std::span<const T>(actual.values())) <= tolerance<T>(c, expected));
}

/// The same for a single number, which PyTorch gives the shape [].
template <std::floating_point T>
void compare(const Case& c, const std::string& name, double actual) {
    const Vector& expected = c.vector(name);
    INFO(c.name << ": " << name);
    CHECK(error(expected, std::span<const double>(&actual, 1)) <= tolerance<T>(c, expected));
}

/// The case of that name. Throws std::out_of_range if there is none.
inline const Case& find_case(const std::vector<Case>& cases, const std::string& name) {
    for (const Case& c : cases)
        if (c.name == name) return c;
    throw std::out_of_range("there is no case '" + name + "'");
}

}  // namespace bn::golden
