#include "common/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bn {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian, and numbers are copied as they are");

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t largest_header = std::uint64_t{1} << 20;
constexpr const char* metadata_key = "__metadata__";

std::string in_quotes(const std::string& name) {
    return "'" + name + "'";
}

// The numbers of a tensor as bytes.
std::span<const std::byte> bytes_of(const FileTensor& tensor) {
    return std::visit(
        [](const auto& t) -> std::span<const std::byte> {
            if constexpr (requires { t.values(); })
                return std::as_bytes(t.values());
            else
                return std::as_bytes(std::span(t.values));
        },
        tensor);
}

// --- Reading ---------------------------------------------------------------------------------------------------------

// The header as JSON. {"name": {"shape": [1]}} is as deep as it goes.
json parse_header(std::string_view text) {
    if (text.empty() || text[0] != '{') throw FileError("the header does not begin with '{'");
    std::array<std::set<std::string>, 3> names;  // of the objects that are open, by depth
    const auto check = [&](int depth, json::parse_event_t event, json& value) {
        const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (opens && depth > 2) throw FileError("the header is nested too deep");
        if (event == json::parse_event_t::object_start && depth < 2) names[static_cast<std::size_t>(depth) + 1].clear();
        if (event == json::parse_event_t::key && depth <= 2) {
            const std::string name = value.get<std::string>();
            if (!names[static_cast<std::size_t>(depth)].insert(name).second)
                throw FileError("the header has the name " + in_quotes(name) + " twice");
        }
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), check);
    } catch (const json::exception& error) {
        throw FileError(std::string("the header is not JSON in UTF-8: ") + error.what());
    }
}

struct Place {
    std::uint64_t begin, end;  // in the bytes behind the header
    std::string name;
    std::string dtype;
    Shape shape;
};

// A whole number that is not negative and fits an Index.
Index whole_number(const json& value, const std::string& of) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<Index>::max())
        throw FileError(of + " needs whole numbers from 0 to 2^63 - 1");
    return value.get<Index>();
}

const json& field(const json& entry, const char* name, const std::string& tensor) {
    const auto found = entry.find(name);
    if (found == entry.end()) throw FileError(in_quotes(tensor) + " has no " + name);
    return *found;
}

// One entry of the header, checked against the `size` bytes of numbers that there are.
Place place_of(const std::string& name, const json& entry, std::uint64_t size) {
    const std::string quoted = in_quotes(name);
    if (!entry.is_object()) throw FileError(quoted + " is not described by an object");
    const json &dtype = field(entry, "dtype", name), &shape = field(entry, "shape", name),
               &offsets = field(entry, "data_offsets", name);

    Place place{0, 0, name, dtype.is_string() ? dtype.get<std::string>() : dtype.dump(), {}};
    if (place.dtype != "F32" && place.dtype != "F64" && place.dtype != "I64")
        throw FileError("the dtype of " + quoted + " is " + place.dtype + "; F32, F64 and I64 are read");
    std::uint64_t bytes = place.dtype == "F32" ? 4 : 8;
    if (!shape.is_array()) throw FileError("the shape of " + quoted + " is not a list");
    for (const json& dimension : shape) {
        place.shape.push_back(whole_number(dimension, "the shape of " + quoted));
        const std::uint64_t d = static_cast<std::uint64_t>(place.shape.back());
        if (d > 0 && bytes > size / d)
            throw FileError(quoted + " of shape " + to_string(place.shape) + " is larger than the file");
        bytes *= d;
    }

    const std::string of = "data_offsets of " + quoted;
    if (!offsets.is_array() || offsets.size() != 2) throw FileError(of + " is not a pair");
    place.begin = static_cast<std::uint64_t>(whole_number(offsets[0], of));
    place.end = static_cast<std::uint64_t>(whole_number(offsets[1], of));
    const std::string pair = "[" + std::to_string(place.begin) + ", " + std::to_string(place.end) + "]";
    if (place.begin > place.end || place.end > size)
        throw FileError(of + ", " + pair + ", do not lie in the " + std::to_string(size) + " bytes that there are");
    if (place.end - place.begin != bytes)
        throw FileError(of + ", " + pair + ", do not hold the " + std::to_string(bytes) + " bytes of a " + place.dtype +
                        " tensor of shape " + to_string(place.shape));
    return place;
}

// The places in the order of the file: one ends where the next begins, and the last where the file ends.
void check_places(std::vector<Place>& places, std::uint64_t size) {
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t end = 0;
    for (const Place& place : places) {
        if (place.begin < end) throw FileError(in_quotes(place.name) + " overlaps the tensor before it");
        if (place.begin > end) throw FileError("there is a gap before " + in_quotes(place.name));
        end = place.end;
    }
    if (end != size) throw FileError("behind the last tensor there are " + std::to_string(size - end) + " bytes more");
}

// The tensor whose numbers these bytes are.
FileTensor tensor_of(const Place& place, std::span<const std::byte> bytes) {
    const auto fill = [&](auto* numbers) {
        std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(numbers));
    };
    if (place.dtype == "F32") {
        Tensor<float> tensor = Tensor<float>::empty(place.shape);
        fill(tensor.data());
        return tensor;
    }
    if (place.dtype == "F64") {
        Tensor<double> tensor = Tensor<double>::empty(place.shape);
        fill(tensor.data());
        return tensor;
    }
    WholeNumbers numbers{place.shape, std::vector<std::int64_t>(bytes.size() / sizeof(std::int64_t))};
    fill(numbers.values.data());
    return numbers;
}

}  // namespace

const Shape& shape_of(const FileTensor& tensor) {
    return std::visit(
        [](const auto& t) -> const Shape& {
            if constexpr (requires { t.shape(); })
                return t.shape();
            else
                return t.shape;
        },
        tensor);
}

const char* dtype_of(const FileTensor& tensor) {
    constexpr std::array<const char*, 3> names = {"F32", "F64", "I64"};
    return names[tensor.index()];
}

std::vector<std::byte> safetensors_bytes(const TensorFile& file) {
    std::vector<const std::pair<const std::string, FileTensor>*> order;
    for (const auto& entry : file.tensors) order.push_back(&entry);
    const auto is_narrow = [](const auto* entry) { return std::holds_alternative<Tensor<float>>(entry->second); };
    std::stable_sort(order.begin(), order.end(),
                     [&](const auto* a, const auto* b) { return is_narrow(a) < is_narrow(b); });

    json header = json::object();
    if (!file.metadata.empty()) header[metadata_key] = file.metadata;
    std::uint64_t end = 0;
    for (const auto* entry : order) {
        const std::uint64_t begin = end;
        end += bytes_of(entry->second).size();
        header[entry->first] = {
            {"dtype", dtype_of(entry->second)}, {"shape", shape_of(entry->second)}, {"data_offsets", {begin, end}}};
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    if (text.size() > largest_header)
        throw FileError("a header of " + std::to_string(text.size()) + " bytes is too large");

    std::vector<std::byte> bytes(length_bytes);
    bytes.reserve(length_bytes + text.size() + end);
    const std::uint64_t length = text.size();
    std::memcpy(bytes.data(), &length, length_bytes);
    const auto append = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
    append(std::as_bytes(std::span(text)));
    for (const auto* entry : order) append(bytes_of(entry->second));
    return bytes;
}

TensorFile parse_safetensors(std::span<const std::byte> bytes) {
    if (bytes.size() < length_bytes)
        throw FileError("it has " + std::to_string(bytes.size()) + " bytes, and the header's length alone has 8");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), length_bytes);
    bytes = bytes.subspan(length_bytes);
    if (length > bytes.size())
        throw FileError("its header should have " + std::to_string(length) + " bytes, and " +
                        std::to_string(bytes.size()) + " are there");
    if (length > largest_header)
        throw FileError("its header has " + std::to_string(length) + " bytes, more than the " +
                        std::to_string(largest_header) + " that are read");
    const json header = parse_header({reinterpret_cast<const char*>(bytes.data()), length});
    bytes = bytes.subspan(length);

    TensorFile file;
    std::vector<Place> places;
    for (const auto& [name, entry] : header.items()) {
        if (name != metadata_key) {
            places.push_back(place_of(name, entry, bytes.size()));
            continue;
        }
        if (!entry.is_object()) throw FileError("__metadata__ is not an object");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string()) throw FileError("__metadata__ has something else than text at " + in_quotes(key));
            file.metadata[key] = value.get<std::string>();
        }
    }
    check_places(places, bytes.size());
    for (const Place& place : places)
        file.tensors.emplace(place.name, tensor_of(place, bytes.subspan(place.begin, place.end - place.begin)));
    return file;
}

TensorFile read_safetensors(const std::filesystem::path& file) {
    const std::vector<std::byte> bytes = read_bytes(file, largest_tensor_file);
    try {
        return parse_safetensors(bytes);
    } catch (const FileError& error) {
        throw FileError(file.string() + " is no safetensors file: " + error.what());
    }
}

void write_safetensors(const std::filesystem::path& file, const TensorFile& contents) {
    write_atomically(file, safetensors_bytes(contents));
}

}  // namespace bn
