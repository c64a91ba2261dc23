// Reads the project's own source files: every arrow points to a lower chapter number, and every equation that code
// cites is in a README.
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

#include "common/catch.hpp"

#include "common/chapter.hpp"

namespace fs = std::filesystem;

namespace {

using Tag = std::pair<int, int>;  // (3.2): chapter 3, equation 2

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The .hpp and .cpp files below `folder`.
std::vector<fs::path> sources(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".hpp" || entry.path().extension() == ".cpp") files.push_back(entry.path());
    return files;
}

/// N if the name starts with chNN_, else 0.
int chapter_of(const std::string& name) {
    if (name.size() < 5 || name.substr(0, 2) != "ch" || name[4] != '_') return 0;
    int number = 0;
    std::from_chars(name.data() + 2, name.data() + 4, number);
    return number;
}

/// The chapters' folders by number.
std::map<int, fs::path> chapters() {
    std::map<int, fs::path> folders;
    for (const auto& entry : fs::directory_iterator(bn::project_root() / "chapters"))
        if (const int number = chapter_of(entry.path().filename().string())) folders[number] = entry.path();
    return folders;
}

/// What a text includes in quotes.
std::vector<std::string> included(const std::string& text) {
    std::vector<std::string> names;
    const std::string include = "#include \"";
    for (std::size_t at = 0; (at = text.find(include, at)) != std::string::npos;) {
        at += include.size();
        names.push_back(text.substr(at, text.find('"', at) - at));
    }
    return names;
}

/// The text on one line and without the comments' slashes, so that a citation may run over several lines.
std::string flattened(const std::string& text) {
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

/// Reads "(3.2)" at `at` and moves on; (0, 0) if there is none.
Tag read_tag(const std::string& text, std::size_t& at) {
    Tag tag{0, 0};
    if (at >= text.size() || text[at] != '(') return {0, 0};
    const char* const end = text.data() + text.size();
    auto [dot, error] = std::from_chars(text.data() + at + 1, end, tag.first);
    if (error != std::errc{} || dot == end || *dot != '.') return {0, 0};
    auto [close, error2] = std::from_chars(dot + 1, end, tag.second);
    if (error2 != std::errc{} || close == end || *close != ')') return {0, 0};
    at = static_cast<std::size_t>(close - text.data()) + 1;
    return tag;
}

/// The tags cited as "Eq. (3.2)", "Eqs. (3.2), (3.4) and (3.7)", "Equations (3.2)–(3.5)": a range means all of it.
std::set<Tag> cited(const std::string& text) {
    const std::string flat = flattened(text);
    std::set<Tag> tags;
    for (std::size_t at = 0; (at = flat.find("Eq", at)) != std::string::npos;) {
        at += 2;
        while (at < flat.size() && std::isalpha(static_cast<unsigned char>(flat[at]))) ++at;
        if (at < flat.size() && flat[at] == '.') ++at;
        Tag last{0, 0};
        bool range = false;
        for (;;) {
            while (at < flat.size() && flat[at] == ' ') ++at;
            const Tag tag = read_tag(flat, at);
            if (tag.first == 0) break;
            tags.insert(tag);
            for (int k = last.second + 1; range && tag.first == last.first && k < tag.second; ++k)
                tags.insert({tag.first, k});
            last = tag;

            // What may stand between two tags
            range = false;
            for (const std::string between : {"–", "-", " to ", ", and ", " and ", ", ", ","}) {
                if (flat.compare(at, between.size(), between) != 0) continue;
                range = between == "–" || between == "-" || between == " to ";
                at += between.size();
                break;
            }
        }
    }
    return tags;
}

}  // namespace

TEST_CASE("the reader of includes and citations reads them") {
    CHECK(included("#include <a>\n#include \"b/c.hpp\"\n#include \"d.hpp\"  // e\n") ==
          std::vector<std::string>{"b/c.hpp", "d.hpp"});
    CHECK(chapter_of("ch11_slug/x.hpp") == 11);
    CHECK(chapter_of("common/x.hpp") == 0);
    CHECK(cited("/// Mean. Eq. (2.1)\nfor (1.5) f(2.2);") == std::set<Tag>{{2, 1}});
    CHECK(cited("Eqs. (3.1), (3.3) and (3.5)") == std::set<Tag>{{3, 1}, {3, 3}, {3, 5}});
    CHECK(cited("// Equations (1.2)–(1.5), and so on.\n(1.9)") == std::set<Tag>{{1, 2}, {1, 3}, {1, 4}, {1, 5}});
    CHECK(cited("    // Eqs. (4.8)\n    // and (4.10); (4.12)") == std::set<Tag>{{4, 8}, {4, 10}});
    CHECK(cited("Equality (x == y) Eq. 3, Eq. (1.2x), Eq. (") == std::set<Tag>{});
}

TEST_CASE("every include points to its own chapter or a lower one") {
    int arrows = 0;
    for (const auto& [number, folder] : chapters())
        for (const fs::path& file : sources(folder))
            for (const std::string& name : included(read(file))) {
                CAPTURE(file.string(), name);
                const int other = chapter_of(name);
                CHECK((other > 0 || name.substr(0, 7) == "common/"));
                CHECK(other <= number);
                CHECK(fs::exists(bn::project_root() / (other > 0 ? "chapters" : "") / name));
                ++arrows;
            }
    CHECK(arrows > 0);
}

TEST_CASE("common includes no chapter") {
    for (const fs::path& file : sources(bn::project_root() / "common"))
        for (const std::string& name : included(read(file))) {
            CAPTURE(file.string(), name);
            CHECK(chapter_of(name) == 0);
        }
}

TEST_CASE("every equation that code cites is in its chapter's README") {
    const auto folders = chapters();
    std::map<int, std::string> readmes;
    for (const auto& [number, folder] : folders) readmes[number] = read(folder / "README.md");

    std::size_t citations = 0;
    std::set<std::string> missing;
    for (const auto& [number, folder] : folders)
        for (const fs::path& file : sources(folder))
            for (const auto& [chapter, equation] : cited(read(file))) {
                const std::string tag = std::to_string(chapter) + "." + std::to_string(equation);
                const std::string& readme = readmes[chapter];
                const bool there = readme.find("(" + tag + ")") != std::string::npos ||
                                   readme.find("\\tag{" + tag + "}") != std::string::npos;
                if (!there || chapter > number)
                    missing.insert(fs::relative(file, bn::project_root()).string() + " cites (" + tag + ")");
                ++citations;
            }
    CHECK(missing == std::set<std::string>{});
    CHECK(citations > 10);
}
