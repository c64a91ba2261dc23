// Files as bytes, and the images in them. None of the bytes is trusted: fuzz/ tries what they may be. Only
// picture.cpp knows which libraries decode pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "common/dataset.hpp"

namespace bn {

/// All bytes of a file. Throws DataError, naming the file, if it is no ordinary file, cannot be read, or is larger
/// than `limit` bytes.
std::vector<std::uint8_t> read_file(const std::filesystem::path& file, std::uintmax_t limit);

/// Adds the airplanes and birds of a CIFAR-10 file with these bytes to `images`. Throws DataError with the file's `name`
/// and its size or the record, as load_cifar10 does.
void append_cifar10(ImageSet& images, std::span<const std::uint8_t> bytes, const std::string& name);

/// A PNG or JPEG picture as [3, 32, 32] bytes. One of another size is stretched to the square; grey becomes three equal
/// channels; transparency is left out. Throws DataError with the file and the reason: not a picture, damaged,
/// cut short, or larger than 4096 pixels or 64 MiB.
std::vector<std::uint8_t> read_picture(const std::filesystem::path& file);

/// The same for the bytes of a file with this `name`.
std::vector<std::uint8_t> decode_picture(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace bn
