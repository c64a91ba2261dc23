#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "common/catch.hpp"

#include "common/chapter.hpp"
#include "common/figure.hpp"

using namespace bn;
namespace fs = std::filesystem;

namespace {

/// A folder of one's own that goes at the end.
class Scratch {
public:
    Scratch() {
        std::string name =
            (fs::temp_directory_path() / "bn figure's test.XXXXXX").string();  // a blank and a quote in it
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        path = name;
    }
    ~Scratch() { fs::remove_all(path); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::string read(const std::string& file) const {
        std::ifstream in(path / file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(path)) names.insert(entry.path().filename());
        return names;
    }

    fs::path path;
};

/// A value of the environment, put back at the end.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) {
        const char* before = std::getenv(name);
        if (before) before_ = before;
        ::setenv(name, value.c_str(), 1);
    }
    ~Environment() { ::setenv(name_, before_.c_str(), 1); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
    std::string before_;
};

/// From here on no file can grow beyond `bytes`: what a full disk does, without being root.
class SmallDisk {
public:
    explicit SmallDisk(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        struct rlimit limit = before_;
        limit.rlim_cur = bytes;
        handler_ = std::signal(SIGXFSZ, SIG_IGN);  // writing fails instead
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SmallDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

private:
    struct rlimit before_ {};
    void (*handler_)(int) = nullptr;
};

Figure parabola(int points = 21) {
    Figure figure;
    figure.name = "test_parabola";
    figure.title = "It's a parabola_of {2} & more";
    figure.subtitle = "y = x^2, 100 % of it";
    figure.columns = {{"x", {}}, {"x^2", {}}};
    for (int i = 0; i < points; ++i) {
        const double x = -1 + 2.0 * i / (points - 1);
        figure.columns[0].values.push_back(x);
        figure.columns[1].values.push_back(x * x);
    }
    figure.commands = panel(60, 840, 80, 400) + "plot DATA using 'x':'x^2' with lines lc rgb C1\n";
    return figure;
}

const std::set<std::string> whole = {"test_parabola.gp", "test_parabola.png", "test_parabola.svg", "test_parabola.tsv"};

}  // namespace

TEST_CASE("a table has a row of names and short columns are filled with NaN") {
    const Scratch scratch;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    PlotFolder(scratch.path)
        .save_table("test_table",
                    {{"epoch", {1, 2, 3}}, {"loss", {0.5, -1e-9}}, {"odd", {std::nan(""), infinity, -infinity}}});
    CHECK(scratch.read("test_table.tsv") == "epoch\tloss\todd\n1\t0.5\tNaN\n2\t-1e-09\tInf\n3\tNaN\t-Inf\n");
    CHECK(scratch.files() == std::set<std::string>{"test_table.tsv"});
    PlotFolder(scratch.path).save_table("first", {{"short", {1}}, {"long", {2, 3}}});
    CHECK(scratch.read("first.tsv") == "short\tlong\n1\t2\nNaN\t3\n");
}

TEST_CASE("a table keeps eleven digits and an empty one has its names") {
    const Scratch scratch;
    const PlotFolder folder(scratch.path);
    folder.save_table("digits", {{"pi", {3.14159265358979}}, {"third", {1.0 / 3}}, {"large", {123456789012.0}}});
    CHECK(scratch.read("digits.tsv") == "pi\tthird\tlarge\n3.1415926536\t0.33333333333\t1.2345678901e+11\n");
    folder.save_table("empty", {{"a", {}}, {"b", {}}});
    CHECK(scratch.read("empty.tsv") == "a\tb\n");
}

TEST_CASE("a number in a title is never a negative zero, and in a label it has a real minus sign") {
    CHECK(number_text(-0.001, 2) == "0.00");
    CHECK(number_text(-0.0) == "0");
    CHECK(number_text(-0.0, 1, true) == "0.0");
    CHECK(number_text(-1.25, 2) == "-1.25");
    CHECK(number_text(-1.25, 2, true) == "−1.25");
}

TEST_CASE("a figure is four files and the same from run to run") {
    const Scratch scratch;
    const PlotFolder folder(scratch.path / "deep" / "down");
    folder.save({parabola()});
    const fs::path inside = fs::path("deep") / "down";
    const std::string svg = scratch.read(inside / "test_parabola.svg"),
                      png = scratch.read(inside / "test_parabola.png");
    CHECK_THAT(svg, contains("<svg") && contains("</svg>") && contains("It's a parabola_of {2} &amp; more") &&
                        contains("y = x^2"));
    CHECK_THAT(svg, contains("width=\"880\" height=\"460\""));
    CHECK(png.substr(1, 3) == "PNG");
    CHECK(png.size() > 1000);
    CHECK_THAT(scratch.read(inside / "test_parabola.tsv"), contains("x\tx^2\n-1\t1\n"));

    folder.save({parabola()});
    CHECK(scratch.read(inside / "test_parabola.svg") == svg);
    CHECK((scratch.read(inside / "test_parabola.png") == png));  // in brackets: not to be printed
}

TEST_CASE("a figure's script draws it without the program") {
    const Scratch scratch;
    PlotFolder(scratch.path).save({parabola()});
    const std::string svg = scratch.read("test_parabola.svg");
    fs::remove(scratch.path / "test_parabola.svg");
    const std::string quoted = "\"" + scratch.path.string() + "\"";
    CHECK(std::system(("cd " + quoted + " && LC_ALL=C.UTF-8 gnuplot test_parabola.gp").c_str()) == 0);
    CHECK(scratch.read("test_parabola.svg") == svg);
}

TEST_CASE("a figure that gnuplot cannot draw is named and the old one stays whole") {
    const Scratch scratch;
    const PlotFolder folder(scratch.path);
    folder.save({parabola()});
    const std::string svg = scratch.read("test_parabola.svg"), png = scratch.read("test_parabola.png");

    Figure other = parabola();
    other.name = "test_other";
    // The last one draws: a warning is enough, since gnuplot gives no other sign of, say, an empty range.
    for (const std::string commands :
         {"plot DATA using 'no such column' with lines\n", "complete nonsense\n", "plot 'no such file'\n",
          "exit status 3\n", "plot DATA with lines\nprint 'a warning'\n"}) {
        CAPTURE(commands);
        Figure broken = parabola(5);
        broken.commands = commands;
        CHECK_THROWS_WITH(folder.save({broken, other}), contains("gnuplot") && contains("test_parabola"));
        CHECK(scratch.read("test_parabola.svg") == svg);
        CHECK((scratch.read("test_parabola.png") == png));
        CHECK_THAT(scratch.read("test_parabola.tsv"), contains("\n-0.5\t0.25\n"));  // the new numbers are there
        CHECK(scratch.files().size() == 8);                                         // and the other figure, and no more
        CHECK_THAT(scratch.read("test_other.svg"), contains("</svg>"));
        fs::remove(scratch.path / "test_other.svg");
    }
}

TEST_CASE("without gnuplot the message says how to get it and the numbers are written") {
    const Scratch scratch, empty;
    const PlotFolder folder(scratch.path);
    {
        const Environment path("PATH", empty.path.string());
        CHECK_THROWS_WITH(folder.save({parabola()}), contains("gnuplot is not installed") && contains("gnuplot-nox"));
    }
    CHECK_THAT(scratch.read("test_parabola.tsv"), contains("x\tx^2\n-1\t1\n"));
    CHECK(scratch.files() == std::set<std::string>{"test_parabola.gp", "test_parabola.tsv"});
}

TEST_CASE("the user's own gnuplot settings have no say") {
    const Scratch scratch, home;
    const PlotFolder folder(scratch.path);
    folder.save({parabola()});
    const std::string svg = scratch.read("test_parabola.svg");
    std::ofstream(home.path / ".gnuplot") << "set xlabel 'mine'\n";
    const Environment variable("HOME", home.path.string());
    folder.save({parabola()});
    CHECK((scratch.read("test_parabola.svg") == svg));  // in brackets: not to be printed
}

TEST_CASE("Ctrl-C is caught from the first figure on") {
    const Scratch scratch;
    const pid_t child = ::fork();
    if (child == 0) {  // in a process of its own, since an interrupt stays seen
        PlotFolder(scratch.path).save({});
        std::raise(SIGINT);
        ::_exit(interrupted() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a plots folder that cannot be is refused before any work") {
    const Scratch scratch;
    std::ofstream(scratch.path / "file") << "not a folder";
    CHECK_THROWS_WITH(PlotFolder(scratch.path / "file"), contains("file"));
    CHECK_THROWS_WITH(PlotFolder(scratch.path / "file" / "below"), contains("below"));
    CHECK_THROWS_WITH(PlotFolder("/proc/none"), contains("/proc/none"));

    if (::geteuid() == 0) return;  // nothing is closed to root; bad_input.sh tries it as someone else
    fs::permissions(scratch.path, fs::perms::owner_read | fs::perms::owner_exec);
    CHECK_THROWS_WITH(PlotFolder(scratch.path), contains("cannot write") && contains(scratch.path.string()));
    fs::permissions(scratch.path, fs::perms::owner_all);
}

TEST_CASE("a plots folder that goes away is an error that names the file") {
    const Scratch scratch;
    const PlotFolder folder(scratch.path / "plots");
    fs::remove(scratch.path / "plots");
    CHECK_THROWS_WITH(folder.save_table("test_table", {{"x", {1}}}),
                      contains("test_table.tsv") && contains("No such file"));
    CHECK_THROWS_WITH(folder.save({parabola()}), contains("test_parabola.tsv"));
}

TEST_CASE("a full disk leaves old files whole and nothing half-written") {
    const Scratch scratch;
    const PlotFolder folder(scratch.path);
    folder.save({parabola()});
    const std::string svg = scratch.read("test_parabola.svg"), png = scratch.read("test_parabola.png"),
                      tsv = scratch.read("test_parabola.tsv");

    // The limits let through: nothing; the first block; tables and script; the picture as .svg, but not as .png.
    for (const rlim_t limit : {rlim_t{0}, rlim_t{512}, rlim_t{4096}, rlim_t{16384}}) {
        CAPTURE(limit);
        std::string message;
        {
            const SmallDisk disk(limit);
            try {
                folder.save({parabola(400)});
            } catch (const std::runtime_error& error) {
                message = error.what();
            }
        }
        CHECK_THAT(message, contains((scratch.path / "test_parabola").string()));
        CHECK(scratch.files() == whole);
        CHECK((scratch.read("test_parabola.png") == png));  // in brackets: not to be printed
        const std::string table = scratch.read("test_parabola.tsv"), picture = scratch.read("test_parabola.svg");
        CHECK((table == tsv || table.substr(table.size() - 4) == "1\t1\n"));
        CHECK((picture == svg || picture.find("</svg>") != std::string::npos));
    }
}
