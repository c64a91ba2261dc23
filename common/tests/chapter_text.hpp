// Holds a chapter's README and its code together: headings, equations and the table "From mathematics to code".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/tests/markdown.hpp"

namespace bn::texts {

/// One chapter: its README, and what every other file of its folder holds, by its name relative to the folder.
struct Chapter {
    int number;
    std::string readme;
    std::map<std::string, std::string> files;
};

struct Definition {  // of an equation
    Tag tag;
    std::size_t line;
    std::size_t fence;  // in which of the document's fences
};

inline bool is_code(const std::string& name) {
    return name.ends_with(".hpp") || name.ends_with(".cpp");
}

/// The equations that a README defines: \tag{3.2} in a ```math fence, or (3.2) as a column of its own.
inline std::vector<Definition> definitions(const Markdown& document) {
    std::vector<Definition> found;
    for (std::size_t k = 0; k < document.fences.size(); ++k) {
        const Fence& fence = document.fences[k];
        if (fence.language != "math") continue;
        const std::string& text = fence.content;
        for (std::size_t i = 0; i < text.size(); ++i) {
            Tag tag{0, 0};
            std::size_t at = i;
            if (text.compare(i, 5, "\\tag{") == 0) {
                tag = read_tag(text, at += 4, '{', '}');
            } else if (text[i] == '(' && i > 0) {
                const std::size_t before = text.find_last_not_of(' ', i - 1);
                tag = read_tag(text, at);
                const std::size_t after = std::min(text.find_first_not_of(' ', at), text.size());
                const bool column = before != std::string::npos && text[before] == '&' &&
                                    (after == text.size() || text[after] == '\n' || text[after] == '&' ||
                                     text.compare(after, 2, "\\\\") == 0);
                if (!column) tag = {0, 0};
            }
            if (tag.first > 0) found.push_back({tag, fence.line + line_at(text, i), k});
        }
    }
    return found;
}

/// The anchor of an equation: eq-3-2.
inline std::string anchor_of(const Tag& tag) {
    return "eq-" + std::to_string(tag.first) + "-" + std::to_string(tag.second);
}

/// The lines of a section "## title", with their numbers.
inline std::map<std::size_t, std::string> section(const Markdown& document, const std::string& title) {
    std::map<std::size_t, std::string> found;
    const auto lines = lines_of(document.text);
    std::size_t begin = 0, end = lines.size() + 1;
    for (const Heading& heading : headings(document)) {
        if (heading.level > 2) continue;
        if (begin > 0 && end > lines.size()) end = heading.line;
        if (heading.level == 2 && heading.text == title) begin = heading.line;
    }
    for (std::size_t line = begin + 1; begin > 0 && line < end; ++line) found[line] = lines[line - 1];
    return found;
}

/// Title, what one will be able to do, and the sections in their order.
inline Problems problems_of_headings(const Chapter& chapter, const Markdown& document) {
    static const std::vector<std::string> sections{"The question",
                                                   "Run it",
                                                   "Symbols",
                                                   "The mathematics",
                                                   "From mathematics to code",
                                                   "What you should see",
                                                   "How we know",
                                                   "Pitfalls",
                                                   "Exercises",
                                                   "What is new here, what is reused",
                                                   "Sources"};
    Problems problems;
    const auto found = headings(document);
    const std::string title = "Chapter " + std::to_string(chapter.number) + ": ";
    if (found.empty() || found[0].level != 1 || found[0].text.substr(0, title.size()) != title)
        problems.push_back("1: the title is not '# " + title + "…'");

    std::vector<std::string> second;
    for (const Heading& heading : found) {
        if (heading.level == 1 && heading.line != found[0].line)
            problems.push_back(at_line(heading.line, "a second title"));
        if (heading.level == 2) second.push_back(heading.text);
    }
    for (std::size_t k = 0; k < std::max(second.size(), sections.size()); ++k) {
        const std::string wanted = k < sections.size() ? "'" + sections[k] + "'" : "the end";
        const std::string there = k < second.size() ? "'" + second[k] + "'" : "the end";
        if (wanted == there) continue;
        problems.push_back("1: section " + std::to_string(k + 1) + " is " + there + ", it has to be " + wanted);
        break;
    }

    const std::string head = document.text.substr(0, document.text.find("\n## "));
    int points = 0;
    for (const std::string& line : lines_of(head)) points += line.substr(0, 2) == "- ";
    if (head.find("**You will be able to**") == std::string::npos || points < 3)
        problems.push_back("1: before the first section stand '**You will be able to**' and three points");
    return problems;
}

/// Equations: increasing numbers, each with its anchor just before the fence that defines it.
inline Problems problems_of_equations(const Chapter& chapter, const Markdown& document) {
    Problems problems;
    Tag last{chapter.number, 0};
    const auto lines = lines_of(document.text);
    for (const Definition& equation : definitions(document)) {
        if (equation.tag.first != chapter.number || equation.tag <= last)
            problems.push_back(
                at_line(equation.line, "equation " + to_string(equation.tag) + " after " + to_string(last)));
        last = equation.tag;

        // The line with the anchor, an empty one, the fence
        const std::size_t fence = document.fences[equation.fence].line - 1;
        const std::string anchor = "<a id=\"" + anchor_of(equation.tag) + "\"></a>";
        if (fence < 2 || !trimmed(lines[fence - 1]).empty() || lines[fence - 2].find(anchor) == std::string::npos)
            problems.push_back(at_line(equation.line, "before the fence of " + to_string(equation.tag) +
                                                          " stand a line with " + anchor + " and an empty one"));
    }
    return problems;
}

/// Whether each name in `code`, such as `Conv2d::forward`, stands in the text as a word.
inline bool names_occur(const std::string& code, const std::string& text) {
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    bool any = false;
    for (std::size_t at = 0; at < code.size();) {
        std::size_t end = at;
        while (end < code.size() && is_word(code[end])) ++end;
        if (end == at) {
            ++at;
            continue;
        }
        const std::string word = code.substr(at, end - at);
        bool found = false;
        for (std::size_t i = 0; !found && (i = text.find(word, i)) != std::string::npos; ++i)
            found = (i == 0 || !is_word(text[i - 1])) &&
                    (i + word.size() == text.size() || !is_word(text[i + word.size()]));
        if (!found) return false;
        any = true;
        at = end;
    }
    return any;
}

/// The table "From mathematics to code" against the equations and the code: | [(3.2)](#eq-3-2) | what | [`name`](file)
/// |
inline Problems problems_of_table(const Chapter& chapter, const Markdown& document, const Finder& find) {
    Problems problems;
    std::set<Tag> defined, listed, cited_here;
    for (const Definition& equation : definitions(document)) defined.insert(equation.tag);
    for (const auto& [name, text] : chapter.files)
        if (is_code(name)) cited_here.merge(cited(text));

    std::size_t rows = 0;
    for (const auto& [number, row] : section(document, "From mathematics to code")) {
        if (row.substr(0, 1) != "|") {
            if (rows > 0) break;  // what comes after the table is free
            continue;
        }
        if (++rows == 2) continue;
        const auto cells = cells_of(row);
        if (rows == 1) {
            if (cells != std::vector<std::string>{"equation", "what", "code"})
                problems.push_back(at_line(number, "the table's header is not | equation | what | code |"));
            continue;
        }
        if (cells.size() != 3) continue;  // reported by problems_of_markdown

        // The equation
        const auto equations = links(parse_markdown(cells[0]));
        if (equations.empty()) problems.push_back(at_line(number, "the first cell is no link to an equation"));
        for (const Link& link : equations) {
            std::size_t at = 0;
            const Tag tag = read_tag(link.text, at);
            listed.insert(tag);
            if (tag.first == 0 || at != link.text.size() || link.target != "#" + anchor_of(tag))
                problems.push_back(at_line(number, "not like [(3.2)](#eq-3-2): " + cells[0]));
            else if (!defined.contains(tag))
                problems.push_back(at_line(number, to_string(tag) + " is in the table and not defined"));
            else if (!cited_here.contains(tag))
                problems.push_back(
                    at_line(number, to_string(tag) + " is in the table, and no code of the chapter cites it"));
        }

        // The code
        const auto code = links(parse_markdown(cells[2]));
        if (code.empty()) problems.push_back(at_line(number, "the last cell is no link to code"));
        for (const Link& link : code) {
            const auto text = find(link.target.substr(0, link.target.find('#')));
            if (link.text.size() < 3 || link.text.front() != '`' || link.text.back() != '`')
                problems.push_back(at_line(number, "not like [`name`](file): " + cells[2]));
            else if (text && !names_occur(link.text, *text))
                problems.push_back(at_line(number, link.target + " has no " + link.text));
        }
    }
    if (rows == 0) problems.push_back("1: there is no table 'From mathematics to code'");

    for (const Definition& equation : definitions(document))
        if (!listed.contains(equation.tag))
            problems.push_back(
                at_line(equation.line, to_string(equation.tag) + " is not in the table 'From mathematics to code'"));
    return problems;
}

/// Each exercise of the folder is in the section "Exercises", and the other way round.
inline Problems problems_of_exercises(const Chapter& chapter, const Markdown& document) {
    Problems problems;
    std::set<std::string> there;
    for (const auto& [name, text] : chapter.files) {
        const std::string file = fs::path(name).filename().string();
        if (name.substr(0, 10) == "exercises/" && file.ends_with(".test.cpp"))
            there.insert(file.substr(0, file.find('_', 3)));
    }
    std::set<std::string> listed;
    std::string whole;
    std::size_t rows = 0;
    for (const auto& [number, row] : section(document, "Exercises")) {
        whole += row + "\n";
        if (row.substr(0, 1) != "|" || ++rows <= 2) continue;
        const std::string id = cells_of(row).empty() ? "" : cells_of(row)[0];
        std::string plain;  // without backticks or a link around it
        for (const char c : id.substr(0, id.find(']')))
            if (c != '`' && c != '[') plain += c;
        listed.insert(plain);
        if (!there.contains(plain)) problems.push_back(at_line(number, "there is no exercise '" + plain + "'"));
    }
    for (const std::string& id : there)
        if (!listed.contains(id))
            problems.push_back("1: exercise " + id + " is not in the table of the section 'Exercises'");
    if (whole.find("./tutorial try ") == std::string::npos)
        problems.push_back("1: the section 'Exercises' does not say './tutorial try …'");
    return problems;
}

/// All of it. `find` gets names relative to the chapter's folder.
inline Problems problems_of_chapter(const Chapter& chapter, const Finder& find) {
    const Markdown document = parse_markdown(chapter.readme);
    Problems problems = problems_of_headings(chapter, document);
    for (const Problems& more : {problems_of_equations(chapter, document), problems_of_table(chapter, document, find),
                                 problems_of_exercises(chapter, document)})
        problems.insert(problems.end(), more.begin(), more.end());
    return problems;
}

}  // namespace bn::texts
