// Appendix: putting a state_dict back into a model, with PyTorch's complaints.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "ch04_modules_and_hooks/module.hpp"

namespace bn {

/// A state_dict does not fit a model. what() lists every key that is missing, unexpected, or of another shape.
class StateDictError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Copies the numbers of `source` into the model's parameters and buffers. Every name must be there, with the
/// model's shape, and no other; only a missing num_batches_tracked is let pass (and set to 0), since files older
/// than that buffer exist. Throws StateDictError with all complaints at once, and then changes nothing.
template <std::floating_point T>
void load_state_dict(Module<T>& model, const StateDict<T>& source);

namespace detail {

template <std::floating_point T>
const StateEntry<T>* find_entry(const StateDict<T>& dict, const std::string& name) {
    const auto found = std::find_if(dict.begin(), dict.end(), [&](const auto& entry) { return entry.first == name; });
    return found == dict.end() ? nullptr : &found->second;
}

// A count is shown as PyTorch's scalar tensor: shape [].
template <std::floating_point T>
Shape shape_of(const StateEntry<T>& entry) {
    const auto* tensor = std::get_if<Tensor<T>>(&entry);
    return tensor ? tensor->shape() : Shape{};
}

inline std::string listed(const std::string& heading, const std::vector<std::string>& names) {
    if (names.empty()) return "";
    std::string text = "\n\t" + heading + " key(s) in state_dict: ";
    for (std::size_t i = 0; i < names.size(); ++i) text += (i ? ", \"" : "\"") + names[i] + "\"";
    return text + ". ";
}

}  // namespace detail

template <std::floating_point T>
void load_state_dict(Module<T>& model, const StateDict<T>& source) {
    const StateDict<T> own = model.state_dict();
    std::vector<std::string> missing, unexpected;
    std::string mismatches;
    for (const auto& [name, entry] : own) {
        const StateEntry<T>* given = detail::find_entry(source, name);
        if (!given && !name.ends_with("num_batches_tracked")) missing.push_back(name);
        if (!given) continue;
        if (detail::shape_of<T>(*given) != detail::shape_of<T>(entry))
            mismatches += "\n\tsize mismatch for " + name + ": copying a param with shape " +
                          to_string(detail::shape_of<T>(*given)) + " from checkpoint, the shape in current model is " +
                          to_string(detail::shape_of<T>(entry)) + ".";
        else if (given->index() != entry.index())  // PyTorch converts
            mismatches += "\n\ttype mismatch for " + name + ": a count and a tensor of shape [] are not the same.";
    }
    for (const auto& [name, entry] : source)
        if (!detail::find_entry(own, name)) unexpected.push_back(name);
    if (!missing.empty() || !unexpected.empty() || !mismatches.empty())
        throw StateDictError("Error(s) in loading state_dict for " + model.type_name() + ":" +
                             detail::listed("Missing", missing) + detail::listed("Unexpected", unexpected) +
                             mismatches);

    model.copy_state([&](const std::string& name) { return detail::find_entry(source, name); });
}

}  // namespace bn
