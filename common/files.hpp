// Files read and written as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <vector>

namespace bn {

/// A file cannot be read or written, or is not what it should be: what() names it and says why.
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// All bytes of a file. Throws FileError if it is no ordinary file, cannot be read, or is larger than `limit` bytes.
std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::uintmax_t limit);

/// Whether write_atomically() could begin, asked before the work whose result it is to keep. Throws FileError if not.
void require_writable(const std::filesystem::path& file);

/// Writes `bytes` to `file` so that at every moment, a power cut included, there is either what was there before or all
/// of the new: under another name in the same folder first, synced, then renamed, and the folder synced. A link is
/// followed. Killed meanwhile, it may leave file.partNNN behind. Throws FileError if a write fails, and then what was
/// there stays as it is; also if `file` is there and is no ordinary file or not writable.
void write_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace bn
