// Checkpoints. Hardly a change gets past the checksum, so the bytes are tried twice: as they are, and, if they are a
// file of tensors, as a checkpoint of these with a right checksum.
#include <cstdlib>

#include "common/checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        bn::parse_checkpoint(bytes);
    } catch (const bn::FileError&) {
    }
    std::vector<std::byte> mended;
    try {
        mended = bn::checkpoint_bytes(bn::parse_safetensors(bytes));
    } catch (const bn::FileError&) {
        return 0;
    }
    if (bn::checkpoint_bytes(bn::parse_checkpoint(mended)) != mended) std::abort();
    return 0;
}
