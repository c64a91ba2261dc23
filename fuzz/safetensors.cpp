// Any bytes as a file of tensors. What is accepted is written again, and reads back as the same.
#include <cstdlib>

#include "common/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bn::TensorFile file;
    try {
        file = bn::parse_safetensors(std::as_bytes(std::span(data, size)));
    } catch (const bn::FileError&) {
        return 0;
    }
    const std::vector<std::byte> bytes = bn::safetensors_bytes(file);
    if (bn::safetensors_bytes(bn::parse_safetensors(bytes)) != bytes) std::abort();
    return 0;
}
