// Boxes, arrows and words for figures that are drawings rather than plots.
#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "common/figure.hpp"

namespace bn {

/// Draws with gnuplot's objects in pixels, counted from the figure's top left.
class Drawing {
public:
    Drawing(int width, int height) {
        commands_ = panel(0, width, 0, height) + "unset border; unset tics; unset grid\n";
        add("set xrange [0:%d]; set yrange [%d:0]\n", width, height);
    }

    void rectangle(double left, double top, double width, double height, const std::string& fill,
                   const std::string& border) {
        add("set object rectangle from first %g,%g to first %g,%g fc rgb '%s' fs solid border lc rgb '%s' lw 0.8\n",
            left, top, left + width, top + height, fill.c_str(), border.c_str());
    }

    /// `how`: gnuplot's words, for example "center tc rgb INK font f11".
    void text(double x, double y, const std::string& what, const std::string& how) {
        add("set label \"%s\" at first %g,%g front %s\n", what.c_str(), x, y, how.c_str());
    }

    void line(double from_x, double from_y, double to_x, double to_y, const std::string& colour, bool head = false) {
        add("set arrow from first %g,%g to first %g,%g %s front lc rgb %s lw 1.3\n", from_x, from_y, to_x, to_y,
            head ? "size screen 0.008,20 filled" : "nohead", colour.c_str());
    }

    std::string commands() const { return commands_ + "plot 1e9\n"; }

private:
    template <class... Arguments>
    void add(const char* format, Arguments... arguments) {
        std::array<char, 512> text{};
        std::snprintf(text.data(), text.size(), format, arguments...);
        commands_ += text.data();
    }

    std::string commands_;
};

/// "−1.5", with a true minus sign.
inline std::string short_number(double value) {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%.4g", std::abs(value) < 5e-5 ? 0.0 : value);
    return digits[0] == '-' ? "−" + std::string(digits.data() + 1) : digits.data();
}

}  // namespace bn
