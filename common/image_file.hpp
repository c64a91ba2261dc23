// Files as bytes, and the pictures in them. Only stb.cpp knows which library decodes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace bn {

/// All bytes of a file. Throws DataError, naming the file, if it is no ordinary file, cannot be read, or is larger
/// than `limit` bytes.
std::vector<std::uint8_t> read_file(const std::filesystem::path& file, std::uintmax_t limit);

/// A PNG or JPEG picture as [3, 32, 32] bytes. One of another size is stretched to the square; grey becomes three equal
/// channels; transparency is left out. Throws DataError with the file and the reason: not a picture, damaged,
/// cut short, or larger than 4096 pixels or 64 MiB.
std::vector<std::uint8_t> read_picture(const std::filesystem::path& file);

}  // namespace bn
