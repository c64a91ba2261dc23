// Drawings of birds and aeroplanes, so that every chapter runs without a file and without a network.
#pragma once

#include "common/dataset.hpp"

namespace bn {

/// `train` + `validation` drawings of 32×32 RGB pixels, half of them birds, in random order. The same seed gives
/// the same bytes. Pose, size, colours, sky, blur and noise vary, and some drawings are ambiguous, so that the
/// article's network ends between 90 and 98 % validation accuracy.
Dataset make_sketches(std::uint64_t seed = 1, Index train = 10'000, Index validation = 2'000);

}  // namespace bn
