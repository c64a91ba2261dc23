// Reads golden/vectors/*.txt, what PyTorch computed, and measures how far from it a result is. README.md describes the
// format and the tolerances.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/chapter.hpp"
#include "common/tensor.hpp"

namespace bn::golden {

/// A named tensor of a case: an input, or a result of PyTorch's in double.
struct Vector {
    Shape shape;
    std::vector<double> values;
    double float_distance = 0.0;  // how far PyTorch's float result is from this one, as `error` measures it
    double size = 0.0;            // what errors are measured against; 0: the largest of `values`

    template <std::floating_point T>
    Tensor<T> tensor() const {
        Tensor<T> t = Tensor<T>::empty(shape);
        std::transform(values.begin(), values.end(), t.values().begin(), [](double v) { return static_cast<T>(v); });
        return t;
    }
};

/// One experiment: settings as text, and tensors.
class Case {
public:
    std::string name;
    std::map<std::string, std::string> settings;
    std::map<std::string, Vector> vectors;

    bool has(const std::string& key) const { return settings.count(key) > 0; }
    bool is_true(const std::string& key) const { return has(key) && text(key) == "True"; }

    /// Throws std::out_of_range, naming what is missing, as the following do.
    const std::string& text(const std::string& key) const { return found(settings, key); }
    double number(const std::string& key) const { return std::strtod(text(key).c_str(), nullptr); }
    const Vector& vector(const std::string& key) const { return found(vectors, key); }

    template <std::floating_point T>
    Tensor<T> tensor(const std::string& key) const {
        return vector(key).tensor<T>();
    }

    /// A setting of several words or numbers.
    template <class Item>
    std::vector<Item> list(const std::string& key) const {
        std::istringstream words(text(key));
        std::vector<Item> items;
        for (Item item; words >> item;) items.push_back(item);
        return items;
    }

private:
    template <class Value>
    const Value& found(const std::map<std::string, Value>& map, const std::string& key) const {
        const auto at = map.find(key);
        if (at == map.end()) throw std::out_of_range("case '" + name + "' has no '" + key + "'");
        return at->second;
    }
};

namespace detail {

/// The text after `set key`: backslashes stand for line ends and tabs.
inline std::string unescaped(const std::string& line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\' || i + 1 == line.size()) {
            text += line[i];
            continue;
        }
        const char next = line[++i];
        text += next == 'n' ? '\n' : next == 't' ? '\t' : next;
    }
    return text;
}

/// The numbers of `pattern`: 24 bits each, in [-scale, scale). make.py makes the same ones.
inline std::vector<double> pattern(Index count, std::uint32_t seed, double scale) {
    std::vector<double> values;
    for (Index i = 0; i < count; ++i) {
        seed = 1664525U * seed + 1013904223U;
        values.push_back((static_cast<double>(seed >> 8) * 0x1.0p-23 - 1.0) * scale);
    }
    return values;
}

/// The committed vectors' folder, or the one that the variable GOLDEN_VECTORS names.
inline std::filesystem::path folder() {
    const char* other = std::getenv("GOLDEN_VECTORS");
    return other && *other ? std::filesystem::path(other) : project_root() / "golden" / "vectors";
}

class Reader {
public:
    explicit Reader(const std::string& file) : file_(file), in_(folder() / file) {
        if (!in_) fail("cannot be opened");
    }

    std::vector<Case> cases() {
        std::string line;
        while (std::getline(in_, line)) {
            ++line_;
            if (line.empty() || line[0] == '#') continue;
            const auto [kind, rest] = split(line);
            if (kind == "case")
                cases_.push_back({rest, {}, {}});
            else if (cases_.empty())
                fail("a case has to come first");
            else if (kind == "set")
                set(rest);
            else if (kind == "input" || kind == "result" || kind == "pattern")
                vector(kind, rest);
            else
                fail("'" + kind + "' means nothing");
        }
        return std::move(cases_);
    }

private:
    [[noreturn]] void fail(const std::string& why) const {
        throw std::runtime_error((folder() / file_).string() + ":" + std::to_string(line_) + ": " + why);
    }

    static std::pair<std::string, std::string> split(const std::string& line) {
        const std::size_t space = line.find(' ');
        return {line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)};
    }

    // set KEY TEXT. `set inputs CASE` lends this case the inputs of an earlier one.
    void set(const std::string& rest) {
        const auto [key, text] = split(rest);
        cases_.back().settings[key] = unescaped(text);
        if (key != "inputs") return;
        const auto other =
            std::find_if(cases_.begin(), cases_.end(), [name = text](const Case& c) { return c.name == name; });
        if (other == cases_.end()) fail("there is no case '" + text + "'");
        cases_.back().vectors = other->vectors;
    }

    // KIND NAME [SHAPE] ATTRIBUTES, then the numbers in as many lines as it takes; a pattern has none.
    void vector(const std::string& kind, const std::string& rest) {
        const std::size_t open = rest.find('['), close = rest.find(']');
        if (open == std::string::npos || close == std::string::npos) fail("a tensor needs a shape");
        Vector v;
        std::string sizes = rest.substr(open + 1, close - open - 1);
        std::replace(sizes.begin(), sizes.end(), ',', ' ');
        std::istringstream shape(sizes);
        Index count = 1;
        for (Index size; shape >> size; count *= size) v.shape.push_back(size);

        std::istringstream attributes(rest.substr(close + 1));
        if (kind == "pattern") {
            std::uint32_t seed = 0;
            std::string scale;
            attributes >> seed >> scale;
            v.values = pattern(count, seed, std::strtod(scale.c_str(), nullptr));
        } else {
            for (std::string key, value; attributes >> key >> value;)
                (key == "float" ? v.float_distance : v.size) = std::strtod(value.c_str(), nullptr);
            v.values = numbers(count);
        }
        cases_.back().vectors[rest.substr(0, open - 1)] = std::move(v);
    }

    std::vector<double> numbers(Index count) {
        std::vector<double> values;
        std::string line;
        while (std::ssize(values) < count && std::getline(in_, line)) {
            ++line_;
            const char* at = line.c_str();
            while (*at) {
                char* end = nullptr;
                values.push_back(std::strtod(at, &end));  // reads hexadecimal exactly
                if (end == at) fail("'" + std::string(at) + "' is no number");
                at = end;
            }
        }
        if (std::ssize(values) != count) fail("expected " + std::to_string(count) + " numbers");
        return values;
    }

    std::string file_;
    std::ifstream in_;
    int line_ = 0;
    std::vector<Case> cases_;
};

}  // namespace detail

/// All cases of `file`, one of the vectors. Throws std::runtime_error with file and line on what it does not
/// understand.
inline std::vector<Case> read_cases(const std::string& file) {
    return detail::Reader(file).cases();
}

/// max|actual − expected| / max|expected|, or over expected.size. NaN and infinity have to stand where they are
/// expected, else the error is infinite; so it is if a tensor of zeros is missed.
template <std::floating_point T>
double error(const Vector& expected, std::span<const T> actual) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    if (actual.size() != expected.values.size()) return infinite;
    double distance = 0.0, largest = 0.0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double a = static_cast<double>(actual[i]), b = expected.values[i];
        if (std::isfinite(b) && std::isfinite(a)) {
            distance = std::max(distance, std::abs(a - b));
            largest = std::max(largest, std::abs(b));
        } else if (!(a == b || (std::isnan(a) && std::isnan(b)))) {
            return infinite;
        }
    }
    return distance > 0.0 ? distance / (expected.size > 0.0 ? expected.size : largest) : 0.0;
}

/// What `error` may be. In double 1e-12, times `condition` = max|μ|/√(σ² + ε) where x − μ loses digits. In float 1e-6,
/// or PyTorch's own distance from its double result, whichever is larger; and `float_digits` digits where a float has
/// no more.
template <std::floating_point T>
double tolerance(const Case& c, const Vector& expected) {
    if constexpr (std::is_same_v<T, double>) return 1e-12 * (c.has("condition") ? c.number("condition") : 1.0);
    return std::max(c.has("float_digits") ? std::pow(10.0, -c.number("float_digits")) : 1e-6, expected.float_distance);
}

}  // namespace bn::golden
