#include "common/dataset.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/image_file.hpp"
#include "common/sketches.hpp"

namespace bn {
namespace fs = std::filesystem;
namespace {

constexpr const char* how_to_get_data = "; ./tutorial data downloads CIFAR-10, and --sketches needs no data";

// The folder's entries, sorted by name, so that every file system gives the same order.
// Throws DataError if the folder cannot be listed; `looked_for` completes "…, which should have".
std::vector<fs::path> list_folder(const fs::path& folder, const std::string& looked_for) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    std::vector<fs::path> paths;
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) paths.push_back(entries->path());
    if (error)
        throw DataError("cannot read the folder " + folder.string() + ", which should have " + looked_for + ": " +
                        error.message() + how_to_get_data);
    std::sort(paths.begin(), paths.end());
    return paths;
}

void append(ImageSet& images, const std::uint8_t* pixels, std::uint8_t label) {
    images.pixels.insert(images.pixels.end(), pixels, pixels + image_bytes);
    images.labels.push_back(label);
}

void require_both_classes(const ImageSet& images, const std::string& where) {
    for (std::uint8_t label : {label_airplane, label_bird})
        if (std::find(images.labels.begin(), images.labels.end(), label) == images.labels.end())
            throw DataError("there is no " + std::string(label == label_bird ? "bird" : "airplane") + " in " + where +
                            how_to_get_data);
}

bool is_picture(const fs::path& file) {
    std::string extension = file.extension().string();
    for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    const bool hidden = file.filename().string().front() == '.';
    return !hidden && (extension == ".png" || extension == ".jpg" || extension == ".jpeg");
}

std::vector<fs::path> list_pictures(const fs::path& folder) {
    const std::string looked_for = ".png, .jpg or .jpeg files";
    std::vector<fs::path> files = list_folder(folder, looked_for);
    std::erase_if(files, [](const fs::path& file) { return !is_picture(file); });
    if (files.empty()) throw DataError("there are no " + looked_for + " in " + folder.string() + how_to_get_data);
    return files;
}

// The pictures in airplane/ and bird/, taken in turns, so that the first few are of both classes.
ImageSet load_pictures(const fs::path& folder) {
    const std::vector<fs::path> airplanes = list_pictures(folder / "airplane");
    const std::vector<fs::path> birds = list_pictures(folder / "bird");
    ImageSet images;
    for (std::size_t i = 0; i < std::max(airplanes.size(), birds.size()); ++i) {
        if (i < airplanes.size()) append(images, read_picture(airplanes[i]).data(), label_airplane);
        if (i < birds.size()) append(images, read_picture(birds[i]).data(), label_bird);
    }
    return images;
}

Dataset load_photographs(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_directory(folder / "train", ignored) ? load_image_folder(folder) : load_cifar10(folder);
}

Dataset announced(Dataset dataset, const std::string& from) {
    std::printf("data    %s%s: %td train, %td validation\n", dataset.name.c_str(), from.c_str(),
                std::ssize(dataset.train.labels), std::ssize(dataset.validation.labels));
    return dataset;
}

// The photographs in a folder that was named by an option or a variable.
Dataset named_photographs(const std::string& named_by, const fs::path& folder) {
    if (folder.empty()) throw DataError(named_by + " is set but empty: it should name a folder" + how_to_get_data);
    try {
        return announced(load_photographs(folder), " from " + folder.string());
    } catch (const DataError& error) {
        throw DataError(named_by + ": " + error.what());
    }
}

ImageSet first_of(const ImageSet& images, Index count) {
    const Index kept = std::clamp(count, Index{0}, images.size());
    return {{images.pixels.begin(), images.pixels.begin() + kept * image_bytes},
            {images.labels.begin(), images.labels.begin() + kept}};
}

}  // namespace

std::vector<std::uint8_t> read_file(const fs::path& file, std::uintmax_t limit) {
    // A pipe or a device could go on for ever, so only an ordinary file is opened.
    std::error_code error;
    const bool ordinary = fs::is_regular_file(file, error);
    const std::uintmax_t size = ordinary ? fs::file_size(file, error) : 0;
    if (error) throw DataError("cannot read " + file.string() + ": " + error.message() + how_to_get_data);
    if (!ordinary) throw DataError(file.string() + " is not an ordinary file" + how_to_get_data);
    if (size > limit)
        throw DataError(file.string() + " has " + std::to_string(size) + " bytes, more than the " +
                        std::to_string(limit) + " that are read");

    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::vector<std::uint8_t> bytes(in ? size : 0);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!in) throw DataError("cannot read " + file.string() + ": " + std::strerror(errno ? errno : EIO));
    return bytes;
}

void append_cifar10(ImageSet& images, std::span<const std::uint8_t> bytes, const std::string& name) {
    constexpr std::uint8_t classes = 10, cifar_airplane = 0, cifar_bird = 2;
    constexpr std::size_t record = 1 + image_bytes;
    if (bytes.empty() || bytes.size() % record != 0)
        throw DataError(name + " has " + std::to_string(bytes.size()) +
                        " bytes, which is not a positive multiple of a record's " + std::to_string(record) +
                        how_to_get_data);
    for (std::size_t at = 0; at < bytes.size(); at += record) {
        const std::uint8_t label = bytes[at];
        if (label >= classes)
            throw DataError(name + ", record " + std::to_string(at / record + 1) + ": label " + std::to_string(label) +
                            ", but CIFAR-10's labels are 0 to 9" + how_to_get_data);
        if (label == cifar_airplane) append(images, &bytes[at + 1], label_airplane);
        if (label == cifar_bird) append(images, &bytes[at + 1], label_bird);
    }
}

Dataset load_cifar10(const fs::path& folder) {
    const std::vector<std::string> train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                            "data_batch_4.bin", "data_batch_5.bin"};
    const std::string test = "test_batch.bin";

    // Name what is missing before reading 180 MB.
    const std::string looked_for = "CIFAR-10's data_batch_1.bin to data_batch_5.bin and test_batch.bin";
    const std::vector<fs::path> found = list_folder(folder, looked_for);
    for (std::size_t i = 0; i <= train.size(); ++i) {
        const std::string& name = i < train.size() ? train[i] : test;
        if (std::find(found.begin(), found.end(), folder / name) == found.end())
            throw DataError("there is no " + name + " in " + folder.string() + ", which should have " + looked_for +
                            how_to_get_data);
    }

    Dataset dataset{"CIFAR-10 photographs", "cifar10", {}, {}};
    const auto append_file = [&](ImageSet& images, const std::string& name) {
        append_cifar10(images, read_file(folder / name, std::uintmax_t{1} << 30), (folder / name).string());
    };
    for (const std::string& name : train) append_file(dataset.train, name);
    append_file(dataset.validation, test);
    require_both_classes(dataset.train, "data_batch_1.bin to data_batch_5.bin of " + folder.string());
    require_both_classes(dataset.validation, (folder / test).string());
    return dataset;
}

Dataset load_image_folder(const fs::path& folder) {
    return {"photographs", "images", load_pictures(folder / "train"), load_pictures(folder / "test")};
}

Dataset load_dataset(const Options& options, const fs::path& downloaded) {
    if (options.sketches) return announced(make_sketches(), " drawn by the program");
    if (!options.data.empty()) return named_photographs("--data", options.data);
    if (const char* variable = std::getenv("CIFAR10_DIR")) return named_photographs("CIFAR10_DIR", variable);

    std::error_code ignored;
    if (fs::exists(downloaded, ignored)) return announced(load_cifar10(downloaded), " from " + downloaded.string());
    return announced(make_sketches(), " drawn by the program (./tutorial data downloads CIFAR-10's photographs)");
}

Dataset subset(const Dataset& dataset, Index train, Index validation) {
    return {dataset.name, dataset.slug, first_of(dataset.train, train), first_of(dataset.validation, validation)};
}

}  // namespace bn
