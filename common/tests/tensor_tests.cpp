#include <string>

#include "common/catch.hpp"

#include "common/random.hpp"
#include "common/tensor.hpp"

using bn::Shape;
using bn::Tensor;

TEST_CASE("a tensor's copy shares its numbers, its clone does not") {
    Tensor<float> a({2, 3}, 1.0f);
    Tensor<float> shared = a, cloned = a.clone();
    a(1, 2) = 5.0f;
    CHECK(shared(1, 2) == 5.0f);
    CHECK(cloned(1, 2) == 1.0f);
    CHECK(a.shares_storage_with(shared));
    CHECK_FALSE(a.shares_storage_with(cloned));
}

TEST_CASE("a tensor's layout is row-major and its storage starts at a cache line") {
    Tensor<double> t({2, 3, 4, 5});
    for (bn::Index i = 0; i < t.numel(); ++i) t[i] = static_cast<double>(i);
    CHECK(t(1, 2, 3, 4) == 119);
    CHECK(t(0, 1, 0, 2) == 22);
    CHECK(reinterpret_cast<std::uintptr_t>(t.data()) % 64 == 0);
    CHECK(t.reshape({6, 20})(5, 19) == 119);
}

TEST_CASE("wrong shapes name themselves") {
    CHECK_THROWS_WITH(Tensor<float>(Shape{2, -1}), bn::contains("[2, -1]"));
    CHECK_THROWS_WITH(Tensor<float>({2, 2}).reshape({3}), bn::contains("[3]") && bn::contains("[2, 2]"));
    CHECK_THROWS_WITH(Tensor<float>({2}).copy_(Tensor<float>({3})), bn::contains("[3]") && bn::contains("[2]"));
    CHECK_THROWS_AS(Tensor<float>({2}, std::vector<float>{1}), bn::ShapeError);
}

TEST_CASE("random numbers are the ones they always were") {
    bn::Random random(0);
    CHECK(random.uniform() == Approx(0.15979336337046085).epsilon(1e-12));
    CHECK(bn::Random(0).normal() == Approx(0.5893788037363092).epsilon(1e-12));
    bn::Random digits(0);
    for (const std::uint64_t digit : {4u, 7u, 3u, 8u, 6u}) CHECK(digits.below(10) == digit);
    std::vector<int> six = {0, 1, 2, 3, 4, 5};
    bn::Random(3).shuffle<int>(six);
    CHECK(six == std::vector<int>{0, 4, 1, 3, 2, 5});
    bn::Random again(0);
    CHECK(again.below(10) < 10);
    double mean = 0, square = 0;
    for (int i = 0; i < 100'000; ++i) {
        const double value = again.normal();
        mean += value / 1e5;
        square += value * value / 1e5;
    }
    CHECK(std::abs(mean) < 0.02);
    CHECK(square == Approx(1).epsilon(0.02));
}

TEST_CASE("a shuffle keeps every item") {
    std::vector<int> items(100);
    for (int i = 0; i < 100; ++i) items[static_cast<std::size_t>(i)] = i;
    std::vector<int> shuffled = items;
    bn::Random(3).shuffle<int>(shuffled);
    CHECK(shuffled != items);
    std::sort(shuffled.begin(), shuffled.end());
    CHECK(shuffled == items);
}
