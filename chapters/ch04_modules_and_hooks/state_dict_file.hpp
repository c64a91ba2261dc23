// Appendix: a state_dict in a .safetensors file, under PyTorch's names, so that weights travel between the two.
#pragma once

#include <filesystem>
#include <string>
#include <type_traits>

#include "ch04_modules_and_hooks/module.hpp"
#include "common/safetensors.hpp"

namespace bn {

/// A state_dict as a file has it: a count becomes a whole number of shape []. Tensors share their numbers.
template <std::floating_point T>
NamedTensors to_file(const StateDict<T>& dict) {
    NamedTensors tensors;
    for (const auto& [name, entry] : dict)
        if (const auto* tensor = std::get_if<Tensor<T>>(&entry))
            tensors[name] = *tensor;
        else
            tensors[name] = WholeNumbers{{}, {std::get<std::int64_t>(entry)}};
    return tensors;
}

/// The way back, in the order of the names. Throws FileError, naming the tensor, if one is not of type T and no count.
template <std::floating_point T>
StateDict<T> from_file(const NamedTensors& tensors) {
    StateDict<T> dict;
    for (const auto& [name, tensor] : tensors) {
        const auto* whole = std::get_if<WholeNumbers>(&tensor);
        if (const auto* own = std::get_if<Tensor<T>>(&tensor))
            dict.emplace_back(name, *own);
        else if (whole && whole->shape.empty())
            dict.emplace_back(name, whole->values.at(0));
        else
            throw FileError("'" + name + "' is " + dtype_of(tensor) + " of shape " + to_string(shape_of(tensor)) +
                            ", and needed is " + (std::is_same_v<T, float> ? "F32" : "F64") +
                            ", or I64 of shape [] for a count");
    }
    return dict;
}

/// Writes parameters and buffers, as safetensors.torch.save_file(model.state_dict(), file) does. Throws FileError.
template <std::floating_point T>
void save_state_dict(const StateDict<T>& dict, const std::filesystem::path& file) {
    write_safetensors(file, {to_file(dict), {{"format", "pt"}}});
}

/// What such a file holds, for load_state_dict(). Throws FileError with file and reason.
template <std::floating_point T>
StateDict<T> read_state_dict(const std::filesystem::path& file) {
    const TensorFile contents = read_safetensors(file);
    try {
        return from_file<T>(contents.tensors);
    } catch (const FileError& error) {
        throw FileError(file.string() + ": " + error.what());
    }
}

}  // namespace bn
