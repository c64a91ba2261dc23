// Birds and airplanes: 32×32 photographs from CIFAR-10 or from a folder of images, or drawings made by the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/chapter.hpp"
#include "common/tensor.hpp"

namespace bn {

inline constexpr Index image_channels = 3;         // red, green, blue
inline constexpr Index image_side = 32;            // pixels
inline constexpr Index image_bytes = 3 * 32 * 32;  // one image
inline constexpr std::uint8_t label_airplane = 0, label_bird = 1;

/// Images as bytes, each [3, 32, 32] (all of red, then green, then blue, each row by row), and one label per image.
struct ImageSet {
    std::vector<std::uint8_t> pixels;  // size() · image_bytes
    std::vector<std::uint8_t> labels;  // label_airplane or label_bird
    Index size() const { return static_cast<Index>(labels.size()); }
};

struct Dataset {
    std::string name;  // for subtitles: "CIFAR-10 photographs", "sketches", …
    std::string slug;  // for folders: "cifar10", "images", "sketches"
    ImageSet train, validation;
};

/// The data are missing or damaged: what was looked for, and where.
class DataError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// CIFAR-10's binary version: data_batch_1.bin … data_batch_5.bin and test_batch.bin, each a positive whole number
/// of records (1 byte label 0…9, 3072 bytes pixels), of which airplanes (0) and birds (2) are kept.
/// Throws DataError naming the file and its size or the record.
Dataset load_cifar10(const std::filesystem::path& folder);

/// A folder train/airplane, train/bird, test/airplane, test/bird of .png, .jpg or .jpeg files, stretched to 32×32
/// where needed. Airplanes and birds take turns, each sorted by name. Throws DataError naming the file and the reason.
Dataset load_image_folder(const std::filesystem::path& folder);

/// The data that the options ask for: --sketches, --data, else $CIFAR10_DIR, else `downloaded`, which is
/// data/cifar-10-batches-bin in the checkout, if it is there, else sketches. Prints which. A folder that is named may
/// have either layout: it is an image folder if it has a folder train. One that is not usable is a DataError.
Dataset load_dataset(const Options& options,
                     const std::filesystem::path& downloaded = project_root() / "data" / "cifar-10-batches-bin");

/// The first `train` and `validation` images, or as many as there are, for smaller experiments.
Dataset subset(const Dataset& dataset, Index train, Index validation);

}  // namespace bn
