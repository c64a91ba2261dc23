// JPEG pictures.
#include "fuzz/picture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return try_picture(data, size);
}
