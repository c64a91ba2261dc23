// Any bytes as one of CIFAR-10's .bin files: airplanes and birds, or a DataError that names the file.
#include <cstdlib>
#include <cstring>

#include "common/image_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bn::ImageSet images;
    try {
        bn::append_cifar10(images, {data, size}, "data_batch_1.bin");
        if (size % 3073 != 0 || images.size() > static_cast<bn::Index>(size / 3073)) std::abort();
    } catch (const bn::DataError& error) {
        if (!std::strstr(error.what(), "data_batch_1.bin")) std::abort();
    }
    if (std::ssize(images.pixels) != images.size() * bn::image_bytes) std::abort();
    for (std::uint8_t label : images.labels)
        if (label > bn::label_bird) std::abort();
    return 0;
}
