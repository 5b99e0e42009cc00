// SPDX-License-Identifier: Apache-2.0
/// @file How a model wants its input prepared: a small JSON document, stored in the container as it was used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/json.h"
#include "pith/base/result.h"
#include "pith/image/resize.h"

namespace pith {

enum class Fit : uint8_t {
  stretch,    // both sides to `size`, the aspect ratio is not kept
  crop,       // the shortest side to `resizeShortest`, then the centre of `size` is cut out
  letterbox,  // the longest side that fits, centred on a field of `fill`
};

enum class Channels : uint8_t { rgb, bgr, grey };

/// One way to prepare images. In JSON:
/// `{"size":[224,224],"fit":"crop","resizeShortest":256,"resample":"bicubic","channels":"rgb",
///   "scale":0.00392156862745098,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}`
struct Recipe {
  int height = 0;  // px, the first of "size"
  int width = 0;   // px, the second of "size"
  Fit fit = Fit::stretch;
  int resizeShortest = 0;  // px; only with Fit::crop; default: the larger of height and width
  int fill = 0;            // grey level 0..255; only with Fit::letterbox
  Resample resample = Resample::bilinear;
  Channels channels = Channels::rgb;
  /// value = (x * scale - mean[c]) / std[c] for x in 0..255 (16-bit samples are divided by 257, not rounded);
  /// mean and std stand in the order of `channels`.
  double scale = 1.0;
  std::vector<double> mean;  // as many as there are channels
  std::vector<double> std;

  int channelCount() const { return channels == Channels::grey ? 1 : 3; }
  bool operator==(const Recipe&) const = default;
};

/// Reads a recipe; unknown fields are refused by name, so that a misspelt one is not silently ignored.
/// `size` is required; defaults: fit stretch, resample bilinear, channels rgb, scale 1/255, mean 0, std 1.
/// @errors invalidRecipe, naming the field, what was seen and what is allowed
[[nodiscard]] Result<Recipe> parseRecipe(std::string_view json);
[[nodiscard]] Result<Recipe> recipeFromJson(const Json& json);

/// The recipe with every field written out, in a fixed order: equal recipes give equal text.
[[nodiscard]] Json recipeToJson(const Recipe& recipe);

}  // namespace pith
