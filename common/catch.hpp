// Catch2 under either of its names: 2.13 (Debian 12) has one header, 3.x (Ubuntu 24.04, Debian 13) several.
#pragma once

#include <exception>
#include <functional>
#include <string>

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
using Catch::Approx;
namespace bn {
inline auto contains(const std::string& text) {
    return Catch::Matchers::ContainsSubstring(text);
}
}  // namespace bn
#else
#include <catch2/catch.hpp>
namespace bn {
inline auto contains(const std::string& text) {
    return Catch::Matchers::Contains(text);
}
}  // namespace bn
#endif

namespace bn {
/// The message of the exception that `action` throws.
inline std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}
}  // namespace bn
