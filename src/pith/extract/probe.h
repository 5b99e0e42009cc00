// SPDX-License-Identifier: Apache-2.0
/// @file The parity probe: what a network gives for pictures that everybody has. Two machines or builds that
/// agree on it compute the same features.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "pith/extract/encoder_set.h"
#include "pith/extract/extractor.h"
#include "pith/image/image.h"

namespace pith {

inline constexpr int probeImageCount = 3;

/// A picture made by formulas over whole numbers, equal to the bit on every machine. None has the shape of a
/// network's input, so that resampling takes part; together they have edges, texture, smooth parts and the
/// full range.
///   0: grey, 640 x 512 (width x height): rings that become finer outwards, on a slope
///   1: RGB, 512 x 640: three soft blobs under noise
///   2: RGB, 384 x 384: stripes, checkers that become coarser, a slope
/// @param index  0 to probeImageCount - 1
[[nodiscard]] Image probeImage(int index);

/// @return  for each block of the set float32 [probeImageCount, featureCount]
/// @errors  those of EncoderSet::extract
[[nodiscard]] Result<std::vector<std::vector<float>>> computeProbe(EncoderSet& encoders);

/// The same of one network.
/// @return  float32 [probeImageCount, featureCount]
/// @errors  those of Extractor::extract
[[nodiscard]] Result<std::vector<float>> computeProbe(Extractor& extractor);

enum class ProbeMatch : uint8_t {
  bitEqual,     // the same build on the same kind of machine, or one that adds in the same order
  withinBound,  // as far apart as rounding in another order explains
  different,    // another network, recipe or picture decoder, or an error
};
/// "bitEqual", "withinBound" or "different"
[[nodiscard]] std::string_view probeMatchName(ProbeMatch match);

struct ProbeComparison {
  ProbeMatch match = ProbeMatch::different;
  double distance = 0;  // relative L2, of the picture for which it is largest; infinite where sizes differ
  double bound = 0;     // what rounding in another order explains
};

/// @param stored, recomputed  float32 [probeImageCount, featureCount] of one block
/// @param bound               Encoder::roundingBound()
[[nodiscard]] ProbeComparison compareProbe(std::span<const float> stored, std::span<const float> recomputed,
                                           double bound);

/// Loads the network of an encoder again, computes its probe and compares.
/// @param modelFile  the model file whose SHA-256 `info` holds; borrowed for the call
/// @param external   asked for weights in other files
/// @param stored     float32 [probeImageCount, info.featureCount], as a container keeps it
/// @errors weightsMismatch where it is another model; those of Encoder::load and EncoderSet::extract
[[nodiscard]] Result<ProbeComparison> recomputeProbe(ByteView modelFile, const EncoderInfo& info,
                                                     std::span<const float> stored,
                                                     const Limits& limits = {},
                                                     ExternalData* external = nullptr);

}  // namespace pith
