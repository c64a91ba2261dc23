// A 32×32 canvas that the sketches are drawn on. A shape is a function that tells how far a point is from its edge, in
// pixels and negative inside: that one number gives smooth edges and blurred ones.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "common/dataset.hpp"

namespace bn {

/// A point or an offset on the canvas, in pixels: x to the right, y down, (0, 0) is the corner of the first pixel.
struct Point {
    double x = 0, y = 0;
    friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
    friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
    friend Point operator*(double s, Point a) { return {s * a.x, s * a.y}; }
    friend double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
    friend double length(Point a) { return std::sqrt(dot(a, a)); }
};

/// What lies between a (share 0) and b (share 1). std::lerp is exact at more places, and slow.
inline double mix(double a, double b, double share) {
    return a + share * (b - a);
}

/// Red, green and blue from 0 to 1.
struct Colour {
    double red = 0, green = 0, blue = 0;
    friend Colour operator+(Colour a, Colour b) { return {a.red + b.red, a.green + b.green, a.blue + b.blue}; }
    friend Colour operator-(Colour a, Colour b) { return {a.red - b.red, a.green - b.green, a.blue - b.blue}; }
    friend Colour operator*(double s, Colour c) { return {s * c.red, s * c.green, s * c.blue}; }
    friend Colour mix(Colour a, Colour b, double share) { return a + share * (b - a); }
};

/// How far along the way from a to b the point nearest to p lies, from 0 to 1.
inline double nearest_share(Point p, Point a, Point b) {
    const Point way = b - a;
    return std::clamp(dot(p - a, way) / std::max(dot(way, way), 1e-12), 0.0, 1.0);
}

class Canvas {
public:
    /// Width of an edge in pixels, from bare to covered: 1 is sharp, more is out of focus.
    double softness = 1;

    /// Gives every pixel the colour that `colour_at(centre, colour before)` returns.
    template <class ColourAt>
    void fill(ColourAt colour_at) {
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x) pixel(x, y) = colour_at(centre(x, y), pixel(x, y));
    }

    /// A polygon, of any shape. `opacity` from 0 to 1.
    void polygon(std::span<const Point> corners, Colour colour, double opacity = 1) {
        Box box;
        for (Point corner : corners) box.include(corner, softness);
        paint(box, colour, opacity, [&](Point p) {
            double nearest = std::numeric_limits<double>::max();  // squared
            bool inside = false;
            for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
                const Point a = corners[j], b = corners[i];
                const Point away = p - a - nearest_share(p, a, b) * (b - a);
                nearest = std::min(nearest, dot(away, away));
                // A point is inside if a ray from it to the right crosses the outline an odd number of times.
                if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) * (b.x - a.x) / (b.y - a.y)) inside = !inside;
            }
            return inside ? -std::sqrt(nearest) : std::sqrt(nearest);
        });
    }

    /// A stroke with round ends from a to b, whose radius goes from `radius_a` to `radius_b`. With a = b, a disc.
    void stroke(Point a, double radius_a, Point b, double radius_b, Colour colour, double opacity = 1) {
        Box box;
        box.include(a, radius_a + softness);
        box.include(b, radius_b + softness);
        paint(box, colour, opacity, [=](Point p) {
            const double share = nearest_share(p, a, b);
            return length(p - a - share * (b - a)) - mix(radius_a, radius_b, share);
        });
    }

    /// Writes the pixels as [3, 32, 32] bytes, after `finish(Colour)` has had each of them.
    template <class Finish>
    void write(std::uint8_t* planes, Finish finish) const {
        const auto byte = [](double v) { return static_cast<std::uint8_t>(std::clamp(v, 0.0, 1.0) * 255 + 0.5); };
        for (std::size_t i = 0; i < pixels_.size(); ++i) {
            const Colour c = finish(pixels_[i]);
            planes[i] = byte(c.red);
            planes[i + pixels_.size()] = byte(c.green);
            planes[i + 2 * pixels_.size()] = byte(c.blue);
        }
    }

private:
    static constexpr int side = image_side;

    // The pixels that a shape may touch.
    struct Box {
        double left = side, right = 0, top = side, bottom = 0;
        void include(Point p, double margin) {
            left = std::min(left, p.x - margin), right = std::max(right, p.x + margin);
            top = std::min(top, p.y - margin), bottom = std::max(bottom, p.y + margin);
        }
    };

    static Point centre(int x, int y) { return {x + 0.5, y + 0.5}; }
    Colour& pixel(int x, int y) { return pixels_[static_cast<std::size_t>(y * side + x)]; }

    template <class Distance>
    void paint(const Box& box, Colour colour, double opacity, Distance distance) {
        const auto within = [](double v) { return static_cast<int>(std::clamp<double>(v, 0, side)); };
        for (int y = within(box.top); y < within(box.bottom + 1); ++y)
            for (int x = within(box.left); x < within(box.right + 1); ++x) {
                const double covered = std::clamp(0.5 - distance(centre(x, y)) / softness, 0.0, 1.0);
                pixel(x, y) = mix(pixel(x, y), colour, covered * opacity);
            }
    }

    std::array<Colour, image_side * image_side> pixels_{};
};

}  // namespace bn
