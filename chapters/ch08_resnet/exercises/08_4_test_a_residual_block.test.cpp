#include "common/exercise_test.hpp"

#include "ch08_resnet/exercises/small_layers.hpp"
#include EXERCISE

using namespace bn;
using exercise::add;

namespace {

// Masks of a ReLU's calls, for broken ones to mix up.
Tensor<double> masked(const Tensor<double>& d, const Tensor<double>& y) {
    Tensor<double> result = d.clone();
    for (Index i = 0; i < d.numel(); ++i) result[i] *= y[i] > 0;
    return result;
}

// The outputs r, h and y of the ReLU's three calls, and the slopes that a right or a broken backward pass makes of
// them.
struct Tried : mine::Block, exercise::Parts {
    Tried() : Parts(3, 4) {}
    Tensor<double> forward(const Tensor<double>& x) override {
        r = relu(bn1(conv1(x)));
        h = relu(bn2(conv2(r)));
        f = bn3(conv3(h));
        y = relu(add(f, r));
        return y;
    }
    Tensor<double> through_f(const Tensor<double>& d_sum, const Tensor<double>& mask) {
        return conv2.backprop(bn2.backprop(masked(conv3.backprop(bn3.backprop(d_sum)), mask)));
    }
    Tensor<double> through_first(const Tensor<double>& d_r, const Tensor<double>& mask) {
        return conv1.backprop(bn1.backprop(masked(d_r, mask)));
    }
    Tensor<double> r, h, f, y;
};

struct Right : Tried {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        const Tensor<double> d_sum = masked(d_y, y);
        return through_first(add(through_f(d_sum, h), d_sum), r);
    }
};

struct WithoutShortcut : Tried {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        return through_first(through_f(masked(d_y, y), h), r);
    }
};

struct ShortcutUnmasked : Tried {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        return through_first(add(through_f(masked(d_y, y), h), d_y), r);
    }
};

struct LatestMaskForAll : Tried {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        const Tensor<double> d_sum = masked(d_y, y);
        return through_first(add(through_f(d_sum, y), d_sum), y);
    }
};

struct MasksInForwardOrder : Tried {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        const Tensor<double> d_sum = masked(d_y, r);
        return through_first(add(through_f(d_sum, h), d_sum), y);
    }
};

struct SumInPlace : Tried {  // f is added onto r itself, so that r's mask is y's
    Tensor<double> backward(const Tensor<double>& d_y) override {
        const Tensor<double> d_sum = masked(d_y, y);
        return through_first(add(through_f(d_sum, h), d_sum), add(f, r));
    }
};

struct TooLarge : Right {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        Tensor<double> d_x = Right::backward(d_y);
        for (double& d : d_x.values()) d *= 1.01;
        return d_x;
    }
};

struct LastImageForgotten : Right {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        Tensor<double> d_x = Right::backward(d_y);
        for (Index c = 0; c < 3; ++c) d_x(d_x.size(0) - 1, c) = 0;
        return d_x;
    }
};

struct NotANumber : Right {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        Tensor<double> d_x = Right::backward(d_y);
        d_x.fill_(std::nan(""));
        return d_x;
    }
};

struct AddsUp : Right {
    Tensor<double> backward(const Tensor<double>& d_y) override {
        Tensor<double> d_x = Right::backward(d_y);
        left_over.resize(std::max(left_over.size(), d_x.values().size()));
        for (std::size_t i = 0; i < d_x.values().size(); ++i) d_x.values()[i] = left_over[i] += d_x.values()[i];
        return d_x;
    }
    Numbers left_over;
};

template <class Block>
void rejects(const std::string& name) {
    Block block;
    require_rejected(name, mine::accepts(block));
}

}  // namespace

TEST_CASE("it accepts a right block") {
    Right block;
    require_accepted("Eq. (8.2)", mine::accepts(block));
}

TEST_CASE("it rejects a forgotten shortcut") {
    rejects<WithoutShortcut>("nothing comes back through the shortcut");
    rejects<ShortcutUnmasked>("the shortcut's gradient goes round the last ReLU");
}

TEST_CASE("it rejects a ReLU that mixes up its calls") {
    rejects<LatestMaskForAll>("the ReLU remembers its latest call only");
    rejects<MasksInForwardOrder>("the ReLU's calls are gone back through first to last");
    rejects<SumInPlace>("the sum was written over r, which the ReLU still needs");
}

TEST_CASE("it rejects an error of one in a hundred") {
    rejects<TooLarge>("d_x is 1 % too large");
}

TEST_CASE("it rejects a loop that ends too early") {
    rejects<LastImageForgotten>("the last image gets no gradient");
}

TEST_CASE("it rejects NaN") {
    rejects<NotANumber>("d_x is NaN");
}

TEST_CASE("it rejects what is right only once") {
    rejects<AddsUp>("d_x adds up from call to call");
}
