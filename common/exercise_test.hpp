// What the exercises' tests share. Precompiled, so that a verdict takes a second.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "common/random.hpp"
#include "common/tensor.hpp"
#include "common/todo.hpp"

namespace bn {

using Numbers = std::vector<double>;

/// `count` normal numbers.
inline Numbers normal_numbers(std::uint64_t seed, std::size_t count, double mean = 0.0, double sigma = 1.0) {
    Numbers values(count);
    Random(seed).fill_normal<double>(values, mean, sigma);
    return values;
}

/// A tensor of normal numbers.
inline Tensor<double> normal_tensor(std::uint64_t seed, Shape shape, double mean = 0.0, double sigma = 1.0) {
    Tensor<double> t(std::move(shape));
    Random(seed).fill_normal(t.values(), mean, sigma);
    return t;
}

/// Ends the test with a sentence if an answer has the wrong number of elements. To be called before elements are read.
inline void require_elements(const std::string& name, std::size_t actual, std::size_t expected) {
    if (actual != expected) FAIL("wrong shape: " << name << " has " << actual << " elements, it needs " << expected);
}

/// The same for tensors.
template <class T>
void require_shape(const std::string& name, const Tensor<T>& actual, const Shape& expected) {
    if (!actual.defined()) FAIL("wrong shape: " << name << " is no tensor at all, it needs " << to_string(expected));
    if (actual.shape() != expected)
        FAIL("wrong shape: " << name << " is " << to_string(actual.shape()) << ", it needs " << to_string(expected));
}

/// For exercises in which the answer is a test: it has to accept what is right and to reject what is broken.
inline void require_accepted(const std::string& name, bool accepted) {
    if (!accepted) FAIL("your test rejects the right one: " << name);
    SUCCEED();
}
inline void require_rejected(const std::string& name, bool accepted) {
    if (accepted) FAIL("your test accepts a broken one: " << name);
    SUCCEED();
}

}  // namespace bn
