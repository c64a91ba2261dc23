// PNG pictures. A change breaks a chunk's checksum, so that the picture is refused before it is stretched to 32x32. So
// the bytes are tried twice: as they are, and with right checksums.
#include <boost/crc.hpp>
#include <vector>

#include "fuzz/picture.hpp"

namespace {

std::uint32_t big_endian(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

// Length, name, content, checksum of name and content: chunk after chunk, until one is too long.
void mend_checksums(std::vector<std::uint8_t>& bytes) {
    for (std::size_t at = 8; at + 12 <= bytes.size();) {
        const std::size_t length = big_endian(&bytes[at]);
        if (length > bytes.size() - at - 12) return;
        boost::crc_32_type crc;
        crc.process_bytes(&bytes[at + 4], 4 + length);
        for (std::size_t i = 0; i < 4; ++i)
            bytes[at + 8 + length + i] = static_cast<std::uint8_t>(crc.checksum() >> (24 - 8 * i));
        at += 12 + length;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try_picture(data, size);
    std::vector<std::uint8_t> mended(data, data + size);
    mend_checksums(mended);
    return try_picture(mended.data(), size);
}
