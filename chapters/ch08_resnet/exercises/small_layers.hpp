// Layers small enough to compile in a blink, for this chapter's exercises. They behave as chapter 4's modules do: the
// call operator computes and remembers, backprop goes back through the calls, the latest first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "common/random.hpp"
#include "common/tensor.hpp"

namespace exercise {

/// A layer of rows: [N, in] → [N, out].
class Layer {
public:
    virtual ~Layer() = default;

    /// y from x. Remembers what backprop needs, on a stack.
    bn::Tensor<double> operator()(const bn::Tensor<double>& x) {
        ++calls;
        return forward(x);
    }
    /// ∂loss/∂x from ∂loss/∂y of the latest call that backprop has not been through.
    bn::Tensor<double> backprop(const bn::Tensor<double>& d_y) {
        if (saved_.empty()) throw std::logic_error("backprop more often than the layer was called");
        if (saved_.back().size(0) != d_y.size(0) || (keeps_shape() && saved_.back().size(1) != d_y.size(1)))
            throw bn::ShapeError("backprop: this gradient does not belong to this layer's latest call");
        const bn::Tensor<double> saved = saved_.back();
        saved_.pop_back();
        return backward(d_y, saved);
    }
    /// How many calls backprop has not been through yet.
    std::size_t open_calls() const { return saved_.size(); }

    int calls = 0;

protected:
    virtual bn::Tensor<double> forward(const bn::Tensor<double>& x) = 0;
    virtual bn::Tensor<double> backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& saved) = 0;
    virtual bool keeps_shape() const { return true; }
    void save(const bn::Tensor<double>& t) { saved_.push_back(t.clone()); }

private:
    std::vector<bn::Tensor<double>> saved_;
};

/// max(x, 0). Keeps its output.
class Relu : public Layer {
protected:
    bn::Tensor<double> forward(const bn::Tensor<double>& x) override {
        bn::Tensor<double> y = x.clone();
        for (double& value : y.values()) value = std::max(value, 0.0);
        save(y);
        return y;
    }
    bn::Tensor<double> backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& y) override {
        bn::Tensor<double> d_x = d_y.clone();
        for (bn::Index i = 0; i < d_x.numel(); ++i) d_x[i] *= y[i] > 0;
        return d_x;
    }
};

/// Rows times a fixed random matrix: in the place of a convolution.
class Dense : public Layer {
public:
    Dense(bn::Index in, bn::Index out, std::uint64_t seed) : weight_({in, out}) {
        bn::Random(seed).fill_normal(weight_.values());
    }

protected:
    bn::Tensor<double> forward(const bn::Tensor<double>& x) override {
        if (x.size(1) != weight_.size(0)) throw bn::ShapeError("Dense: x is " + bn::to_string(x.shape()));
        save(x);
        bn::Tensor<double> y({x.size(0), weight_.size(1)});
        for (bn::Index n = 0; n < x.size(0); ++n)
            for (bn::Index i = 0; i < x.size(1); ++i)
                for (bn::Index o = 0; o < y.size(1); ++o) y(n, o) += x(n, i) * weight_(i, o);
        return y;
    }
    bn::Tensor<double> backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x) override {
        if (d_y.size(1) != weight_.size(1)) throw bn::ShapeError("Dense: d_y is " + bn::to_string(d_y.shape()));
        bn::Tensor<double> d_x(x.shape());
        for (bn::Index n = 0; n < x.size(0); ++n)
            for (bn::Index i = 0; i < x.size(1); ++i)
                for (bn::Index o = 0; o < d_y.size(1); ++o) d_x(n, i) += d_y(n, o) * weight_(i, o);
        return d_x;
    }
    bool keeps_shape() const override { return false; }

private:
    bn::Tensor<double> weight_;
};

/// scale · tanh(x) + shift: in the place of a batch norm, and no straight line, so that its slope depends on x.
class Bend : public Layer {
public:
    Bend(double scale, double shift) : scale_(scale), shift_(shift) {}

protected:
    bn::Tensor<double> forward(const bn::Tensor<double>& x) override {
        save(x);
        bn::Tensor<double> y = x.clone();
        for (double& value : y.values()) value = scale_ * std::tanh(value) + shift_;
        return y;
    }
    bn::Tensor<double> backward(const bn::Tensor<double>& d_y, const bn::Tensor<double>& x) override {
        bn::Tensor<double> d_x = d_y.clone();
        for (bn::Index i = 0; i < d_x.numel(); ++i) d_x[i] *= scale_ * (1 - std::tanh(x[i]) * std::tanh(x[i]));
        return d_x;
    }

private:
    double scale_, shift_;
};

/// a + b, a tensor of its own. Throws ShapeError where the shapes differ.
inline bn::Tensor<double> add(const bn::Tensor<double>& a, const bn::Tensor<double>& b) {
    if (a.shape() != b.shape())
        throw bn::ShapeError("cannot add " + bn::to_string(a.shape()) + " and " + bn::to_string(b.shape()));
    bn::Tensor<double> sum = a.clone();
    for (bn::Index i = 0; i < sum.numel(); ++i) sum[i] += b[i];
    return sum;
}

/// What a residual block is made of. relu is one layer, and is called three times.
struct Parts {
    Parts(bn::Index in, bn::Index out) : conv1(in, out, 1), conv2(out, out, 2), conv3(out, out, 3) {}
    Dense conv1, conv2, conv3;
    Bend bn1{1.5, 0.1}, bn2{-1.2, 0.2}, bn3{2.0, -0.3};
    Relu relu;
};

}  // namespace exercise
