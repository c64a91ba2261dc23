#include "common/checkpoint.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include <boost/crc.hpp>

namespace bn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kind = "checkpoint of the batch normalization tutorial";
constexpr const char* version = "1";
constexpr std::string_view no_checksum = "00000000";

std::string hexadecimal(std::uint32_t value) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", value);
    return text;
}

std::string exact(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

// The CRC-32 of a file in whose header the checksum itself stands as zeros.
std::string checksum(std::span<const std::byte> bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return hexadecimal(crc.checksum());
}

// Where the header has the eight digits of the checksum.
std::size_t place_of_checksum(std::span<const std::byte> bytes, std::string_view digits) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string entry = "\"checksum\":\"" + std::string(digits) + "\"";
    const std::size_t at = text.find(entry);
    return at == std::string_view::npos ? at : at + entry.size() - 1 - digits.size();
}

void set_checksum(std::vector<std::byte>& bytes, std::size_t place, std::string_view digits) {
    std::transform(digits.begin(), digits.end(), bytes.begin() + static_cast<std::ptrdiff_t>(place),
                   [](char c) { return static_cast<std::byte>(c); });
}

std::string described(const ImageSet& images) {
    boost::crc_32_type crc;
    crc.process_bytes(images.pixels.data(), images.pixels.size());
    crc.process_bytes(images.labels.data(), images.labels.size());
    return std::to_string(images.size()) + " images (CRC " + hexadecimal(crc.checksum()) + ")";
}

// Everything that the numbers of a run depend on. (Not on the number of threads: docs/decisions.md.)
std::map<std::string, std::string> run_conditions(const Options& options, const Dataset& data) {
    return {{"program", options.program},
            {"data", data.name + ": " + described(data.train) + ", " + described(data.validation)},
            {"--seed", std::to_string(options.seed)},
            {"--quick", options.quick ? "yes" : "no"},
            {"--full", options.full ? "yes" : "no"},
            {"--epochs", std::to_string(options.epochs)},
            {"--batch", std::to_string(options.batch)},
            {"--lr", exact(options.lr)},
            {"--momentum", exact(options.momentum)},
            {"--schedule", options.schedule == Schedule::cosine ? "cosine" : "constant"},
            {"--layer", options.layer}};
}

TensorFile read_checkpoint(const fs::path& file) {
    const std::vector<std::byte> bytes = read_bytes(file, largest_tensor_file);
    try {
        return parse_checkpoint(bytes);
    } catch (const FileError& error) {
        throw FileError(file.string() + " is no checkpoint: " + error.what());
    }
}

// Copies whose numbers stay as they are.
FileTensor copy_of(const FileTensor& tensor) {
    return std::visit(
        [](const auto& t) -> FileTensor {
            if constexpr (requires { t.clone(); })
                return t.clone();
            else
                return t;
        },
        tensor);
}

}  // namespace

std::vector<std::byte> checkpoint_bytes(TensorFile contents) {
    contents.metadata["kind"] = kind;
    contents.metadata["version"] = version;
    contents.metadata["checksum"] = no_checksum;
    std::vector<std::byte> bytes = safetensors_bytes(contents);
    set_checksum(bytes, place_of_checksum(bytes, no_checksum), checksum(bytes));
    return bytes;
}

TensorFile parse_checkpoint(std::span<const std::byte> bytes) {
    TensorFile contents = parse_safetensors(bytes);
    const auto text = [&](const char* key) { return contents.metadata.contains(key) ? contents.metadata[key] : ""; };
    if (text("kind") != kind) throw FileError("it is a safetensors file of another kind");
    if (text("version") != version)
        throw FileError("its version is '" + text("version") + "', and this program reads " + version);

    const std::string digits = text("checksum");
    const std::size_t place = place_of_checksum(bytes, digits);
    std::vector<std::byte> without(bytes.begin(), bytes.end());
    if (digits.size() == no_checksum.size() && place != std::string_view::npos)
        set_checksum(without, place, no_checksum);
    if (const std::string actual = checksum(without); actual != digits)
        throw FileError("it was damaged: its checksum is " + actual + " and should be '" + digits + "'");
    return contents;
}

Checkpoint::Checkpoint(const Options& options, const Dataset& data)
    : file_(options.checkpoint), resumed_from_(options.resume) {
    // What is there and is no checkpoint was surely not meant to be overwritten
    std::error_code ignored;
    if (!file_.empty() && fs::exists(file_, ignored)) read_checkpoint(file_);
    if (file_.empty() && options.resume.empty()) return;
    made_with_ = run_conditions(options, data);
    if (options.resume.empty()) return;

    const TensorFile contents = read_checkpoint(options.resume);
    for (const auto& [condition, value] : made_with_) {
        const auto found = contents.metadata.find(condition);
        const std::string other = found == contents.metadata.end() ? "none" : found->second;
        if (other != value)
            throw FileError("cannot resume from " + options.resume.string() + ": its " + condition + " is '" + other +
                            "', and this run's is '" + value + "'");
    }
    for (const auto& [name, tensor] : contents.tensors)
        if (const std::size_t slash = name.find('/'); slash != std::string::npos)
            runs_[name.substr(0, slash)][name.substr(slash + 1)] = tensor;
}

void Checkpoint::restore(const std::string& run, const std::function<void(const NamedTensors&)>& load) const {
    const auto found = runs_.find(run);
    if (found == runs_.end()) return;
    try {
        load(found->second);
    } catch (const std::exception& error) {
        throw FileError("cannot resume from " + resumed_from_.string() + ": " + error.what());
    }
}

void Checkpoint::save(const std::string& run, const NamedTensors& state) {
    NamedTensors& kept = runs_[run];
    kept.clear();
    for (const auto& [name, tensor] : state) kept[name] = copy_of(tensor);
    if (!is_written()) return;

    TensorFile all{{}, made_with_};
    for (const auto& [prefix, tensors] : runs_)
        for (const auto& [name, tensor] : tensors) all.tensors[prefix + "/" + name] = tensor;
    write_atomically(file_, checkpoint_bytes(std::move(all)));
}

}  // namespace bn
