// Files of named tensors in the safetensors format: 8 bytes with the header's length, a header in JSON that gives each
// tensor's type, shape and place, then the numbers. PyTorch's world exchanges weights in such files: docs/pytorch.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/files.hpp"
#include "common/tensor.hpp"

namespace bn {

/// A tensor of whole numbers, as a file has it.
struct WholeNumbers {
    Shape shape;
    std::vector<std::int64_t> values;  // in row-major order
};

/// What a name stands for. The file's words for the types: F32, F64, I64.
using FileTensor = std::variant<Tensor<float>, Tensor<double>, WholeNumbers>;

const Shape& shape_of(const FileTensor& tensor);
const char* dtype_of(const FileTensor& tensor);

/// Tensors by name.
using NamedTensors = std::map<std::string, FileTensor>;

/// A file's contents. `metadata` is free text by name.
struct TensorFile {
    NamedTensors tensors;
    std::map<std::string, std::string> metadata;
};

/// The bytes of a .safetensors file. The widest types come first, so that each tensor begins at a multiple of its
/// element's size. Throws FileError if the header would be larger than a reader accepts.
std::vector<std::byte> safetensors_bytes(const TensorFile& file);

/// The contents of such bytes, which may come from anywhere: lengths and places are compared with what is there before
/// anything is made of them. Refused is a header that is cut short, larger than 1 MiB, no JSON, not UTF-8, nested too
/// deep or with a name twice; another type than F32, F64 and I64; a shape that does not fit its bytes; tensors that
/// overlap, leave gaps or reach outside of the file. Throws FileError with the reason, which names no file.
TensorFile parse_safetensors(std::span<const std::byte> bytes);

/// The same of a file, up to 1 GiB. Throws FileError with file and reason.
TensorFile read_safetensors(const std::filesystem::path& file);

/// As write_atomically().
void write_safetensors(const std::filesystem::path& file, const TensorFile& contents);

inline constexpr std::uintmax_t largest_tensor_file = std::uintmax_t{1} << 30;  // bytes

}  // namespace bn
