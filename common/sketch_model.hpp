// What the sketches show: a bird or an airplane put together from a few parts in space, turned, and projected onto the
// canvas.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "common/canvas.hpp"

namespace bn {

/// A point of a model: x towards its head or nose, y towards one wing tip, z up. The unit is about a body's length.
struct Vec3 {
    double x = 0, y = 0, z = 0;
    friend Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
    friend double dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
    friend Vec3 cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
};

/// A flat part has corners; a round one has two ends with a radius at each.
struct Part {
    std::vector<Vec3> points;
    Colour colour;
    bool round = false;
    double radius_a = 0, radius_b = 0;
};

struct Model {
    std::vector<Part> parts;

    void flat(std::vector<Vec3> corners, Colour colour) { parts.push_back({std::move(corners), colour}); }
    void round(Vec3 a, double radius_a, Vec3 b, double radius_b, Colour colour) {
        parts.push_back({{a, b}, colour, true, radius_a, radius_b});
    }
    void ball(Vec3 centre, double radius, Colour colour) { round(centre, radius, centre, radius, colour); }

    /// Adds the mirror image of the last part on the model's other side.
    void mirror() {
        parts.push_back(parts.back());
        for (Vec3& point : parts.back().points) point.y = -point.y;
    }
};

/// How a model is turned (radians) and where it is. With all angles 0 it is seen from the side, heading right.
struct Pose {
    double heading = 0;    // around the vertical
    double climb = 0;      // nose up
    double bank = 0;       // one wing up
    double elevation = 0;  // of the eye: above the model (positive) or below
    double daylight = 1;   // 0: a silhouette against the light
    Point centre = {};     // where the model's (0, 0, 0) is on the canvas
    double scale = 1;      // pixels per unit
};

/// The point as the eye sees it: x to the right, z up, y towards the eye.
inline Vec3 turned(const Pose& pose, Vec3 v) {
    const auto turn = [](double& a, double& b, double angle) {
        const double c = std::cos(angle), s = std::sin(angle), old = a;
        a = c * old - s * b;
        b = s * old + c * b;
    };
    turn(v.y, v.z, pose.bank);
    turn(v.x, v.z, pose.climb);
    turn(v.x, v.y, pose.heading);
    turn(v.y, v.z, -pose.elevation);
    return v;
}

/// Where a turned point is on the canvas.
inline Point projected(const Pose& pose, Vec3 seen) {
    return pose.centre + pose.scale * Point{seen.x, -seen.z};
}

/// Sets the pose's centre and scale so that the model is `size` pixels wide or high, whichever is more, with its middle
/// at `middle`. Returns the y of its lowest point.
inline double fit(Pose& pose, const Model& model, Point middle, double size) {
    pose.centre = {}, pose.scale = 1;
    Point low{1e9, 1e9}, high{-1e9, -1e9};
    for (const Part& part : model.parts)
        for (Vec3 point : part.points) {
            const Point p = projected(pose, turned(pose, point));
            low = {std::min(low.x, p.x), std::min(low.y, p.y)};
            high = {std::max(high.x, p.x), std::max(high.y, p.y)};
        }
    pose.scale = size / std::max(high.x - low.x, high.y - low.y);
    pose.centre = middle - 0.5 * pose.scale * (low + high);
    return pose.centre.y + pose.scale * high.y;
}

/// Draws the parts from the farthest to the nearest, lit from above.
inline void draw(Canvas& canvas, const Model& model, const Pose& pose) {
    std::vector<Part> parts = model.parts;
    for (Part& part : parts)
        for (Vec3& point : part.points) point = turned(pose, point);
    const auto depth = [](const Part& part) {
        double sum = 0;
        for (Vec3 point : part.points) sum += point.y;
        return sum / static_cast<double>(part.points.size());
    };
    std::stable_sort(parts.begin(), parts.end(), [&](const Part& a, const Part& b) { return depth(a) < depth(b); });

    const Vec3 light = turned({.elevation = pose.elevation}, {0.3, 0.2, 0.93});
    for (const Part& part : parts) {
        const auto lit = [&](double share) { return mix(0.25, 0.62 + 0.38 * share, pose.daylight) * part.colour; };
        if (part.round) {  // dark, with a light back
            const Point a = projected(pose, part.points[0]), b = projected(pose, part.points[1]);
            const double ra = pose.scale * part.radius_a, rb = pose.scale * part.radius_b;
            const Point back{0.1, -0.35};
            canvas.stroke(a, ra, b, rb, lit(0.15));
            canvas.stroke(a + ra * back, 0.6 * ra, b + rb * back, 0.6 * rb, lit(1), 0.9);
        } else {  // as bright as the side that is seen faces the light
            const Vec3 normal = cross(part.points[1] - part.points[0], part.points[2] - part.points[0]);
            const double facing = dot(normal, light) / std::sqrt(dot(normal, normal) + 1e-12);
            std::vector<Point> corners;
            for (Vec3 point : part.points) corners.push_back(projected(pose, point));
            canvas.polygon(corners, lit(std::clamp(normal.y < 0 ? -facing : facing, 0.0, 1.0)));
        }
    }
}

}  // namespace bn
