#include "common/exercise_test.hpp"

#include EXERCISE

using namespace bn;

namespace {

double mean_of(const Numbers& x) {
    double sum = 0;
    for (double value : x) sum += value;
    return sum / static_cast<double>(x.size());
}
double variance_of(const Numbers& x, double divisor) {
    double squares = 0;
    for (double value : x) squares += (value - mean_of(x)) * (value - mean_of(x));
    return squares / divisor;
}

// What may be broken about a recalibration.
struct Kind {
    double momentum = 0;  // if not 0: instead of the plain average
    bool reset = true;    // begins with the averages of before, otherwise
    bool unbiased = true;
    bool root = false;     // averages standard deviations
    bool all = true;       // else the last batch only
    bool touches = false;  // the weight
    bool leaves_mode = true;
};

mine::Recalibrate recalibration(Kind kind) {
    return [kind](mine::Layer& layer, const mine::Batches& batches) {
        double k = kind.reset ? 0 : 1;
        for (const Numbers& x : batches) {
            ++k;
            const double n = static_cast<double>(x.size());
            double share = kind.momentum > 0 ? kind.momentum : 1 / k;
            if (!kind.all) share = 1;
            double variance = variance_of(x, kind.unbiased ? n - 1 : n);
            if (kind.root) variance = std::sqrt(variance);
            layer.running_mean += share * (mean_of(x) - layer.running_mean);
            layer.running_var += share * (variance - layer.running_var);
        }
        if (kind.root) layer.running_var *= layer.running_var;
        if (kind.touches) layer.weight = 1;
        if (!kind.leaves_mode) layer.training = true;
    };
}

void rejects(const std::string& name, Kind kind) {
    require_rejected(name, mine::accepts(recalibration(kind)));
}

}  // namespace

TEST_CASE("it accepts a right recalibration") {
    require_accepted("Eq. (13.16)", mine::accepts(recalibration({})));
}

TEST_CASE("it rejects an average that remembers") {
    rejects("momentum 0.1 instead of the plain average", {.momentum = 0.1});
    rejects("what was there before counts as a batch", {.reset = false});
}

TEST_CASE("it rejects a wrong variance") {
    rejects("the biased variance", {.unbiased = false});
    rejects("the square of an average of standard deviations", {.root = true});
}

TEST_CASE("it rejects a part of the data") {
    rejects("the last batch only", {.all = false});
}

TEST_CASE("it rejects what else is changed") {
    rejects("the weight is set to 1", {.touches = true});
    rejects("the layer is left in train mode", {.leaves_mode = false});
}
