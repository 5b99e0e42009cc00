// SPDX-License-Identifier: Apache-2.0
/// @file Networks that are small enough to know what they give.
#pragma once

#include "pith/model/recipe.h"
#include "unit/onnx/builder.h"

namespace pith::test {

inline Recipe smallRecipe(int side = 8) {
  Recipe recipe;
  recipe.height = side;
  recipe.width = side;
  recipe.mean = {0, 0, 0};
  recipe.std = {1, 1, 1};
  return recipe;
}

/// x [1, 3, side, side] -> "wide" = relu(conv 1x1 to 4 channels) -> "deep" = conv 1x1 to 2 channels -> pooled
/// -> y. wide channels are red, green, blue and their sum, times `gain`; deep channels are red + sum and
/// green - blue.
inline std::vector<uint8_t> smallNetwork(float gain = 1.0F, int64_t side = 8) {
  OnnxBuilder builder(13);
  builder.input("x", {1, 3, side, side}).output("y");
  const float g = gain;
  builder.floats("w1", {4, 3, 1, 1}, {g, 0, 0, 0, g, 0, 0, 0, g, g, g, g});
  builder.floats("w2", {2, 4, 1, 1}, {1, 0, 0, 1, 0, 1, -1, 0});
  builder.floats("fc", {5, 2}, std::vector<float>(10, 0.5F));
  return builder.node("Conv", {"x", "w1"}, {"c1"})
      .node("Relu", {"c1"}, {"wide"})
      .node("Conv", {"wide", "w2"}, {"deep"})
      .node("GlobalAveragePool", {"deep"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("Gemm", {"flat", "fc"}, {"y"}, {{"transB", int64_t{1}}})
      .build();
}

}  // namespace pith::test
