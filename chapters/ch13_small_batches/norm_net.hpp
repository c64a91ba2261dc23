// Chapter 8's network with a choice of norm, which fills the slots of chapter 12's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ch06_fast_convolution/fast_layers.hpp"
#include "ch12_why_it_works/slot_net.hpp"
#include "ch13_small_batches/norms.hpp"

namespace bn {

enum class Norm { batch, group, layer, instance };
inline constexpr Norm all_norms[] = {Norm::batch, Norm::group, Norm::layer, Norm::instance};

inline const char* name_of(Norm norm) {
    constexpr const char* names[] = {"batch norm", "group norm", "layer norm", "instance norm"};
    return names[static_cast<int>(norm)];
}

/// A norm for C channels, each with a weight and a bias per channel, so that the networks have equally many
/// parameters. Group norm has 4 groups; layer norm is group norm with one group (PyTorch's LayerNorm would have a
/// weight for every place); instance norm has affine=True.
template <std::floating_point T>
std::unique_ptr<Module<T>> make_norm(Norm norm, Index C) {
    if (norm == Norm::batch) return std::make_unique<FastBatchNorm2d<T>>(C);
    if (norm == Norm::group) return std::make_unique<GroupNorm<T>>(4, C);
    if (norm == Norm::layer) return std::make_unique<GroupNorm<T>>(1, C);
    return std::make_unique<InstanceNorm2d<T>>(C, InstanceNorm2dOptions{.affine = true});
}

/// Makes a norm for C channels: for norms that are none of the four.
template <std::floating_point T>
using NormMaker = std::function<std::unique_ptr<Module<T>>(Index C)>;

/// Chapter 8's classifier with a norm after each convolution, [N, 3, 32, 32] → [N, 2]: 71,874 parameters with any of the
/// four.
template <std::floating_point T>
class NormNet : public SlotNet<T> {
public:
    NormNet(Norm norm, Random& random) : NormNet([norm](Index C) { return make_norm<T>(norm, C); }, random) {}
    NormNet(const NormMaker<T>& make, Random& random) : SlotNet<T>({.norm = make}, random) {}

    std::string type_name() const override { return "NormNet"; }
};

}  // namespace bn
