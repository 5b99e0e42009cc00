// SPDX-License-Identifier: Apache-2.0
/// @file Enumerations of the container and their names. The numbers stand in files (spec/container.capnp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pith {

/// How features are stored.
enum class FeatureType : uint8_t { f32, f16, bf16, i8, i4 };

/// How a section's elements are stored, little-endian.
enum class ElementType : uint16_t { unspecified = 0, f32, f16, i8, u8, u32, u64, f64, i32, bf16, i4 };

enum class Encoding : uint16_t { raw, zstd, zstdShuffled };

enum class LabelType : uint8_t { categorical, number, text, ordinal, multiLabel, year };
enum class ColumnRole : uint8_t { label, information };
enum class SplitKind : uint8_t { holdout, folds };

/// The names are those of the schema. An unknown number is "unknown", an unknown name is nothing.
[[nodiscard]] std::string_view nameOf(FeatureType value);
[[nodiscard]] std::string_view nameOf(ElementType value);
[[nodiscard]] std::string_view nameOf(Encoding value);
[[nodiscard]] std::string_view nameOf(LabelType value);
[[nodiscard]] std::string_view nameOf(ColumnRole value);
[[nodiscard]] std::string_view nameOf(SplitKind value);
[[nodiscard]] std::optional<FeatureType> featureTypeFromName(std::string_view name);
[[nodiscard]] std::optional<LabelType> labelTypeFromName(std::string_view name);

[[nodiscard]] ElementType elementTypeOf(FeatureType type);
[[nodiscard]] std::optional<FeatureType> featureTypeOf(ElementType type);
/// i8 and i4, whose values have a scale and a zero point.
[[nodiscard]] bool isScaled(FeatureType type);
/// Bits of one element; 0 where the type is unknown.
[[nodiscard]] int elementBits(ElementType type);
/// Bytes of a row of `count` elements, which ends on a whole byte.
[[nodiscard]] uint64_t rowBytes(FeatureType type, uint64_t count);

}  // namespace pith
