// SPDX-License-Identifier: Apache-2.0
/// @file What is kept of an encoder: everything needed to compute the same features again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pith/base/sha256.h"
#include "pith/model/pooling_kind.h"
#include "pith/model/recipe.h"

namespace pith {

/// One tap of one network. Stored in every container.
struct EncoderInfo {
  std::string name;
  Sha256Digest modelSha256{};  // as modelDigest computes it
  Recipe recipe;
  std::string tap;
  std::vector<int64_t> tapShape;  // [H, W, C], [T, C] (tokens) or [C]
  Pooling pooling = Pooling::average;
  float poolingPower = 0;  // p of generalizedMean; 0 with any other pooling
  int featureCount = 0;
  std::string engine;  // version and variant: "pith 0.1.0 xnnpack 4ea82e5 wasm-simd"
};

}  // namespace pith
