// Each drawing is a scene (sky, clouds, ground), a bird or an airplane in some pose, and a camera (blur, exposure,
// grain). The models come first, then the scenes, then how they are put together.
#include "common/sketches.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "common/canvas.hpp"
#include "common/random.hpp"
#include "common/sketch_model.hpp"

namespace bn {
namespace {

constexpr double pi = std::numbers::pi;
constexpr Colour black{.05, .05, .06}, white{.95, .95, .95};

bool chance(Random& random, double probability) {
    return random.uniform() < probability;
}

template <class T, std::size_t n>
const T& one_of(Random& random, const T (&items)[n]) {
    return items[random.below(n)];
}

// The colour, a little lighter or darker and towards another hue.
Colour varied(Random& random, Colour c, double sigma = 0.05) {
    const double light = random.normal(0, sigma);
    const auto vary = [&](double v) { return std::clamp(v + light + random.normal(0, sigma / 2), 0.0, 1.0); };
    return {vary(c.red), vary(c.green), vary(c.blue)};
}

// ---- Airplanes ------------------------------------------------------------------------------------------------------

// Lengths in fuselages.
struct AirplaneKind {
    double radius;           // of the fuselage
    double span, root, tip;  // half the wing span; the wing's depth at the fuselage and at its tip
    double wing_x, wing_z;   // where the wing's front edge meets the fuselage
    double sweep;            // how far the tip lies behind the root
    double tail_span, fin;   // half the tailplane's span; the fin's height
    int engines;             // under the wing, on each side
    bool propeller, biplane;
};

constexpr AirplaneKind airplane_kinds[] = {
    // radius span root  tip wing_x wing_z sweep tail  fin engines
    {.052, .48, .19, .06, .14, -.02, .27, .18, .17, 1, false, false},  // airliner
    {.052, .48, .19, .06, .14, -.02, .27, .18, .17, 1, false, false},  // again: it is the commonest
    {.062, .50, .21, .06, .17, -.02, .25, .18, .17, 2, false, false},  // airliner with four engines
    {.055, .56, .16, .11, .17, .06, .02, .19, .15, 0, true, false},    // light airplane with a high wing
    {.060, .50, .17, .10, .20, -.04, .03, .18, .14, 0, true, false},   // and with a low wing
    {.060, .46, .15, .12, .20, -.05, .02, .17, .14, 0, true, true},    // biplane
    {.045, .30, .44, .05, .10, .00, .36, .16, .16, 0, false, false},   // fighter
    {.032, .85, .10, .04, .14, .03, .04, .16, .12, 0, false, false},   // glider
    {.065, .52, .15, .08, .12, .06, .04, .20, .17, 2, false, false},   // transport with a high wing
};

constexpr Colour liveries[] = {
    {.93, .94, .95}, {.93, .94, .95}, {.85, .87, .90}, {.70, .73, .76}, {.45, .49, .50},  // white to grey
    {.80, .16, .14}, {.95, .80, .20}, {.20, .35, .62}, {.36, .42, .30},                   // red, yellow, blue, olive
};
constexpr Colour accents[] = {
    {.75, .10, .12}, {.10, .25, .60}, {.95, .65, .10}, {.10, .45, .35}, {.25, .25, .30}, {.90, .90, .92},
};

void add_wings(Model& m, const AirplaneKind& k, double z, double tip_z, Colour colour) {
    const double tip_x = k.wing_x - k.sweep;
    m.flat({{k.wing_x, 0, z}, {tip_x, k.span, tip_z}, {tip_x - k.tip, k.span, tip_z}, {k.wing_x - k.root, 0, z}},
           colour);
    m.mirror();
}

void add_tail(Model& m, const AirplaneKind& k, Colour plane, Colour fin) {
    const double r = k.radius, tip_x = -.38 - .3 * k.sweep;
    m.flat({{-.38, 0, .02}, {tip_x, k.tail_span, .03}, {tip_x - .08, k.tail_span, .03}, {-.49, 0, .02}}, plane);
    m.mirror();
    m.flat({{-.34, 0, .6 * r}, {-.45, 0, k.fin + r}, {-.53, 0, k.fin + r}, {-.51, 0, 0}}, fin);
}

void add_engines(Model& m, const AirplaneKind& k, Colour colour) {
    for (int engine = 1; engine <= k.engines; ++engine) {
        const double y = k.span * (k.engines == 1 ? 0.35 : 0.15 + 0.25 * engine);
        const double x = k.wing_x - k.sweep * y / k.span, z = k.wing_z - .03;
        m.round({x + .06, y, z}, .45 * k.radius, {x - .06, y, z + .01}, .35 * k.radius, colour);
        m.mirror();
    }
}

void add_wheels(Model& m, double z) {
    m.round({.32, 0, z}, .012, {.32, 0, z - .06}, .025, black);
    m.round({-.02, .1, z}, .012, {-.02, .1, z - .06}, .028, black);
    m.mirror();
}

Model airplane(Random& random, bool with_wheels) {
    AirplaneKind k = one_of(random, airplane_kinds);
    for (double* size : {&k.radius, &k.span, &k.root, &k.tip, &k.sweep, &k.tail_span, &k.fin})
        *size *= random.uniform(0.85, 1.2);
    const Colour paint = varied(random, one_of(random, liveries)), accent = varied(random, one_of(random, accents));
    const Colour wing = chance(random, 0.7) ? mix(paint, {.6, .62, .65}, 0.3) : accent;
    const double r = k.radius, dihedral = random.uniform(0, 0.08);

    // Fuselage from the middle forwards and backwards, nose, cockpit, and a line of windows.
    Model m;
    m.round({.40, 0, 0}, .8 * r, {-.10, 0, 0}, r, paint);
    m.round({-.10, 0, 0}, r, {-.50, 0, .35 * r}, .25 * r, paint);
    m.round({.47, 0, -.2 * r}, .3 * r, {.36, 0, 0}, .85 * r, paint);
    m.round({.43, .3 * r, .5 * r}, .25 * r, {.38, .3 * r, .6 * r}, .3 * r, {.15, .18, .22});
    if (chance(random, 0.5)) {
        m.round({.30, r, .1 * r}, .2 * r, {-.30, .8 * r, .2 * r}, .15 * r, accent);
        m.mirror();
    }

    add_wings(m, k, k.wing_z, k.wing_z + dihedral, wing);
    if (k.biplane) add_wings(m, k, k.wing_z + .17, k.wing_z + .17 + dihedral, wing);
    add_tail(m, k, wing, accent);
    add_engines(m, k, mix(paint, black, 0.25));
    if (k.propeller) m.round({.50, 0, -2.6 * r}, .1 * r, {.50, 0, 2.2 * r}, .1 * r, {.25, .25, .27});
    if (with_wheels) add_wheels(m, -r);
    return m;
}

// ---- Birds ----------------------------------------------------------------------------------------------------------

// Lengths in bodies with tail, of which there are about 0.7 without it.
struct BirdKind {
    double span, chord, taper;  // half the wing span; the wing's depth at the body; the tip's share of that
    double sweep;               // how far the wing's tip lies behind the wrist
    double neck, beak, legs;    // lengths
    double girth;               // the body's radius
    double tail, fork;          // half the tail's width; how deep its notch is
    Colour back, wing, tip, head, beak_and_legs;
};

// clang-format off
constexpr BirdKind bird_kinds[] = {
    // span chord taper sweep neck beak legs girth tail fork, and below: back, wing, wing tip, head, beak and legs
    {.80, .20, .30, .16, .10, .08, .10, .085, .10, 0,  // gull
     {.93, .93, .93}, {.72, .75, .78}, {.15, .15, .17}, {.95, .95, .95}, {.95, .70, .20}},
    {.62, .28, .60, .08, .10, .10, .14, .090, .12, 0,  // crow
     {.10, .10, .12}, {.10, .10, .13}, {.06, .06, .08}, {.09, .09, .11}, {.15, .14, .14}},
    {.85, .30, .75, .05, .08, .09, .10, .100, .17, 0,  // eagle
     {.33, .22, .14}, {.36, .25, .16}, {.18, .12, .09}, {.85, .80, .72}, {.95, .75, .15}},
    {.62, .17, .25, .32, .05, .05, .04, .080, .14, .16,  // swallow
     {.15, .20, .38}, {.14, .18, .34}, {.10, .11, .18}, {.60, .25, .15}, {.15, .15, .15}},
    {.75, .26, .60, .08, .34, .18, .40, .090, .09, 0,  // stork
     {.88, .88, .86}, {.80, .80, .80}, {.12, .12, .14}, {.88, .87, .84}, {.90, .40, .15}},
    {.65, .24, .45, .12, .26, .08, .12, .105, .10, 0,  // goose
     {.48, .40, .32}, {.42, .36, .30}, {.24, .20, .18}, {.16, .14, .13}, {.20, .18, .17}},
    {.50, .25, .55, .10, .05, .06, .13, .115, .09, 0,  // sparrow
     {.55, .40, .26}, {.46, .33, .22}, {.30, .22, .16}, {.58, .36, .22}, {.35, .28, .18}},
    {.55, .24, .45, .14, .06, .06, .08, .100, .07, 0,  // parrot
     {.20, .60, .20}, {.15, .45, .65}, {.90, .75, .15}, {.85, .20, .15}, {.25, .22, .20}},
    {.48, .24, .55, .10, .05, .06, .13, .115, .09, 0,  // cardinal
     {.78, .22, .14}, {.46, .30, .22}, {.30, .20, .16}, {.75, .24, .14}, {.75, .55, .20}},
};
// clang-format on

BirdKind some_bird(Random& random) {
    BirdKind k = one_of(random, bird_kinds);
    for (double* size : {&k.span, &k.chord, &k.sweep, &k.neck, &k.beak, &k.legs, &k.girth, &k.tail})
        *size *= random.uniform(0.85, 1.2);
    for (Colour* colour : {&k.back, &k.wing, &k.tip, &k.head, &k.beak_and_legs}) *colour = varied(random, *colour);
    return k;
}

// Tail, body, neck, head, beak and eyes. `rise` is the angle of the neck.
void add_body(Model& m, const BirdKind& k, double rise) {
    const double g = k.girth, skull = .66 * g, reach = k.neck + .07, z = .1 * g;
    const Vec3 chest{.12, 0, 0}, head{.15 + reach * std::cos(rise), 0, .3 * g + reach * std::sin(rise)};
    m.flat({{-.10, .3 * g, z}, {-.42, k.tail, z}, {-.42 + k.fork, 0, z}, {-.42, -k.tail, z}, {-.10, -.3 * g, z}},
           k.wing);
    m.round(chest, g, {-.12, 0, z}, .6 * g, k.back);
    m.round(chest, .7 * g, head, .75 * skull, mix(k.back, k.head, 0.5));
    m.ball(head, skull, k.head);
    m.round({head.x + .7 * skull, 0, head.z}, .35 * skull, {head.x + skull + k.beak, 0, head.z - .15 * g}, .012,
            k.beak_and_legs);
    m.ball({head.x + .35 * skull, .75 * skull, head.z + .25 * skull}, .014, black);
    m.mirror();
}

// A wing is an arm and a hand, each at an angle above the horizontal: V when both are up, M when the hand hangs down.
void add_spread_wings(Model& m, const BirdKind& k, double arm, double hand, double forward) {
    const double upper = .45 * k.span, lower = .55 * k.span;
    const Vec3 wrist{.14 + forward, .04 + upper * std::cos(arm), .03 + upper * std::sin(arm)};
    const Vec3 tip{wrist.x - .02 - k.sweep, wrist.y + lower * std::cos(hand), wrist.z + lower * std::sin(hand)};
    const double wrist_back = wrist.x - .9 * k.chord, tip_back = tip.x - k.taper * k.chord;
    m.flat({{.14, .02, .03}, wrist, {wrist_back, wrist.y, wrist.z}, {.14 - k.chord, .02, .03}}, k.wing);
    m.mirror();
    const double y = .9 * wrist.y, z = .9 * wrist.z;  // the two overlap a little, or the sky shows between them
    m.flat({{wrist.x, y, z}, tip, {tip_back, .92 * tip.y, tip.z}, {wrist_back, y, z}}, mix(k.wing, k.tip, 0.7));
    m.mirror();
}

Model flying_bird(Random& random) {
    const BirdKind k = some_bird(random);
    Model m;
    add_body(m, k, random.uniform(-0.2, 0.25));
    if (k.legs > 0.25) {
        m.round({-.2, .03, -.04}, .012, {-.2 - k.legs, .03, -.05}, .012, k.beak_and_legs);
        m.mirror();
    }
    const bool gliding = chance(random, 0.4);
    const double arm = gliding ? random.uniform(0, 0.35) : random.uniform(-0.7, 1.1);
    const double hand = arm + (gliding ? random.uniform(-0.5, 0) : random.uniform(-0.9, 0.3));
    add_spread_wings(m, k, arm, hand, random.uniform(-0.02, 0.12));
    return m;
}

// Sitting or standing, wings folded. The body will be raised by `rise`: neck and legs allow for that.
Model sitting_bird(Random& random, double rise, bool with_legs) {
    BirdKind k = some_bird(random);
    k.girth *= 1.2;  // feathers ruffled
    const double g = k.girth;
    Model m;
    add_body(m, k, random.uniform(0.4, 1.2) - rise);
    m.flat({{.14, g, .5 * g}, {.14, g, -.2 * g}, {-.06, .9 * g, -.5 * g}, {-.34, .3 * g, 0}, {-.08, .8 * g, .6 * g}},
           k.wing);
    m.mirror();
    m.flat({{-.12, .9 * g, .1 * g}, {-.10, .9 * g, -.4 * g}, {-.38, .3 * g, 0}}, k.tip);
    m.mirror();
    const Vec3 foot{-std::sin(rise) * (k.legs + g), 0, -std::cos(rise) * (k.legs + g)};
    for (double side : {-1, 1})
        if (with_legs)
            m.round({.02 * side, .4 * g * side, -.5 * g}, .008, {.03 * side + foot.x, .4 * g * side, foot.z}, .008,
                    k.beak_and_legs);
    return m;
}

// ---- Scenes ---------------------------------------------------------------------------------------------------------

struct Sky {
    Colour top, bottom;
};

constexpr Sky skies[] = {
    {{.22, .45, .80}, {.60, .78, .93}},  // clear
    {{.10, .28, .62}, {.32, .55, .82}},  // deep blue
    {{.55, .68, .80}, {.82, .87, .90}},  // hazy
    {{.62, .65, .68}, {.80, .81, .82}},  // overcast
    {{.85, .87, .88}, {.92, .92, .92}},  // white
    {{.30, .30, .48}, {.95, .62, .38}},  // dusk
    {{.36, .40, .46}, {.56, .58, .60}},  // before a storm
};

constexpr Colour lands[] = {
    {.28, .42, .18}, {.42, .48, .24}, {.20, .32, .18}, {.55, .50, .30}, {.62, .55, .42}, {.45, .45, .46},
};  // grass, meadow, wood, stubble, sand, concrete
constexpr Colour waters[] = {{.18, .35, .45}, {.30, .45, .50}, {.12, .25, .36}};

// Smooth noise from 0 to 1: a lattice of random values, interpolated; two octaves.
class Noise {
public:
    explicit Noise(Random& random, double cell) : cell_(cell) {
        for (double& value : lattice_) value = random.uniform();
    }
    double operator()(Point p) const { return 0.67 * octave(p, 1) + 0.33 * octave(p, 2); }

private:
    static constexpr std::size_t n = 16;
    double octave(Point p, double frequency) const {
        const double x = p.x / cell_ * frequency, y = p.y / cell_ * frequency;
        const auto column = static_cast<std::size_t>(x), row = static_cast<std::size_t>(y);
        const auto at = [&](std::size_t right, std::size_t down) {
            return lattice_[(row + down) % n * n + (column + right) % n];
        };
        const auto ease = [](double t) { return t * t * (3 - 2 * t); };
        const double tx = ease(x - static_cast<double>(column)), ty = ease(y - static_cast<double>(row));
        return mix(mix(at(0, 0), at(1, 0), tx), mix(at(0, 1), at(1, 1), tx), ty);
    }
    double cell_;
    std::array<double, n * n> lattice_;
};

void draw_sky(Canvas& canvas, Random& random) {
    const Sky& sky = one_of(random, skies);
    const Colour top = varied(random, sky.top), bottom = varied(random, sky.bottom);
    const double tilt = random.normal(0, 0.2);
    const double cover = chance(random, 0.5) ? random.uniform(0.3, 1.0) : 0;  // clouds
    const double threshold = random.uniform(0.35, 0.65);
    const Noise noise(random, random.uniform(6, 16));
    const Colour cloud = mix(white, bottom, random.uniform(0.1, 0.5));
    canvas.fill([&](Point p, Colour) {
        const Colour clear = mix(top, bottom, std::clamp((p.y + tilt * (p.x - 16)) / 32, 0.0, 1.0));
        if (cover == 0) return clear;
        return mix(clear, cloud, cover * std::clamp((noise(Point{p.x, 1.6 * p.y}) - threshold) * 4, 0.0, 1.0));
    });
}

// Land or water below the horizon; a horizon above the canvas fills all of it.
void draw_ground(Canvas& canvas, Random& random, double horizon, bool water) {
    const Colour ground = varied(random, water ? one_of(random, waters) : one_of(random, lands), 0.06);
    const Noise noise(random, random.uniform(3, 12));
    const double roughness = random.uniform(0.1, 0.6), flatness = random.uniform(1, 4);
    canvas.fill([&](Point p, Colour sky) {
        const double shade = 1 + roughness * (noise(Point{p.x, flatness * p.y}) - 0.5);
        return mix(sky, shade * ground, std::clamp((p.y - horizon) / canvas.softness + 0.5, 0.0, 1.0));
    });
}

// Leaves, out of focus: two colours in patches.
void draw_foliage(Canvas& canvas, Random& random) {
    const Colour dark = varied(random, {.16, .25, .12}, 0.06), light = varied(random, one_of(random, lands), 0.08);
    const Noise noise(random, random.uniform(3, 9));
    canvas.fill([&](Point p, Colour) { return mix(dark, light, noise(p)); });
}

// Cloud or mist in front of everything, thicker to one side.
void draw_veil(Canvas& canvas, Random& random) {
    const Noise noise(random, random.uniform(8, 14));
    const double thick = random.uniform(0.4, 0.9), direction = random.uniform(0, 2 * pi);
    const Colour veil = varied(random, {.85, .87, .89}, 0.04);
    canvas.fill([&](Point p, Colour behind) {
        const double side = dot(p - Point{16, 16}, {std::cos(direction), std::sin(direction)}) / 16;
        return mix(behind, veil, thick * std::clamp(1.5 * (noise(p) - 0.5) + 0.5 * side, 0.0, 1.0));
    });
}

// ---- Drawings -------------------------------------------------------------------------------------------------------

// Heading left or right, more or less.
double some_heading(Random& random, double spread) {
    const double side = chance(random, 0.5) ? pi : 0;
    return side + random.normal(0, spread);
}

// Through the air, seen from the side, from below or, seldom, from above.
Pose in_flight(Random& random) {
    return {.heading = some_heading(random, 0.9),
            .climb = random.normal(0.05, 0.2),
            .bank = random.normal(0, 0.35),
            .elevation = random.uniform(-1.3, 0.4),
            .daylight = chance(random, 0.1) ? random.uniform(0, 0.5) : 1};
}

// On its feet or wheels, seen more or less from the side.
Pose on_the_ground(Random& random) {
    return {.heading = some_heading(random, 0.5),
            .elevation = random.uniform(-0.05, 0.35),
            .daylight = chance(random, 0.15) ? random.uniform(0, 0.5) : 1};
}

// Puts the model near the middle of the canvas; some are far away. Returns the y of its lowest point.
double frame(Pose& pose, const Model& model, Random& random) {
    const Point middle{random.normal(16, 2), random.normal(16, 2)};
    const double size = chance(random, 0.07) ? random.uniform(9, 15) : random.uniform(19, 33);
    return fit(pose, model, middle, size);
}

void draw_surroundings_of_flight(Canvas& canvas, Random& random) {
    draw_sky(canvas, random);
    const double view = random.uniform();
    const bool water = chance(random, 0.4);
    if (view < 0.2) draw_ground(canvas, random, random.uniform(18, 31), water);
    if (view > 0.93) draw_ground(canvas, random, -10, water);  // looking down
}

// Two condensation trails, wider where they are older.
void draw_trails(Canvas& canvas, const Pose& pose) {
    const auto at = [&](double x, double y) { return projected(pose, turned(pose, {x, y, 0})); };
    for (double y : {-0.12, 0.12}) canvas.stroke(at(-0.3, y), 0.4, at(-3, y), 2, white, 0.6);
}

void draw_airplane(Canvas& canvas, Random& random) {
    const bool parked = chance(random, 0.35);
    const Model model = airplane(random, parked);
    Pose pose = parked ? on_the_ground(random) : in_flight(random);
    const double wheels = frame(pose, model, random);
    if (parked) {
        draw_sky(canvas, random);
        draw_ground(canvas, random, wheels - random.uniform(1, 8), false);
    } else {
        draw_surroundings_of_flight(canvas, random);
        if (chance(random, 0.12)) draw_trails(canvas, pose);
    }
    draw(canvas, model, pose);
}

void draw_flying_bird(Canvas& canvas, Random& random) {
    const Model model = flying_bird(random);
    Pose pose = in_flight(random);
    frame(pose, model, random);
    draw_surroundings_of_flight(canvas, random);
    draw(canvas, model, pose);
}

void draw_sitting_bird(Canvas& canvas, Random& random) {
    enum Place { branch, ground, water };
    const Place place = one_of(random, {branch, branch, branch, ground, ground, ground, water});
    Pose pose = on_the_ground(random);
    pose.climb = place == water ? 0 : random.uniform(0.1, 0.9);
    const Model model = sitting_bird(random, pose.climb, place != water);
    const double feet = frame(pose, model, random);
    if (place == water) {
        draw_ground(canvas, random, -10, true);
    } else if (place == ground) {
        draw_sky(canvas, random);
        draw_ground(canvas, random, feet - random.uniform(1, 24), false);
    } else {
        if (chance(random, 0.6))
            draw_foliage(canvas, random);
        else
            draw_sky(canvas, random);
        const double thickness = random.uniform(0.3, 2), slope = random.normal(0, 3), y = feet + 0.8 * thickness;
        canvas.stroke({-2, y - slope}, thickness, {34, y + slope}, 0.8 * thickness, varied(random, {.30, .23, .17}));
    }
    draw(canvas, model, pose);
}

// One drawing as [3, 32, 32] bytes.
void draw_sketch(std::uint8_t label, Random& random, std::uint8_t* planes) {
    Canvas canvas;
    canvas.softness = random.uniform(1, 2);
    if (label == label_airplane)
        draw_airplane(canvas, random);
    else if (chance(random, 0.4))
        draw_flying_bird(canvas, random);
    else
        draw_sitting_bird(canvas, random);
    if (chance(random, 0.08)) draw_veil(canvas, random);

    // The camera: less contrast, another exposure, grain.
    const double contrast = random.uniform(0.7, 1.1), exposure = random.normal(0, 0.07);
    const double grain = random.uniform(0.01, 0.04);
    const auto exposed = [&](double v) {
        return 0.5 + contrast * (v - 0.5) + exposure + grain * (random.uniform() + random.uniform() - 1);
    };
    canvas.write(planes, [&](Colour c) { return Colour{exposed(c.red), exposed(c.green), exposed(c.blue)}; });
}

// Half of each label, in random order.
ImageSet draw_set(std::uint64_t first, Index count) {
    const auto n = static_cast<std::size_t>(count);
    ImageSet set{std::vector<std::uint8_t>(n * image_bytes), std::vector<std::uint8_t>(n, label_airplane)};
    std::fill_n(set.labels.begin(), count / 2, label_bird);
    Random(~first).shuffle<std::uint8_t>(set.labels);

    // Each drawing has random numbers of its own, so that it is the same whichever thread draws it.
#pragma omp parallel for schedule(static)
    for (Index i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        Random random(first + at);
        draw_sketch(set.labels[at], random, &set.pixels[at * image_bytes]);
    }
    return set;
}

}  // namespace

Dataset make_sketches(std::uint64_t seed, Index train, Index validation) {
    // Drawing i of a set takes the seed first + i, so the first ones lie far apart.
    const std::uint64_t first = seed * 0x9E3779B97F4A7C15u;
    return {"sketches", "sketches", draw_set(first, train), draw_set(first + (std::uint64_t{1} << 32), validation)};
}

}  // namespace bn
