// Reads the project's own files, for the tests that hold includes, citations and texts together.
#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/chapter.hpp"

namespace bn::texts {

namespace fs = std::filesystem;

using Tag = std::pair<int, int>;  // (3.2): chapter 3, equation 2

inline std::string to_string(const Tag& tag) {
    return "(" + std::to_string(tag.first) + "." + std::to_string(tag.second) + ")";
}

inline std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Relative to the project.
inline std::string short_name(const fs::path& file) {
    return fs::relative(file, bn::project_root()).generic_string();
}

/// The .hpp and .cpp files below `folder`, in order.
inline std::vector<fs::path> sources(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".hpp" || entry.path().extension() == ".cpp") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// N if the name starts with chNN_, else 0.
inline int chapter_of(const std::string& name) {
    if (name.size() < 5 || name.substr(0, 2) != "ch" || name[4] != '_') return 0;
    int number = 0;
    std::from_chars(name.data() + 2, name.data() + 4, number);
    return number;
}

/// The chapters' folders by number.
inline std::map<int, fs::path> chapters() {
    std::map<int, fs::path> folders;
    for (const auto& entry : fs::directory_iterator(bn::project_root() / "chapters"))
        if (const int number = chapter_of(entry.path().filename().string())) folders[number] = entry.path();
    return folders;
}

/// What a text includes in quotes.
inline std::vector<std::string> included(const std::string& text) {
    std::vector<std::string> names;
    const std::string include = "#include \"";
    for (std::size_t at = 0; (at = text.find(include, at)) != std::string::npos;) {
        at += include.size();
        names.push_back(text.substr(at, text.find('"', at) - at));
    }
    return names;
}

/// The comments of C++ code, all else blank: as long as the code, line by line.
inline std::string comments(const std::string& code) {
    std::string out(code.size(), ' ');
    enum { outside, line, block, text, character } state = outside;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const std::string two = code.substr(i, 2);
        const bool digit_separator = i > 0 && std::isalnum(static_cast<unsigned char>(code[i - 1])) != 0;
        if (code[i] == '\n') {
            out[i] = '\n';
            if (state != block) state = outside;
        } else if (state == outside && (two == "//" || two == "/*")) {
            state = two == "//" ? line : block;
            out.replace(i++, 2, two);
        } else if (state == block && two == "*/") {
            state = outside;
            out.replace(i++, 2, two);
        } else if (state == line || state == block) {
            out[i] = code[i];
        } else if (state == outside) {
            if (code[i] == '"') state = text;
            if (code[i] == '\'' && !digit_separator) state = character;
        } else if (code[i] == '\\') {
            ++i;
        } else if (code[i] == (state == text ? '"' : '\'')) {
            state = outside;
        }
    }
    return out;
}

/// The text on one line and without the comments' slashes, so that a citation may run over several lines.
inline std::string flattened(const std::string& text) {
    std::string flat;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\n') {
            flat += text[i];
            continue;
        }
        while (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '/')) ++i;
        flat += ' ';
    }
    return flat;
}

/// Reads "(3.2)" at `at` and moves on; (0, 0) if there is none. (2.0) and (0.5) are numbers, not tags.
inline Tag read_tag(const std::string& text, std::size_t& at, char open = '(', char close = ')') {
    Tag tag{0, 0};
    if (at >= text.size() || text[at] != open) return {0, 0};
    const char* const end = text.data() + text.size();
    const auto [dot, error] = std::from_chars(text.data() + at + 1, end, tag.first);
    if (error != std::errc{} || dot == end || *dot != '.' || dot + 1 == end || dot[1] == '0') return {0, 0};
    const auto [last, error2] = std::from_chars(dot + 1, end, tag.second);
    if (error2 != std::errc{} || last == end || *last != close || tag.first < 1 || tag.second < 1) return {0, 0};
    at = static_cast<std::size_t>(last - text.data()) + 1;
    return tag;
}

/// Reads a list of tags at `at`, such as "(3.2), (3.4) and (3.7)" or "(3.2)–(3.5)", which means all of them.
inline std::set<Tag> read_tags(const std::string& text, std::size_t& at) {
    std::set<Tag> tags;
    Tag last{0, 0};
    bool range = false;
    for (;;) {
        while (at < text.size() && text[at] == ' ') ++at;
        const Tag tag = read_tag(text, at);
        if (tag.first == 0) return tags;
        tags.insert(tag);
        for (int k = last.second + 1; range && tag.first == last.first && k < tag.second; ++k)
            tags.insert({tag.first, k});
        last = tag;

        // What may stand between two tags
        range = false;
        for (const std::string between : {"–", "-", " to ", ", and ", " and ", ", ", ","}) {
            if (text.compare(at, between.size(), between) != 0) continue;
            range = between == "–" || between == "-" || between == " to ";
            at += between.size();
            break;
        }
    }
}

/// All tags in a text.
inline std::set<Tag> tags_in(const std::string& text) {
    std::set<Tag> tags;
    for (std::size_t at = 0; (at = text.find('(', at)) != std::string::npos;) {
        const std::size_t before = at;
        tags.merge(read_tags(text, at));
        if (at == before) ++at;
    }
    return tags;
}

/// The tags that code cites: those in comments, "Eq. (3.2)" or just "(3.2)", and "Eq. (3.2)" in the name of a test.
inline std::set<Tag> cited(const std::string& code) {
    std::set<Tag> tags = tags_in(flattened(comments(code)));
    const std::string flat = flattened(code);
    for (std::size_t at = 0; (at = flat.find("Eq", at)) != std::string::npos;) {
        at += 2;
        while (at < flat.size() && std::isalpha(static_cast<unsigned char>(flat[at]))) ++at;
        if (at < flat.size() && flat[at] == '.') ++at;
        tags.merge(read_tags(flat, at));
    }
    return tags;
}

}  // namespace bn::texts
