#include "common/figure.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <gnuplot-iostream.h>

#include "common/chapter.hpp"

namespace bn {
namespace {

namespace fs = std::filesystem;

// The look of every figure. `fmt` (svg or png) and `out` come from the command line that starts gnuplot.
constexpr const char* style = R"(
if (!exists('fmt')) fmt = 'svg'
if (!exists('out')) out = NAME.'.'.fmt
DATA = NAME.'.tsv'
FONT = fmt eq 'svg' ? 'DejaVu Sans, Verdana, sans-serif' : 'DejaVu Sans'
INK='#1f2328'; MUTED='#59636e'; GRID='#e4e8ec'; CTX='#c4ccd4'
C1='#0072B2'; C2='#D55E00'; C3='#009E73'; C4='#CC79A7'; C5='#E69F00'; C6='#56B4E9'
k = fmt eq 'svg' ? 1 : 0.75
f11 = sprintf('%s,%.4g', FONT, 11*k); f12 = sprintf('%s,%.4g', FONT, 12.5*k); f17 = sprintf('%s,%.4g', FONT, 17*k)
if (fmt eq 'svg') { set terminal svg size W,H font f12 enhanced background '#ffffff' }
if (fmt ne 'svg') { set terminal pngcairo size 2*W,2*H fontscale 2 linewidth 2 pointscale 2 dashlength 1.5 font f12 enhanced background '#ffffff' }
set output out
set encoding utf8; set minussign; set datafile separator tab; set datafile columnheaders
set key noautotitle samplen 1.4 spacing 1.15 tc rgb INK
set style fill solid noborder
px(x) = x/real(W)
py(y) = 1 - y/real(H)
)";

// The title stands on an empty plot of its own, so that the panels do not print it again and again.
constexpr const char* draw_title = R"(
set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
)";

// gnuplot's single-quoted strings double the quote; in enhanced text, _ ^ { } @ & ~ \ are marked up.
std::string gnuplot_string(const std::string& before, const std::string& text, const std::string& after) {
    std::string result = "'" + before;
    for (char c : text) {
        if (std::strchr("_^{}@&~\\", c)) result += '\\';
        result += c;
        if (c == '\'') result += '\'';
    }
    return result + after + "'";
}

std::string shell_quoted(const std::string& text) {
    std::string result = "'";
    for (char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// Removes what was written of `file` under the name `part`, and says why it is not more: errno.
[[noreturn]] void cannot_write(const fs::path& file, const fs::path& part) {
    const std::string why = std::strerror(errno ? errno : EIO);
    std::error_code ignored;
    fs::remove(part, ignored);
    throw std::runtime_error("cannot write " + file.string() + ": " + why);
}

// A name beside `file` for writing it; unlike `file.ext`, no two processes share it.
fs::path temporary(const fs::path& file) {
    return file.string() + ".part" + std::to_string(::getpid());
}

// Gives a finished temporary file its name, or throws and removes it.
void put_in_place(const fs::path& part, const fs::path& file) {
    std::error_code error;
    fs::rename(part, file, error);
    if (!error) return;
    fs::remove(part);
    throw std::runtime_error("cannot write " + file.string() + ": " + error.message());
}

// The shortest text that reads back as the same number. Eleven digits are far more than a figure shows and keep
// the last, noisy ones of a sum out of the tables.
std::string number(double value) {
    if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 11).ptr;
    return {text.data(), end};
}

void write_table(const fs::path& file, const std::vector<Column>& columns) {
    const fs::path part = temporary(file);
    errno = 0;
    std::ofstream out(part);
    std::size_t rows = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        out << (c ? "\t" : "") << columns[c].name;
        rows = std::max(rows, columns[c].values.size());
    }
    out << '\n';
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns.size(); ++c)
            out << (r < columns[c].values.size() ? number(columns[c].values[r]) : "NaN")
                << (c + 1 < columns.size() ? '\t' : '\n');
    out.close();
    if (!out) cannot_write(file, part);
    put_in_place(part, file);
}

void write_script(const fs::path& file, const Figure& figure) {
    const fs::path part = temporary(file);
    errno = 0;
    bool written = false;
    try {
        Gnuplot script(">" + part.string());
        script << "# Draws " << figure.name << " from " << figure.name << ".tsv:  gnuplot " << figure.name << ".gp\n"
               << "NAME = '" << figure.name << "'; W = " << figure.width << "; H = " << figure.height << '\n'
               << style << "set label 1 " << gnuplot_string("{/:Bold ", figure.title, "}")
               << " at screen px(16),py(26) font f17 tc rgb INK front\n"
               << "set label 2 " << gnuplot_string("", figure.subtitle, "")
               << " at screen px(16),py(48) font f12 tc rgb MUTED front\n"
               << draw_title << figure.commands << "\nunset multiplot\n";
        script.flush();
        written = script.good();
    } catch (const std::ios_base::failure&) {
    }
    if (!written) cannot_write(file, part);
    put_in_place(part, file);
}

// Whether a picture has its last bytes. On a full disk gnuplot writes a part of it and still says that all is well.
bool is_whole(const fs::path& picture, const std::string& format) {
    const std::string last = format == "svg" ? "</svg>" : "IEND\xae\x42\x60\x82";
    std::ifstream in(picture, std::ios::binary | std::ios::ate);
    std::string end(static_cast<std::size_t>(std::clamp<std::streamoff>(in.tellg(), 0, 16)), '\0');
    in.seekg(-static_cast<std::streamoff>(end.size()), std::ios::end);
    in.read(end.data(), static_cast<std::streamsize>(end.size()));
    return in.good() && end.find(last) != std::string::npos;
}

// "status 3", or "killed by signal 9".
std::string how_it_ended(int status) {
    return WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                               : "status " + std::to_string(WEXITSTATUS(status));
}

// Starts gnuplot on folder/name.gp, in an environment of its own: neither CDPATH, GNUTERM nor ~/.gnuplot has a say. A
// figure failed if gnuplot's status is not 0, if it printed anything, or if the picture is not whole.
void draw(const fs::path& folder, const std::string& name, const std::string& format) {
    const fs::path file = folder / (name + "." + format);
    const fs::path part = temporary(file);
    const std::string command = "unset CDPATH GNUTERM; cd -- " + shell_quoted(folder.string()) +
                                " && LC_ALL=C.UTF-8 gnuplot --default-settings -e " +
                                shell_quoted("fmt='" + format + "'; out='" + part.filename().string() + "'") + " " +
                                shell_quoted(name + ".gp") + " 2>&1";
    std::FILE* gnuplot = ::popen(command.c_str(), "r");
    if (!gnuplot) throw std::runtime_error("cannot start gnuplot: " + std::string(std::strerror(errno)));
    std::string said;
    std::array<char, 512> buffer{};
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), gnuplot)) said += buffer.data();
    const int status = ::pclose(gnuplot);

    std::error_code error;
    if (status == 0 && said.empty() && is_whole(part, format)) return put_in_place(part, file);
    fs::remove(part, error);
    if (status == 0 && said.empty())
        throw std::runtime_error("gnuplot could not write " + file.string() + " in full: is the disk full?");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        throw std::runtime_error(
            "gnuplot is not installed (on Debian: apt-get install gnuplot-nox); the numbers are in " + folder.string());
    std::replace(said.begin(), said.end(), '\n', ' ');
    throw std::runtime_error("gnuplot failed on " + (folder / (name + ".gp")).string() + ": " +
                             (said.empty() ? how_it_ended(status) : said));
}

}  // namespace

std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
    for (const auto& [name, value] : values) {
        const std::string mark = "<" + name + ">";
        for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
            text.replace(at, mark.size(), value);
    }
    return text;
}

std::string number_text(double value, int decimals, bool label) {
    std::array<char, 64> text{};
    if (decimals < 0)
        std::snprintf(text.data(), text.size(), "%g", value);
    else
        std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    std::string result = text.data();
    if (result.find_first_of("123456789") == std::string::npos && result.starts_with('-') && std::isfinite(value))
        result.erase(0, 1);
    if (label && result.starts_with('-')) result.replace(0, 1, "−");
    return result;
}

std::string panel(double left, double right, double top, double bottom) {
    std::array<char, 200> text{};
    std::snprintf(text.data(), text.size(),
                  "set lmargin at screen px(%g); set rmargin at screen px(%g); set tmargin at screen py(%g); set "
                  "bmargin at screen py(%g)\n",
                  left, right, top, bottom);
    return text.data();
}

PlotFolder::PlotFolder(fs::path folder) : folder_(fs::absolute(folder)) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw std::runtime_error("cannot make the plots folder " + folder_.string() + ": " + error.message());
    if (::access(folder_.c_str(), W_OK | X_OK) != 0)
        throw std::runtime_error("cannot write to the plots folder " + folder_.string() + ": " + std::strerror(errno));
}

void PlotFolder::save(const std::vector<Figure>& figures) const {
    catch_interrupts();  // Ctrl-C now ends gnuplot, which draw() notices, and leaves nothing half-drawn
    std::string failure;
    const auto attempt = [&](const auto& action) {
        try {
            action();
            return true;
        } catch (const std::runtime_error& error) {
            if (failure.empty()) failure = error.what();
            return false;
        }
    };
    // The numbers first: they survive a gnuplot that is missing or fails.
    for (const Figure& figure : figures)
        attempt([&] { write_table(folder_ / (figure.name + ".tsv"), figure.columns); });
    for (const Figure& figure : figures) {
        const bool drawn = attempt([&] {
            write_script(folder_ / (figure.name + ".gp"), figure);
            draw(folder_, figure.name, "svg");
            draw(folder_, figure.name, "png");
        });
        if (drawn) std::printf("figure  %s\n", (folder_ / (figure.name + ".svg")).c_str());
    }
    if (!failure.empty()) throw std::runtime_error(failure);
}

void PlotFolder::save_table(const std::string& name, const std::vector<Column>& columns) const {
    write_table(folder_ / (name + ".tsv"), columns);
    std::printf("table   %s\n", (folder_ / (name + ".tsv")).c_str());
}

}  // namespace bn
