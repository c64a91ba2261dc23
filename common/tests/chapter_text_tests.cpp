// Every chapter's README against its code: the twelve headings, and equations that text and code both know.
#include "common/catch.hpp"

#include "common/tests/chapter_text.hpp"

using namespace bn::texts;

namespace {

/// The place of the one occurrence of `old`, replaced.
std::string replaced(std::string text, const std::string& old, const std::string& by) {
    const std::size_t at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), by);
}

/// A chapter in which all is right.
Chapter sample() {
    return {3,
            R"(# Chapter 3: a sample

**You will be able to**

- do one thing;
- do another;
- stop.

Time: none.

## The question
## Run it
## Symbols
## The mathematics

### A part of it

<a id="eq-3-1"></a> <a id="eq-3-2"></a>

```math
\begin{aligned}
a &= b & \text{a column} && (3.1)\\
c &= d \quad\text{by (3.1)} & && (3.2)
\end{aligned}
```

Text.

<a id="eq-3-4"></a>

```math
e = f \tag{3.4}
```

## From mathematics to code

| equation | what | code |
|---|---|---|
| [(3.1)](#eq-3-1) | a | [`first`](code.hpp) |
| [(3.2)](#eq-3-2) | c | [`Type::second()`](code.hpp), [`helper`](../other.hpp) |
| [(3.4)](#eq-3-4) | e | [`first`](code.hpp) |

| another | table |
|---|---|
| is | free |

## What you should see
## How we know
## Pitfalls
## Exercises

| id | kind | what | minutes |
|---|---|---|---|
| 03_1 | write it | a | 5 |
| `03_2` | mend it | c | 5 |

`./tutorial try 03_1` starts the first.

## What is new here, what is reused
## Sources
)",
            {{"code.hpp", "/// Eqs. (3.1) and (3.2)\nvoid first();\nstruct Type { void second(); };\n"},
             {"tests.cpp", "f(3.3);  // (3.4)\n"},
             {"exercises/03_1_a.test.cpp", ""},
             {"exercises/03_2_b.test.cpp", ""},
             {"exercises/03_1_a.hints.md", "(3.9)"}}};
}

Problems problems_of_sample(const Chapter& chapter) {
    return problems_of_chapter(chapter, [&](const fs::path& file) -> std::optional<std::string> {
        if (file == "../other.hpp") return "int helper();";
        const auto found = chapter.files.find(file.generic_string());
        return found == chapter.files.end() ? std::nullopt : std::optional(found->second);
    });
}

/// The chapter in `folder`.
Chapter chapter_in(int number, const fs::path& folder) {
    Chapter chapter{number, read(folder / "README.md"), {}};
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (is_code(entry.path().string()))
            chapter.files[fs::relative(entry.path(), folder).generic_string()] = read(entry.path());
    return chapter;
}

/// The equations that each chapter's README defines.
std::set<Tag> all_definitions() {
    std::set<Tag> tags;
    for (const auto& [number, folder] : chapters())
        for (const Definition& equation : definitions(parse_markdown(read(folder / "README.md"))))
            tags.insert(equation.tag);
    return tags;
}

}  // namespace

TEST_CASE("a chapter in which text and code agree is accepted") {
    CHECK(problems_of_sample(sample()) == Problems{});
    std::vector<Tag> tags;
    for (const Definition& equation : definitions(parse_markdown(sample().readme))) tags.push_back(equation.tag);
    CHECK(tags == std::vector<Tag>{{3, 1}, {3, 2}, {3, 4}});
}

TEST_CASE("what is wrong in a chapter's text is found") {
    const auto check = [](const std::string& old, const std::string& by, const std::string& words) {
        Chapter chapter = sample();
        chapter.readme = replaced(chapter.readme, old, by);
        const Problems problems = problems_of_sample(chapter);
        CAPTURE(old, by, problems);
        bool found = false;
        for (const std::string& problem : problems) found = found || problem.find(words) != std::string::npos;
        CHECK(found);
    };
    check("# Chapter 3: ", "# Chapter 4: ", "the title is not '# Chapter 3: ");
    check("## Symbols\n", "", "section 3 is 'The mathematics', it has to be 'Symbols'");
    check("## Symbols\n", "## Signs\n", "section 3 is 'Signs', it has to be 'Symbols'");
    check("## Run it\n## Symbols\n", "## Symbols\n## Run it\n", "section 2 is 'Symbols', it has to be 'Run it'");
    check("## Sources\n", "", "section 11 is the end, it has to be 'Sources'");
    check("## Sources\n", "## Sources\n## More\n", "section 12 is 'More', it has to be the end");
    check("## Run it\n", "## Run it\n# Again\n", "13: a second title");
    check("- stop.\n", "", "**You will be able to**' and three points");
    check("**You will be able to**", "You may", "**You will be able to**' and three points");

    check("\\tag{3.4}", "\\tag{3.2}", "equation (3.2) after (3.2)");
    check("\\tag{3.4}", "\\tag{4.4}", "equation (4.4) after (3.2)");
    check("<a id=\"eq-3-4\"></a>\n", "", "before the fence of (3.4)");
    check("<a id=\"eq-3-4\"></a>\n\n", "<a id=\"eq-3-4\"></a>\n", "before the fence of (3.4)");
    check("<a id=\"eq-3-1\"></a>", "<a id=\"eq-3-3\"></a>", "before the fence of (3.1)");

    check("| equation | what | code |", "| tag | what | code |", "the table's header");
    check("| [(3.4)](#eq-3-4) | e | [`first`](code.hpp) |\n", "", "(3.4) is not in the table");
    check(" \\tag{3.4}", "", "(3.4) is in the table and not defined");
    check("[(3.1)](#eq-3-1)", "[(3.1)](#eq-3-2)", "not like [(3.2)](#eq-3-2)");
    check("[(3.1)](#eq-3-1)", "(3.1)", "the first cell is no link");
    check("[`first`](code.hpp)", "`first`", "the last cell is no link");
    check("[`first`](code.hpp)", "[first](code.hpp)", "not like [`name`](file)");
    check("[`first`](code.hpp)", "[`firs`](code.hpp)", "code.hpp has no `firs`");
    check("Type::second", "Type::third", "code.hpp has no `Type::third()`");
    check("[`helper`]", "[`help`]", "../other.hpp has no `help`");

    check("| 03_1 | write it | a | 5 |\n", "", "exercise 03_1 is not in the table");
    check("| 03_1 |", "| 03_7 |", "there is no exercise '03_7'");
    check("./tutorial try 03_1", "That", "does not say './tutorial try");
}

TEST_CASE("an equation in the table has to be cited by code") {
    Chapter chapter = sample();
    chapter.files["tests.cpp"] = "f(3.4);\n";
    CHECK(problems_of_sample(chapter) == Problems{"41: (3.4) is in the table, and no code of the chapter cites it"});
}

TEST_CASE("every chapter's README has its sections, and its equations are those of the code") {
    for (const auto& entry : chapters()) {
        const fs::path folder = entry.second;
        const auto find = [&](const fs::path& file) -> std::optional<std::string> {
            return fs::exists(folder / file) ? std::optional(read(folder / file)) : std::nullopt;
        };
        CHECK(print_problems(short_name(folder / "README.md"),
                             problems_of_chapter(chapter_in(entry.first, folder), find)) == 0);
    }
}

TEST_CASE("every equation that code cites is in a README, of its own chapter or a lower one") {
    const std::set<Tag> defined = all_definitions();
    std::size_t citations = 0;
    for (const char* const top : {"chapters", "common", "benchmarks"})
        for (const fs::path& file : sources(bn::project_root() / top)) {
            if (file.parent_path() == bn::project_root() / "common" / "tests") continue;  // cites samples
            const int number = chapter_of(fs::relative(file, bn::project_root() / "chapters").begin()->string());
            for (const Tag& tag : cited(read(file))) {
                CAPTURE(short_name(file), to_string(tag));
                CHECK(defined.contains(tag));
                CHECK((number == 0 || tag.first <= number));
                ++citations;
            }
        }
    CHECK(citations > 10);
}

TEST_CASE("every equation that a text mentions is in a README") {
    const std::set<Tag> defined = all_definitions();
    const int last = chapters().rbegin()->first;
    std::vector<fs::path> files;
    for (const char* const top : {"chapters", "docs", "exercises"})
        for (const auto& entry : fs::recursive_directory_iterator(bn::project_root() / top))
            if (entry.path().extension() == ".md") files.push_back(entry.path());
    for (const fs::path& file : files)
        for (const Tag& tag : tags_in(flattened(parse_markdown(read(file)).prose)))
            if (tag.first <= last && !defined.contains(tag))
                FAIL_CHECK(short_name(file) << " mentions equation " << to_string(tag) << ", which is not defined");
}
