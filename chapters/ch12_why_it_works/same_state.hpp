// For the tests: all that a model holds, so that a diagnostic can be shown to leave it as it was.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"

namespace bn {

/// A model's parameters, gradients, buffers and modes in a row, and how many of its modules have hooks.
template <std::floating_point T>
std::vector<double> all_numbers(Module<T>& model) {
    std::vector<double> all;
    for (const auto& [name, entry] : model.state_dict())
        if (const auto* tensor = std::get_if<Tensor<T>>(&entry))
            all.insert(all.end(), tensor->values().begin(), tensor->values().end());
        else
            all.push_back(static_cast<double>(std::get<std::int64_t>(entry)));
    for (const auto& [name, parameter] : model.named_parameters())
        all.insert(all.end(), parameter->grad.values().begin(), parameter->grad.values().end());
    for (const auto& [name, module] : model.named_modules()) {
        all.push_back(module->training() ? 1 : 0);
        all.push_back(module->has_hooks() ? 1 : 0);
    }
    return all;
}

}  // namespace bn
