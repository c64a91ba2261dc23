#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

mine::Part part_of(const Numbers& x) {
    double mean = 0, variance = 0;
    for (double value : x) mean += (value - x[0]) / static_cast<double>(x.size());
    mean += x[0];
    for (double value : x) variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
    return {static_cast<double>(x.size()), mean, variance};
}

Numbers together(const std::vector<Numbers>& ranks) {
    Numbers all;
    for (const Numbers& x : ranks) all.insert(all.end(), x.begin(), x.end());
    return all;
}

mine::Part merged(const std::vector<Numbers>& ranks) {
    std::vector<mine::Part> parts;
    for (const Numbers& x : ranks) parts.push_back(part_of(x));
    return mine::merged(parts);
}

}  // namespace

TEST_CASE("symptom 1: a rank counts as much as it has values") {
    const mine::Part whole = merged({{0, 0}, {8, 8, 8, 8, 8, 8}});
    CHECK(whole.count == 8);
    CHECK(whole.mean == Approx(6));
}

TEST_CASE("symptom 2: what lies between the ranks is part of the variance") {
    CHECK(merged({{1, 1}, {5, 5}}).variance == Approx(4));
    CHECK(merged({{0, 0}, {8, 8, 8, 8, 8, 8}}).variance == Approx(12));
    const std::vector<Numbers> three = {{1, 7}, {9, 15, 18}, {-4}};
    CHECK(merged(three).mean == Approx(part_of(together(three)).mean));
    CHECK(merged(three).variance == Approx(part_of(together(three)).variance));
}

TEST_CASE("values near 1e9 keep their digits") {
    const mine::Part whole = merged({{1e9 + 1, 1e9 + 7}, {1e9 + 9, 1e9 + 15}});
    CHECK(whole.mean - 1e9 == Approx(8));
    CHECK(whole.variance == Approx(25));
}

TEST_CASE("symptom 3: d_x is what one process with all values gets") {
    const std::vector<Numbers> x = {{1, 7, 3}, {9}, {15, -2}}, d_y = {{-3, 2, 0.5}, {1}, {4, -1}};
    const double eps = 0.5;
    const Numbers all_x = together(x), all_d = together(d_y);
    const mine::Part whole = part_of(all_x);
    const double std = std::sqrt(whole.variance + eps);
    std::vector<mine::Sums> sums;
    Numbers counts;
    double mean_d = 0, mean_dx = 0;
    for (std::size_t r = 0; r < x.size(); ++r) {
        sums.push_back({0, 0});
        counts.push_back(static_cast<double>(x[r].size()));
        for (std::size_t i = 0; i < x[r].size(); ++i) {
            sums[r].d_y += d_y[r][i];
            sums[r].d_y_centred += d_y[r][i] * (x[r][i] - whole.mean);
        }
        mean_d += sums[r].d_y / whole.count;
        mean_dx += sums[r].d_y_centred / std / whole.count;
    }
    for (std::size_t r = 0; r < x.size(); ++r) {
        const Numbers d_x = mine::d_x(r, x[r], d_y[r], whole, sums, counts, eps);
        require_elements("d_x", d_x.size(), x[r].size());
        for (std::size_t i = 0; i < d_x.size(); ++i) {
            CAPTURE(r, i);
            CHECK(d_x[i] == Approx((d_y[r][i] - mean_d - (x[r][i] - whole.mean) / std * mean_dx) / std));
        }
    }
}
