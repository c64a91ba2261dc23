#include <string>

#include "common/catch.hpp"

#include <omp.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "common/canvas.hpp"
#include "common/sketches.hpp"

using namespace bn;

namespace {

Index birds(const ImageSet& images) {
    return std::count(images.labels.begin(), images.labels.end(), label_bird);
}

std::string image(const ImageSet& images, Index i) {
    const auto first = images.pixels.begin() + i * image_bytes;
    return {first, first + image_bytes};
}

}  // namespace

TEST_CASE("sketches: as many as asked for and half of them birds") {
    const Dataset sketches = make_sketches(1, 101, 40);
    CHECK(sketches.slug == "sketches");
    CHECK(sketches.train.size() == 101);
    CHECK(sketches.train.pixels.size() == 101 * 3072);
    CHECK(sketches.validation.pixels.size() == 40 * 3072);
    CHECK(birds(sketches.train) == 50);
    CHECK(birds(sketches.validation) == 20);
    const auto first = sketches.train.labels.begin();
    CHECK(std::count(first, first + 50, label_bird) > 10);  // in random order
    CHECK(std::count(first, first + 50, label_bird) < 40);
    CHECK(make_sketches(1, 0, 0).train.size() == 0);
}

TEST_CASE("sketches: a canvas has a plane of red, one of green, one of blue") {
    Canvas canvas;
    canvas.fill([](Point at, Colour) { return at.x < 16 ? Colour{0.2, 0.4, 0.6} : Colour{1, 0, 0}; });
    std::vector<std::uint8_t> planes(image_bytes);
    canvas.write(planes.data(), [](Colour colour) { return colour; });
    for (const auto& [plane, left, right] : {std::tuple(0, 51, 255), std::tuple(1, 102, 0), std::tuple(2, 153, 0)}) {
        CHECK(planes[static_cast<std::size_t>(1024 * plane + 32)] == left);
        CHECK(planes[static_cast<std::size_t>(1024 * plane + 31)] == right);
    }
}

TEST_CASE("sketches: the seed decides every byte whatever the number of threads") {
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const Dataset one = make_sketches(3, 60, 20);
    omp_set_num_threads(3);
    const Dataset three = make_sketches(3, 60, 20);
    omp_set_num_threads(threads);
    CHECK((one.train.pixels == three.train.pixels));
    CHECK(one.train.labels == three.train.labels);
    CHECK((one.validation.pixels == three.validation.pixels));
    CHECK((one.train.pixels != make_sketches(4, 60, 20).train.pixels));
}

TEST_CASE("sketches: no drawing comes twice in one set or in both or under the next seed") {
    std::set<std::string> different;
    for (std::uint64_t seed : {0u, 1u, 2u}) {
        const Dataset sketches = make_sketches(seed, 200, 100);
        for (Index i = 0; i < 200; ++i) different.insert(image(sketches.train, i));
        for (Index i = 0; i < 100; ++i) different.insert(image(sketches.validation, i));
    }
    CHECK(different.size() == 900);
}

TEST_CASE("sketches: their pixels have the range and spread of photographs") {
    const ImageSet train = make_sketches(1, 1000, 0).train;
    for (Index channel = 0; channel < 3; ++channel) {
        double sum = 0, square = 0;
        for (Index i = 0; i < 1000; ++i)
            for (Index p = 0; p < 1024; ++p) {
                const auto at = static_cast<std::size_t>(i * image_bytes + channel * 1024 + p);
                const double value = train.pixels[at] / 255.0;
                sum += value;
                square += value * value;
            }
        const double mean = sum / 1'024'000, sigma = std::sqrt(square / 1'024'000 - mean * mean);
        CAPTURE(channel);
        CHECK(mean > 0.35);
        CHECK(mean < 0.70);
        CHECK(sigma > 0.12);
        CHECK(sigma < 0.35);
    }
    CHECK(*std::min_element(train.pixels.begin(), train.pixels.end()) == 0);
    CHECK(*std::max_element(train.pixels.begin(), train.pixels.end()) == 255);
}

TEST_CASE("sketches: no drawing is empty") {
    // Grain alone would make a range of 30 at most.
    const ImageSet train = make_sketches(1, 500, 0).train;
    for (Index i = 0; i < train.size(); ++i) {
        const auto first = train.pixels.begin() + i * image_bytes;
        const auto [low, high] = std::minmax_element(first, first + image_bytes);
        CAPTURE(i);
        CHECK(*high - *low > 40);
    }
}
