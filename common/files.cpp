#include "common/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

namespace bn {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_write(const fs::path& file, int error) {
    throw FileError("cannot write " + file.string() + ": " + std::strerror(error));
}

// The file that is meant, where links lead to. Nothing there, or an ordinary file that may be changed, or FileError.
fs::path target_of(const fs::path& file) {
    std::error_code error;
    fs::path target = fs::weakly_canonical(fs::absolute(file), error);
    if (error) cannot_write(file, error.value());
    const fs::file_status status = fs::status(target, error);
    if (fs::exists(status) && !fs::is_regular_file(status))
        throw FileError("cannot write " + file.string() + ": it is not an ordinary file");
    if (fs::exists(status) && ::access(target.c_str(), W_OK) != 0) cannot_write(file, errno);
    return target;
}

// Everything, however many calls it takes; false with errno set if that fails.
bool write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

// What was renamed in a folder is there for good once the folder is synced. Not every file system can; those say
// EINVAL.
bool sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && (::fsync(descriptor) == 0 || errno == EINVAL);
    const int why = errno;
    if (descriptor >= 0) ::close(descriptor);
    errno = why;
    return synced;
}

}  // namespace

std::vector<std::byte> read_bytes(const fs::path& file, std::uintmax_t limit) {
    // A pipe or a device could go on for ever, so only an ordinary file is opened.
    std::error_code error;
    const bool ordinary = fs::is_regular_file(file, error);
    const std::uintmax_t size = ordinary ? fs::file_size(file, error) : 0;
    if (error) throw FileError("cannot read " + file.string() + ": " + error.message());
    if (!ordinary) throw FileError(file.string() + " is not an ordinary file");
    if (size > limit)
        throw FileError(file.string() + " has " + std::to_string(size) + " bytes, more than the " +
                        std::to_string(limit) + " that are read");

    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::vector<std::byte> bytes(in ? size : 0);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!in) throw FileError("cannot read " + file.string() + ": " + std::strerror(errno ? errno : EIO));
    return bytes;
}

void require_writable(const fs::path& file) {
    const fs::path target = target_of(file), folder = target.parent_path();
    if (::access(folder.c_str(), W_OK | X_OK) != 0) cannot_write(file, errno);
}

void write_atomically(const fs::path& file, std::span<const std::byte> bytes) {
    const fs::path target = target_of(file);
    const fs::path part = target.string() + ".part" + std::to_string(::getpid());
    const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) cannot_write(file, errno);
    bool written = write_all(descriptor, bytes) && ::fsync(descriptor) == 0;
    int why = errno;
    if (::close(descriptor) != 0 && written) {
        written = false;
        why = errno;
    }
    if (!written || ::rename(part.c_str(), target.c_str()) != 0) {
        if (written) why = errno;
        ::unlink(part.c_str());
        cannot_write(file, why);
    }
    if (!sync_folder(target.parent_path())) cannot_write(file, errno);
}

}  // namespace bn
