// Tensor: a block of numbers with a shape. It behaves as torch.Tensor does: copying the handle shares the
// numbers, clone() copies them. So a hook that keeps a tensor sees what a later in-place operation does to it.
#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/storage.hpp"

namespace bn {

using Index = std::int64_t;        // sizes and positions are signed, so that h - 1 at h = 0 is -1
using Shape = std::vector<Index>;  // [N, C, H, W] for images, [N, F] for features, [C] for channels

/// Shapes as the messages write them: "[1, 16, 1, 1]".
inline std::string to_string(const Shape& shape) {
    std::string text = "[";
    for (std::size_t d = 0; d < shape.size(); ++d) text += (d ? ", " : "") + std::to_string(shape[d]);
    return text + "]";
}

/// A tensor of the wrong shape met an operation: what() names both shapes, layer() the place in the model, if known.
class ShapeError : public std::invalid_argument {
public:
    explicit ShapeError(const std::string& message, const std::string& layer = "")
        : std::invalid_argument(layer.empty() ? message : message + " (in " + layer + ")"), layer_(layer) {}
    const std::string& layer() const { return layer_; }

private:
    std::string layer_;
};

template <std::floating_point T>
class Tensor {
public:
    /// No tensor at all: defined() is false. What hooks return to leave a value as it is.
    Tensor() = default;

    /// A tensor of the given shape, every element `fill`. Throws ShapeError on a negative size.
    explicit Tensor(Shape shape, T fill = T(0)) : Tensor(empty(std::move(shape))) { std::fill_n(data(), numel_, fill); }

    /// A tensor that takes its elements, in row-major order, from `values`, which must be as many as the shape holds.
    Tensor(Shape shape, const std::vector<T>& values) : Tensor(empty(std::move(shape))) {
        if (static_cast<Index>(values.size()) != numel_)
            throw ShapeError(std::to_string(values.size()) + " values do not fill a tensor of shape " +
                             to_string(shape_));
        std::copy(values.begin(), values.end(), data());
    }

    /// A tensor whose elements are not set: for results that are written in full.
    static Tensor empty(Shape shape) {
        Tensor t;
        for (Index size : shape)
            if (size < 0) throw ShapeError("a tensor cannot have the shape " + to_string(shape));
        t.numel_ = std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
        t.shape_ = std::move(shape);
        t.storage_ = std::static_pointer_cast<T>(StoragePool::take(static_cast<std::size_t>(t.numel_) * sizeof(T)));
        return t;
    }

    bool defined() const { return storage_ != nullptr; }
    const Shape& shape() const { return shape_; }
    Index dim() const { return static_cast<Index>(shape_.size()); }
    Index size(Index d) const { return shape_.at(static_cast<std::size_t>(d)); }
    Index numel() const { return numel_; }

    T* data() { return storage_.get(); }
    const T* data() const { return storage_.get(); }
    std::span<T> values() { return {data(), static_cast<std::size_t>(numel_)}; }
    std::span<const T> values() const { return {data(), static_cast<std::size_t>(numel_)}; }

    T& operator[](Index i) { return data()[checked(i)]; }
    const T& operator[](Index i) const { return data()[checked(i)]; }

    /// Element (n, c, h, w) of an [N, C, H, W] tensor.
    T& operator()(Index n, Index c, Index h, Index w) { return data()[at(n, c, h, w)]; }
    const T& operator()(Index n, Index c, Index h, Index w) const { return data()[at(n, c, h, w)]; }

    /// Element (row, column) of a matrix.
    T& operator()(Index r, Index c) { return data()[at(r, c)]; }
    const T& operator()(Index r, Index c) const { return data()[at(r, c)]; }

    /// The same numbers under another shape of as many elements; shared, not copied.
    Tensor reshape(Shape shape) const {
        const Index numel = std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
        if (numel != numel_)
            throw ShapeError("shape " + to_string(shape) + " is invalid for a tensor of shape " + to_string(shape_));
        Tensor t = *this;
        t.shape_ = std::move(shape);
        return t;
    }

    /// Numbers of one's own.
    Tensor clone() const {
        if (!defined()) return {};
        Tensor t = empty(shape_);
        std::copy_n(data(), numel_, t.data());
        return t;
    }

    /// Writes `other`'s numbers over one's own; shapes must agree.
    void copy_(const Tensor& other) {
        if (other.shape_ != shape_)
            throw ShapeError("cannot copy " + to_string(other.shape_) + " into " + to_string(shape_));
        std::copy_n(other.data(), numel_, data());
    }

    void fill_(T value) { std::fill_n(data(), numel_, value); }
    bool shares_storage_with(const Tensor& other) const { return storage_ == other.storage_; }

private:
    Index checked(Index i) const {
        assert(i >= 0 && i < numel_);
        return i;
    }
    Index at(Index n, Index c, Index h, Index w) const {
        assert(dim() == 4 && n >= 0 && c >= 0 && h >= 0 && w >= 0);
        assert(n < shape_[0] && c < shape_[1] && h < shape_[2] && w < shape_[3]);
        return ((n * shape_[1] + c) * shape_[2] + h) * shape_[3] + w;
    }
    Index at(Index r, Index c) const {
        assert(dim() == 2 && r >= 0 && c >= 0 && r < shape_[0] && c < shape_[1]);
        return r * shape_[1] + c;
    }

    Shape shape_;
    Index numel_ = 0;
    std::shared_ptr<T> storage_;
};

}  // namespace bn
