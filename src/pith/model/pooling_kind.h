// SPDX-License-Identifier: Apache-2.0
/// @file The ways in which the places of a tap become one vector. extract/pooling.h computes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pith {

/// How the places of a tap become one vector. Places are the H * W of a feature map [H, W, C] or the T tokens
/// of [T, C]; a class token among them counts as one of them.
enum class Pooling : uint8_t {
  average,            // the mean over all places: [C]
  none,               // the values as they are: a vector, or a grid [H, W, C] or [T, C] row by row
  maximum,            // the largest value over all places: [C]
  averageAndMaximum,  // the averages, then the maxima: [2 C]
  generalizedMean,    // mean(max(x, 1e-6)^p)^(1/p): [C]
  classToken,         // the first token: [C]
};

/// The p that its authors began their training with.
/// @source F. Radenovic, G. Tolias, O. Chum, Fine-tuning CNN Image Retrieval with No Human Annotation,
/// section 3.2,
///         arXiv:1711.02512
inline constexpr float defaultPoolingPower = 3.0F;
/// Powers beyond it are the maximum in all but name.
inline constexpr float maxPoolingPower = 64.0F;

/// "average", "none", "maximum", "averageAndMaximum", "generalizedMean" or "classToken"
[[nodiscard]] std::string_view poolingName(Pooling pooling);
[[nodiscard]] std::optional<Pooling> poolingFromName(std::string_view name);
/// Every name, separated by commas, for messages.
[[nodiscard]] std::string poolingNames();

}  // namespace pith
