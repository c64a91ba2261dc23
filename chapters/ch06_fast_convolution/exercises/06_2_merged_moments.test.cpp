#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

mine::Moments merged(const std::vector<Numbers>& parts) {
    std::vector<mine::Moments> each;
    for (const Numbers& part : parts) each.push_back(mine::moments(part));
    return mine::merged(each);
}

}  // namespace

TEST_CASE("one part") {
    const mine::Moments m = mine::moments(Numbers{1, 7, 9, 15});
    CHECK(m.count == 4);
    CHECK(m.mean == Approx(8));
    CHECK(m.squares == Approx(100));  // 49 + 1 + 1 + 49
    CHECK(mine::moments(Numbers{3}).squares == 0);
}

TEST_CASE("a large mean costs a part no digits") {
    const mine::Moments m = mine::moments(Numbers{1e9 + 1, 1e9 + 7, 1e9 + 9, 1e9 + 15});
    CHECK(m.mean == Approx(1e9 + 8).epsilon(1e-12));
    CHECK(m.squares == Approx(100).epsilon(1e-6));
}

TEST_CASE("two parts of one size") {
    // 1, 7 and 9, 15, as their moments: means 4 and 12, and 18 = 9 + 9 for each
    const std::vector<mine::Moments> parts = {{2, 4, 18}, {2, 12, 18}};
    const mine::Moments m = mine::merged(parts);
    CHECK(m.count == 4);
    CHECK(m.mean == Approx(8));
    CHECK(m.squares == Approx(100));
}

TEST_CASE("one part is the whole") {
    const std::vector<mine::Moments> parts = {{5, 3, 7}};
    const mine::Moments m = mine::merged(parts);
    CHECK(m.count == 5);
    CHECK(m.mean == Approx(3));
    CHECK(m.squares == Approx(7));
}

TEST_CASE("parts of different sizes") {
    for (const std::vector<Numbers>& parts : {std::vector<Numbers>{{1, 7, 9}, {15}}, {{1}, {7, 9, 15}}}) {
        const mine::Moments m = merged(parts);
        CHECK(m.count == 4);
        CHECK(m.mean == Approx(8));
        CHECK(m.squares == Approx(100));
    }
}

TEST_CASE("a large mean costs the whole no digits") {
    const std::vector<mine::Moments> parts = {{2, 1e9 + 4, 18}, {2, 1e9 + 12, 18}};
    const mine::Moments m = mine::merged(parts);
    CHECK(m.mean == Approx(1e9 + 8).epsilon(1e-12));
    CHECK(m.squares == Approx(100).epsilon(1e-6));
}

TEST_CASE("in steps or at once") {
    const mine::Moments a{2, 4, 18}, b{3, -1, 5}, c{7, 10, 2};
    const std::vector<mine::Moments> all = {a, b, c}, first = {a, b};
    const std::vector<mine::Moments> then = {mine::merged(first), c};
    const mine::Moments at_once = mine::merged(all), in_steps = mine::merged(then);
    CHECK(in_steps.count == at_once.count);
    CHECK(in_steps.mean == Approx(at_once.mean));
    CHECK(in_steps.squares == Approx(at_once.squares));
}

TEST_CASE("many parts") {
    // The same random numbers, as a whole and cut up
    const Numbers x = normal_numbers(1, 100, 50, 2);
    std::vector<Numbers> parts;
    for (std::size_t first = 0, size = 1; first < x.size(); first += size, ++size)
        parts.emplace_back(x.begin() + static_cast<std::ptrdiff_t>(first),
                           x.begin() + static_cast<std::ptrdiff_t>(std::min(first + size, x.size())));
    const mine::Moments whole = mine::moments(x), m = merged(parts);
    CHECK(m.count == 100);
    CHECK(m.mean == Approx(whole.mean));
    CHECK(m.squares == Approx(whole.squares));
}
