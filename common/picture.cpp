// PNG and JPEG pictures. Their bytes are not to be trusted, so libpng and libjpeg-turbo decode them, which are made for
// that; sizes are bounded before memory is asked for. The decoded pixels are stretched by stb's resizer.
#include <png.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/dataset.hpp"
#include "common/image_file.hpp"

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

using Bytes = std::span<const std::uint8_t>;

// Red, green, blue, red, …, row by row.
struct Picture {
    std::size_t width, height;
    std::vector<std::uint8_t> pixels;
};

// Why the bytes are no picture.
using Refusal = std::runtime_error;

void check_size(std::uint64_t width, std::uint64_t height) {
    constexpr std::uint64_t most = 4096;
    if (width > most || height > most)
        throw Refusal("it is too large: " + std::to_string(width) + "x" + std::to_string(height) + " pixels, and " +
                      std::to_string(most) + " are the most in each direction");
}

std::uint32_t big_endian(Bytes bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
    return value;
}

// A PNG is 8 bytes and then chunks: length (4 bytes), name (4), content, checksum of name and content (4). libpng would
// ask for as much memory as a length says before it looks whether the file is that long, stops at the last pixel, and
// lets a wrong checksum pass where it can do without the chunk; here the file has to be whole.
void check_png_chunks(Bytes bytes) {
    std::size_t at = 8;
    while (bytes.size() - at >= 12) {
        const std::size_t length = big_endian(bytes, at);
        if (length > bytes.size() - at - 12) break;
        const std::uint8_t* name = &bytes[at + 4];
        if (::crc32(0, name, static_cast<uInt>(4 + length)) != big_endian(bytes, at + 8 + length))
            throw Refusal("wrong checksum");
        if (std::string(name, name + 4) == "IEND") return;
        at += 12 + length;
    }
    throw Refusal("cut short");
}

Picture decode_png(Bytes bytes) {
    check_png_chunks(bytes);
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
    if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) throw Refusal(image.message);
    check_size(image.width, image.height);

    image.format = PNG_FORMAT_RGBA;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    Picture picture{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
    if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr)) throw Refusal(image.message);

    // Transparency is left out.
    std::vector<std::uint8_t>& pixels = picture.pixels;
    for (std::size_t i = 0; i < picture.width * picture.height; ++i)
        for (std::size_t c = 0; c < 3; ++c) pixels[3 * i + c] = pixels[4 * i + c];
    pixels.resize(3 * picture.width * picture.height);
    return picture;
}

Picture decode_jpeg(Bytes bytes) {
    const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
    if (!decoder) throw std::bad_alloc();
    const auto size = static_cast<unsigned long>(bytes.size());
    int width = 0, height = 0, subsampling = 0, colours = 0;
    if (tjDecompressHeader3(decoder.get(), bytes.data(), size, &width, &height, &subsampling, &colours) != 0)
        throw Refusal(tjGetErrorStr2(decoder.get()));
    check_size(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height));

    // A warning means damaged data or a cut. A file of many scans, each over the whole picture, would take hours.
    constexpr int flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT;
    Picture picture{static_cast<std::size_t>(width), static_cast<std::size_t>(height), {}};
    picture.pixels.resize(3 * picture.width * picture.height);
    if (tjDecompress2(decoder.get(), bytes.data(), size, picture.pixels.data(), width, 0, height, TJPF_RGB, flags) != 0)
        throw Refusal(tjGetErrorStr2(decoder.get()));
    return picture;
}

Picture decode(Bytes bytes) {
    if (bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0) return decode_png(bytes);
    if (bytes.size() >= 2 && bytes[0] == 0xFF && bytes[1] == 0xD8) return decode_jpeg(bytes);
    throw Refusal("it is neither a PNG nor a JPEG");
}

// 32×32 pixels of the same order.
std::vector<std::uint8_t> resized(Picture picture) {
    constexpr int side = image_side;
    if (picture.width == side && picture.height == side) return std::move(picture.pixels);
    std::vector<std::uint8_t> result(image_bytes);
    const int width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
    const std::uint8_t* from = picture.pixels.data();
#ifdef BN_STB_RESIZE_2
    const auto ok = stbir_resize_uint8_linear(from, width, height, 0, result.data(), side, side, 0, STBIR_RGB);
#else
    const auto ok = stbir_resize_uint8(from, width, height, 0, result.data(), side, side, 0, image_channels);
#endif
    if (!ok) throw std::bad_alloc();  // the one reason there is for such sizes
    return result;
}

}  // namespace

std::vector<std::uint8_t> read_picture(const std::filesystem::path& file) {
    return decode_picture(read_file(file, std::uintmax_t{64} << 20), file.string());
}

std::vector<std::uint8_t> decode_picture(std::span<const std::uint8_t> bytes, const std::string& name) {
    try {
        const std::vector<std::uint8_t> pixels = resized(decode(bytes));
        // Now all of red, then green, then blue
        std::vector<std::uint8_t> planes(image_bytes);
        constexpr std::size_t plane = image_side * image_side;
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t i = 0; i < plane; ++i) planes[c * plane + i] = pixels[3 * i + c];
        return planes;
    } catch (const Refusal& refusal) {
        throw DataError("cannot read the picture " + name + ": " + refusal.what());
    }
}

}  // namespace bn
