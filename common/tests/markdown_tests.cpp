// Every markdown file of the project: links lead somewhere, pictures have a text, formulas are written so that GitHub
// renders them. That formulas are right TeX is checked by docs/check_math.
#include "common/catch.hpp"

#include "common/tests/markdown.hpp"

using namespace bn::texts;

namespace {

/// The markdown files that belong to the project: not those of a build, of a run or of a learner.
std::vector<fs::path> markdown_files() {
    std::vector<fs::path> files;
    for (auto entry = fs::recursive_directory_iterator(bn::project_root()); entry != fs::recursive_directory_iterator();
         ++entry) {
        const std::string name = entry->path().filename().string();
        if (entry->is_directory() && (name[0] == '.' || name.substr(0, 5) == "build" || name == "out" ||
                                      name == "mine" || entry->path().parent_path() == bn::project_root() / "data"))
            entry.disable_recursion_pending();
        else if (entry->path().extension() == ".md")
            files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The identifiers in a text.
std::set<std::string> words_of(const std::string& text) {
    std::set<std::string> words;
    std::string word;
    for (const char c : text + " ") {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
            word += c;
        } else if (!word.empty()) {
            if (!std::isdigit(static_cast<unsigned char>(word[0]))) words.insert(word);
            word.clear();
        }
    }
    return words;
}

/// What a small project of two files has in it.
std::optional<std::string> find_in_sample(const fs::path& file) {
    const std::map<std::string, std::string> files{
        {"docs", ""},
        {"docs/other.md", "# Other\n\n## A `place`, or two\n\n<a id=\"eq-1-3\"></a>\n"},
        {"plots/a.svg", "<svg/>"}};
    const auto found = files.find(file.generic_string());
    return found == files.end() ? std::nullopt : std::optional(found->second);
}

Problems problems_of_sample(const std::string& text) {
    return problems_of_markdown("docs/sample.md", text, find_in_sample);
}

}  // namespace

TEST_CASE("the reader of markdown tells code, formulas and text apart") {
    const auto prose = [](const std::string& text) { return parse_markdown(text).prose; };
    CHECK(prose("a `b` c") == "a     c");
    CHECK(prose("a $`b`$ c") == "a mmmmm c");
    CHECK(prose("a ``b`c`` d") == "a         d");
    CHECK(prose("a\n```\n$b\n```\nc") == "a\n   \n  \n   \nc");
    CHECK(prose("a\n\n    $b\n\n    c\n\nd") == "a\n\n      \n\n     \n\nd");
    CHECK(prose("a\n---\n    $b\n") == "a\n---\n      \n");
    CHECK(prose("- a\n\n    b\n") == "- a\n\n    b\n");
    CHECK(prose("a\n    b") == "a\n    b");

    const Markdown document = parse_markdown("```math\nx\n```\n\n```\ny\n```\n");
    REQUIRE(document.fences.size() == 2);
    CHECK(document.fences[0].language == "math");
    CHECK(document.fences[0].content == "x\n");
    CHECK(document.fences[1].line == 5);
}

TEST_CASE("headings have the anchors that GitHub gives them") {
    CHECK(slug("What is new here, what is reused") == "what-is-new-here-what-is-reused");
    CHECK(slug("`BatchNorm2d`: C++ ↔ PyTorch") == "batchnorm2d-c--pytorch");
    CHECK(slug("See [chapter 1](../ch01.md) – größer") == "see-chapter-1--größer");
    CHECK(anchors(parse_markdown("# A\n## A\n## A\n```\n# no\n```\n<a id=\"eq-1-2\"></a>\n")) ==
          std::set<std::string>{"a", "a-1", "a-2", "eq-1-2"});
}

TEST_CASE("right markdown is accepted") {
    CHECK(problems_of_sample(
              "# Title\n\n[other](other.md), [`code`](other.md#a-place-or-two), [an equation](other.md#eq-1-3), "
              "[up](../docs), [here](#title), [away](https://example.org/x#y), <a href=\"other.md\">o</a>\n\n"
              "![A picture of nothing at all](../plots/a.svg)\n\n"
              "<img src=\"../plots/a.svg\" alt=\"A picture of nothing at all\" width=\"200\">\n\n"
              "[![A picture of nothing at all](../plots/a.svg)](other.md)\n\n"
              "| a | b |\n|---|---|\n| $`x\\|y`$ | `$HOME` |\n\nA formula, $`x\n+ y`$.\n\n```math\nx\n```\n") ==
          Problems{});
}

TEST_CASE("what is wrong in markdown is found") {
    const auto check = [](const std::string& text, const std::string& words) {
        const Problems problems = problems_of_sample(text);
        CAPTURE(text, problems);
        CHECK(problems.size() == 1);
        CHECK_THAT(problems.empty() ? "" : problems[0], bn::contains(words));
    };
    check("a\n[x](none.md)", "2: a dead link: none.md");
    check("[x](/etc/passwd)", "a dead link");
    check("[![A picture of nothing at all](../plots/a.svg)](none.md)", "a dead link: none.md");
    check("<a href=\"none.md\">x</a>", "a dead link: none.md");
    check("![A picture that does not exist](../plots/b.svg)", "a dead link: ../plots/b.svg");
    check("[x](other.md#a-place)", "no such place in docs/other.md: #a-place");
    check("[x](#eq-1-3)", "no such place in docs/sample.md: #eq-1-3");
    check("# A place\n\n[x](#a-Place)", "no such place");
    check("![short](../plots/a.svg)", "has no text of 20 characters");
    check("<img src=\"../plots/a.svg\">", "has no text of 20 characters");
    check("```math\nx\n", "1: the fence is not closed");
    check("```math\nx\n\n```math\ny\n```\n", "a ``` inside the fence of line 1");
    check("It costs $5 a day", "1: a $ outside code");
    check("A formula $`x` without its end", "a formula that does not end in `$");
    check("A formula $`x without its end\n\nand more", "a ` without its partner");
    check("| a | b |\n|---|---|\n| `x|y` | z |\n", "3: a row of 3 cells in a table of 2");
    check("| a | b |\n|---|---|\n| x |\n", "3: a row of 1 cells");
    CHECK(problems_of_sample("plain $x$ and $$y$$").size() == 6);
}

TEST_CASE("links, pictures and formulas of every markdown file") {
    const auto find = [](const fs::path& file) -> std::optional<std::string> {
        const fs::path path = bn::project_root() / file;
        if (*file.begin() == ".." || !fs::exists(path)) return std::nullopt;
        return path.extension() == ".md" ? read(path) : "";
    };
    const auto files = markdown_files();
    CHECK(files.size() > 15);
    for (const fs::path& file : files)
        CHECK(print_problems(short_name(file), problems_of_markdown(short_name(file), read(file), find)) == 0);
}

TEST_CASE("what docs/pytorch.md calls is there") {
    // All words of the headers
    std::set<std::string> words;
    for (const char* const top : {"chapters", "common"})
        for (const fs::path& file : sources(bn::project_root() / top))
            if (file.extension() == ".hpp" && file.string().find("/exercises/") == std::string::npos)
                words.merge(words_of(read(file)));

    // What the column "here" calls, or names like a type
    const Markdown map = parse_markdown(read(bn::project_root() / "docs" / "pytorch.md"));
    std::size_t checked = 0;
    for (const std::string& row : lines_of(map.text.substr(0, map.text.find("\n## What differs")))) {
        if (row.substr(0, 1) != "|" || cells_of(row).size() != 3) continue;
        const std::string code = cells_of(row)[1];
        for (const std::string& name : words_of(code)) {
            const std::size_t at = code.find(name), after = at + name.size();
            const bool called = after < code.size() && (code[after] == '(' || code[after] == '<');
            const bool member = at > 0 && code[at - 1] == '.';
            const bool type = name.size() > 1 && std::isupper(static_cast<unsigned char>(name[0]));
            const bool standard = at > 4 && code.compare(at - 5, 5, "std::") == 0;
            if (standard || (!called && !member && !type)) continue;
            CAPTURE(row, name);
            CHECK(words.contains(name));
            ++checked;
        }
    }
    CHECK(checked > 80);
}

TEST_CASE("the first page leads to every chapter and every document") {
    const Markdown page = parse_markdown(read(bn::project_root() / "README.md"));
    std::set<std::string> targets;
    for (const Link& link : links(page)) targets.insert(fs::path(link.target).lexically_normal().generic_string());
    for (const auto& [number, folder] : chapters()) {
        CAPTURE(folder);
        CHECK(targets.contains(short_name(folder) + "/"));
    }
    for (const auto& entry : fs::directory_iterator(bn::project_root() / "docs"))
        if (entry.path().extension() == ".md") {
            CAPTURE(entry.path());
            CHECK(targets.contains(short_name(entry.path())));
        }
}
