// Reads markdown as GitHub does, as far as the project's texts use it: code, formulas, headings, links, tables.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/tests/sources.hpp"

namespace bn::texts {

/// A text with what is wrong in it: "12: the link …".
using Problems = std::vector<std::string>;

struct Fence {         // ```math … ```
    std::size_t line;  // of its beginning, from 1
    std::string language;
    std::string content;
    bool closed;
};

struct Heading {
    std::size_t line;
    int level;
    std::string text;
};

struct Link {  // [text](target), ![text](target) or <img alt="text" src="target">
    std::size_t line;
    bool image;
    std::string text;
    std::string target;
};

struct Markdown {
    std::string text;
    std::string prose;  // as long as `text`; what is code is blank there, and what is a formula is 'm'
    std::vector<Fence> fences;
    Problems problems;  // of fences, formulas and tables
};

/// The line of a place in a text, from 1.
inline std::size_t line_at(const std::string& text, std::size_t at) {
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

inline std::string at_line(std::size_t line, const std::string& problem) {
    return std::to_string(line) + ": " + problem;
}

/// Without the spaces at both ends.
inline std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// "- item", "* item" or "1. item".
inline bool is_list_item(const std::string& line) {
    std::size_t at = line.find_first_not_of(' ');
    if (at == std::string::npos) return false;
    if (line[at] == '-' || line[at] == '*') return line.substr(at + 1, 1) == " ";
    const std::size_t digits = at;
    while (at < line.size() && std::isdigit(static_cast<unsigned char>(line[at]))) ++at;
    return at > digits && line.substr(at, 2) == ". ";
}

/// Blanks the fences and the paragraphs that are indented by four spaces; keeps the fences.
inline void read_blocks(Markdown& document) {
    bool in_list = false, after_blank = true, in_indented = false;
    std::size_t at = 0, number = 0;
    Fence* open = nullptr;
    std::string marks;
    for (const std::string& line : lines_of(document.text)) {
        ++number;
        const std::string content = trimmed(line);
        const std::size_t indent = line.find_first_not_of(' ');
        bool code = true;
        if (open) {
            if (content.substr(0, marks.size()) == marks && content.find_first_not_of(marks[0]) == std::string::npos) {
                open->closed = true;
                open = nullptr;
            } else {
                if (content.substr(0, 3) == "```")
                    document.problems.push_back(
                        at_line(number, "a ``` inside the fence of line " + std::to_string(open->line)));
                open->content += line + "\n";
            }
            in_indented = false;
        } else if (content.substr(0, 3) == "```" || content.substr(0, 3) == "~~~") {
            marks = content.substr(0, content.find_first_not_of(content[0]));
            document.fences.push_back({number, trimmed(content.substr(marks.size())), "", false});
            open = &document.fences.back();
            in_indented = false;
        } else if (content.empty()) {
            code = false;
        } else if (indent >= 4 && (after_blank || in_indented) && !in_list) {
            in_indented = true;
        } else {
            code = in_indented = false;
            if (is_list_item(line))
                in_list = true;
            else if (after_blank && indent == 0)
                in_list = false;
        }
        if (code) document.prose.replace(at, line.size(), line.size(), ' ');
        const bool ruler = content.size() >= 3 && content.find_first_not_of('-') == std::string::npos;
        after_blank = content.empty() || ruler || content[0] == '#';  // no paragraph that would go on
        at += line.size() + 1;
    }
    if (open) document.problems.push_back(at_line(open->line, "the fence is not closed"));
}

/// Blanks the code in backticks, turns formulas, $`…`$, into 'm', and finds dollars that are neither.
inline void read_spans(Markdown& document) {
    std::string& prose = document.prose;
    for (std::size_t at = 0; (at = prose.find_first_of("`\\$", at)) != std::string::npos;) {
        if (prose[at] == '\\') {
            at += 2;  // what follows means itself
            continue;
        }
        const bool formula = prose.compare(at, 2, "$`") == 0;
        if (prose[at] == '$' && !formula) {
            document.problems.push_back(at_line(line_at(prose, at), "a $ outside code: formulas are written $`…`$"));
            ++at;
            continue;
        }
        const std::size_t first = formula ? at + 1 : at;
        const std::size_t content = std::min(prose.find_first_not_of('`', first), prose.size());
        const std::string marks(content - first, '`');

        // Up to as many backticks, in the same paragraph
        const std::size_t paragraph = std::min(prose.find("\n\n", content), prose.size());
        std::size_t end = content;
        while ((end = prose.find(marks, end)) < paragraph) {
            const std::size_t after = std::min(prose.find_first_not_of('`', end), prose.size());
            if (after - end == marks.size()) break;
            end = after;
        }
        if (end >= paragraph) {
            document.problems.push_back(at_line(line_at(prose, at), "a ` without its partner"));
            at = content;
            continue;
        }
        end += marks.size();
        if (formula) {
            if (prose.compare(end, 1, "$") == 0)
                ++end;
            else
                document.problems.push_back(at_line(line_at(prose, at), "a formula that does not end in `$"));
        }
        for (std::size_t i = at; i < end; ++i)
            if (prose[i] != '\n') prose[i] = formula ? 'm' : ' ';
        at = end;
    }
}

/// The cells of a table's row. A | inside code ends a cell, too, unless it is written \|: so does GitHub.
inline std::vector<std::string> cells_of(const std::string& row) {
    std::vector<std::string> cells;
    std::string cell;
    const std::string line = trimmed(row);
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (line[i] == '|' && line[i - 1] != '\\') {
            cells.push_back(trimmed(cell));
            cell.clear();
        } else {
            cell += line[i];
        }
    }
    if (!trimmed(cell).empty()) cells.push_back(trimmed(cell));  // a row need not end in |
    return cells;
}

/// Every row of a table has as many cells as its header; GitHub would drop the rest.
inline void check_tables(Markdown& document) {
    const auto lines = lines_of(document.text), prose = lines_of(document.prose);
    std::size_t columns = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (trimmed(prose[i]).substr(0, 1) != "|") {
            columns = 0;
            continue;
        }
        const std::size_t count = cells_of(lines[i]).size();
        if (columns == 0) columns = count;
        if (count != columns)
            document.problems.push_back(at_line(i + 1, "a row of " + std::to_string(count) + " cells in a table of " +
                                                           std::to_string(columns) +
                                                           " (a | in a cell is written \\|)"));
    }
}

inline Markdown parse_markdown(const std::string& text) {
    Markdown document{text, text, {}, {}};
    read_blocks(document);
    read_spans(document);
    check_tables(document);
    return document;
}

/// The headings, "## Like this".
inline std::vector<Heading> headings(const Markdown& document) {
    std::vector<Heading> found;
    const auto lines = lines_of(document.text), prose = lines_of(document.prose);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::size_t level = prose[i].find_first_not_of('#');
        if (level == 0 || level == std::string::npos || level > 6 || prose[i][level] != ' ') continue;
        found.push_back({i + 1, static_cast<int>(level), trimmed(lines[i].substr(level))});
    }
    return found;
}

/// What follows [ or ![ up to its ], and the target in parentheses; images and links with a picture in them, too.
inline std::vector<Link> links(const Markdown& document) {
    const std::string& prose = document.prose;
    std::vector<Link> found;
    for (std::size_t at = 0; (at = prose.find("](", at)) != std::string::npos; at += 2) {
        std::size_t begin = at;
        for (int depth = 1; depth > 0 && begin > 0;) {
            --begin;
            depth += (prose[begin] == ']') - (prose[begin] == '[');
        }
        const std::size_t end = std::min(prose.find(')', at), prose.size());
        std::string target = document.text.substr(at + 2, end - at - 2);
        target = target.substr(0, target.find(' '));  // what follows is a title
        found.push_back({line_at(prose, at), begin > 0 && prose[begin - 1] == '!',
                         document.text.substr(begin + 1, at - begin - 1), target});
    }

    // HTML's
    const auto attribute = [&](std::size_t from, const std::string& name) -> std::optional<std::string> {
        const std::string tag = document.text.substr(from, prose.find('>', from) - from);
        const std::size_t value = tag.find(" " + name + "=\"");
        if (value == std::string::npos) return std::nullopt;
        const std::size_t first = value + name.size() + 3;
        return tag.substr(first, tag.find('"', first) - first);
    };
    for (std::size_t at = 0; (at = prose.find("<img", at)) != std::string::npos; ++at)
        found.push_back(
            {line_at(prose, at), true, attribute(at, "alt").value_or(""), attribute(at, "src").value_or("")});
    for (std::size_t at = 0; (at = prose.find("<a ", at)) != std::string::npos; ++at)
        if (const auto target = attribute(at, "href")) found.push_back({line_at(prose, at), false, "", *target});
    return found;
}

/// The next character of UTF-8 at `at`, which moves on.
inline char32_t next_character(const std::string& text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    char32_t character = first & (first < 0xe0 ? 0x1fU : first < 0xf0 ? 0x0fU : 0x07U);
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U)
        character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    return character;
}

inline std::size_t count_characters(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) next_character(text, at);
    return count;
}

/// The anchor that GitHub gives a heading: small letters, spaces as hyphens, no punctuation.
inline std::string slug(const std::string& heading) {
    std::string out;
    for (std::size_t at = 0; at < heading.size();) {
        const std::size_t before = at;
        const char32_t character = next_character(heading, at);
        if (heading[before] == ']' && heading.compare(at, 1, "(") == 0) {
            at = std::min(heading.find(')', at), heading.size() - 1) + 1;  // a link's target is not part of its text
        } else if (character == ' ') {
            out += '-';
        } else if (character < 0x80) {
            const auto small = static_cast<char>(std::tolower(static_cast<int>(character)));
            if (std::isalnum(static_cast<unsigned char>(small)) || small == '-' || small == '_') out += small;
        } else {
            const bool sign = character < 0xc0 || character == 0xd7 || character == 0xf7 ||
                              (character >= 0x2000 && character < 0x2c00);  // “–”, ×, →, ∂
            if (!sign) out += heading.substr(before, at - before);
        }
    }
    return out;
}

/// All that a link's #… may name: headings, a repeated one with -1, -2 and so on, and <a id="…">.
inline std::set<std::string> anchors(const Markdown& document) {
    std::set<std::string> found;
    for (const Heading& heading : headings(document)) {
        const std::string name = slug(heading.text);
        std::string free = name;
        for (int k = 1; !found.insert(free).second; ++k) free = name + "-" + std::to_string(k);
    }
    const std::string id = "<a id=\"";
    for (std::size_t at = 0; (at = document.prose.find(id, at)) != std::string::npos;) {
        at += id.size();
        found.insert(document.text.substr(at, document.text.find('"', at) - at));
    }
    return found;
}

/// What a file or folder of the project holds ("" for a folder), or nothing if there is none.
using Finder = std::function<std::optional<std::string>(const fs::path&)>;

/// Formulas, tables, links and pictures of one file. Links lead to what `find` finds.
inline Problems problems_of_markdown(const fs::path& file, const std::string& text, const Finder& find) {
    const Markdown document = parse_markdown(text);
    Problems problems = document.problems;
    for (const Link& link : links(document)) {
        if (link.image && count_characters(link.text) < 20)
            problems.push_back(at_line(link.line, "the picture " + link.target +
                                                      " has no text of 20 characters or more that says what it shows"));
        if (link.target.find("://") != std::string::npos || link.target.substr(0, 7) == "mailto:") continue;

        const std::size_t hash = std::min(link.target.find('#'), link.target.size());
        const fs::path other = hash == 0 ? file : (file.parent_path() / link.target.substr(0, hash)).lexically_normal();
        const auto content = hash == 0 ? std::optional(text) : link.target[0] == '/' ? std::nullopt : find(other);
        if (!content) {
            problems.push_back(at_line(link.line, "a dead link: " + link.target));
        } else if (hash < link.target.size() &&
                   !anchors(parse_markdown(*content)).contains(link.target.substr(hash + 1))) {
            problems.push_back(
                at_line(link.line, "no such place in " + other.generic_string() + ": " + link.target.substr(hash)));
        }
    }
    return problems;
}

/// Prints the problems of a file, each on a line of its own, which Catch2 would break; returns how many there are.
inline std::size_t print_problems(const fs::path& file, const Problems& problems) {
    for (const std::string& problem : problems) std::printf("%s:%s\n", file.generic_string().c_str(), problem.c_str());
    return problems.size();
}

}  // namespace bn::texts
