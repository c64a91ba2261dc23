// The one file that compiles stb_image and its resizer: PNG and JPEG only, since every decoder reads untrusted bytes.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/dataset.hpp"
#include "common/image_file.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 4096
#define STBI_FAILURE_USERMSG  // whole phrases as reasons
#include <stb/stb_image.h>

// The resizer's second version has other names; Debian 12 has the first one.
#if __has_include(<stb/stb_image_resize2.h>)
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize2.h>
#define BN_STB_RESIZE_2
#else
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>
#endif

namespace bn {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint32_t big_endian(const Bytes& bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
    return value;
}

// The checksum that PNG appends to each chunk (CRC-32, reflected polynomial 0xEDB88320).
std::uint32_t crc32(const std::uint8_t* first, const std::uint8_t* last) {
    std::uint32_t crc = ~0u;
    for (; first != last; ++first) {
        crc ^= *first;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

// stb_image does not look at a PNG's checksums, and since version 2.28 it takes a JPEG that was cut short and leaves
// the rest grey. So the functions below walk through the file as well. They return what is wrong, or nothing.

// A PNG is 8 bytes and then chunks: length (4 bytes), name (4), content, checksum of name and content (4).
std::optional<std::string> png_fault(const Bytes& bytes) {
    std::size_t at = 8;
    while (bytes.size() - at >= 12) {
        const std::size_t length = big_endian(bytes, at, 4);
        if (length > bytes.size() - at - 12) break;
        const std::uint8_t* name = &bytes[at + 4];
        if (crc32(name, name + 4 + length) != big_endian(bytes, at + 8 + length, 4)) return "wrong checksum";
        if (std::string(name, name + 4) == "IEND") return std::nullopt;
        at += 12 + length;
    }
    return "cut short";
}

// A JPEG is the marker FF D8 and then segments: marker, length (2 bytes, itself included), content. After a scan's
// header, compressed data follow, in which FF is followed by 00 or a restart marker D0…D7. The end is FF D9.
std::optional<std::string> jpeg_fault(const Bytes& bytes) {
    std::size_t at = 2;
    while (at + 2 <= bytes.size()) {
        const std::uint8_t first = bytes[at], second = bytes[at + 1];
        const bool marker = first == 0xFF && second != 0xFF && second != 0x00 && !(second >= 0xD0 && second <= 0xD7);
        if (!marker) {
            ++at;
        } else if (second == 0xD9) {
            return std::nullopt;
        } else if (at + 4 <= bytes.size()) {
            at += 2 + big_endian(bytes, at + 2, 2);
        } else {
            break;
        }
    }
    return "cut short";
}

std::optional<std::string> fault(const Bytes& bytes) {
    if (bytes.size() >= 8 && big_endian(bytes, 0, 4) == 0x89504E47) return png_fault(bytes);
    if (bytes.size() >= 2 && big_endian(bytes, 0, 2) == 0xFFD8) return jpeg_fault(bytes);
    return std::nullopt;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason) {
    throw DataError("cannot read the picture " + file.string() + ": " + reason);
}

}  // namespace

std::vector<std::uint8_t> read_picture(const std::filesystem::path& file) {
    const Bytes bytes = read_file(file, std::uintmax_t{64} << 20);
    const int count = static_cast<int>(bytes.size());
    int width = 0, height = 0, channels = 0;

    // stb_image looks at the header first: an absurd size is refused before memory is asked for.
    const std::unique_ptr<stbi_uc, void (*)(void*)> decoded(
        stbi_load_from_memory(bytes.data(), count, &width, &height, &channels, image_channels), stbi_image_free);
    const std::optional<std::string> wrong = fault(bytes);
    if (!decoded) refuse(file, stbi_failure_reason() + (wrong ? " (" + *wrong + ")" : ""));
    if (wrong) refuse(file, *wrong);

    const stbi_uc* picture = decoded.get();
    Bytes resized;
    constexpr int side = image_side;
    if (width != side || height != side) {
        resized.resize(image_bytes);
#ifdef BN_STB_RESIZE_2
        const auto ok = stbir_resize_uint8_linear(picture, width, height, 0, resized.data(), side, side, 0, STBIR_RGB);
#else
        const auto ok = stbir_resize_uint8(picture, width, height, 0, resized.data(), side, side, 0, image_channels);
#endif
        if (!ok) refuse(file, "cannot be resized to 32x32");
        picture = resized.data();
    }

    // stb's pixels are red, green, blue, red, …; ours are all of red, all of green, all of blue.
    Bytes planes(image_bytes);
    constexpr std::size_t plane = image_side * image_side;
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t i = 0; i < plane; ++i) planes[c * plane + i] = picture[3 * i + c];
    return planes;
}

}  // namespace bn
