// Reads the project's own source files: every arrow points to a lower chapter number.
#include "common/catch.hpp"

#include "common/tests/sources.hpp"

using namespace bn::texts;

TEST_CASE("the reader of includes and citations reads them") {
    CHECK(included("#include <a>\n#include \"b/c.hpp\"\n#include \"d.hpp\"  // e\n") ==
          std::vector<std::string>{"b/c.hpp", "d.hpp"});
    CHECK(chapter_of("ch11_slug/x.hpp") == 11);
    CHECK(chapter_of("common/x.hpp") == 0);

    const std::string code = "1'000; // a\nc(\"// d\", '\"'); /* e\nf */ g";
    CHECK(comments(code) == "       // a\n                /* e\nf */  ");
    CHECK(cited("/// Mean. Eq. (2.1)\nf(2.2);") == std::set<Tag>{{2, 1}});
    CHECK(cited("Eqs. (3.1), (3.3) and (3.5)") == std::set<Tag>{{3, 1}, {3, 3}, {3, 5}});
    CHECK(cited("// Equations (1.2)–(1.5), and so on.\nx(1.9)") == std::set<Tag>{{1, 2}, {1, 3}, {1, 4}, {1, 5}});
    CHECK(cited("    // Eqs. (4.8)\n    // and (4.10); see (4.12)") == std::set<Tag>{{4, 8}, {4, 10}, {4, 12}});
    CHECK(cited("// the closed form, (1.15)\nf(1.5);  // and (1.17) to (1.19)") ==
          std::set<Tag>{{1, 15}, {1, 17}, {1, 18}, {1, 19}});
    CHECK(cited("TEST_CASE(\"Eq. (1.3) holds\") { g(1.4); h(\"(1.5)\"); }") == std::set<Tag>{{1, 3}});
    CHECK(cited("// Equality (x == y) Eq. 3, Eq. (1.2x), (0.5), (2.0), (3.05), Eq. (") == std::set<Tag>{});
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
