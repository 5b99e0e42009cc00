// SPDX-License-Identifier: Apache-2.0
/// @file What a `.pith` file holds, as plain values. spec/container.md is the format.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pith/base/sha256.h"
#include "pith/extract/extractor.h"

namespace pith {

enum class FeatureType : uint8_t { f32, f16, i8 };
enum class Split : uint8_t { none, train, valid, test };

/// How a section's elements are stored, little-endian. The numbers stand in files.
enum class ElementType : uint16_t { unspecified = 0, f32 = 1, f16 = 2, i8 = 3, u8 = 4, u32 = 5, u64 = 6, f64 = 7 };

[[nodiscard]] std::string_view elementTypeName(ElementType type);  // "f32", ...; "unknown" for any other number
[[nodiscard]] int elementTypeBytes(ElementType type);              // of one element; 0 where the type is unknown
[[nodiscard]] std::string_view featureTypeName(FeatureType type);                  // "f32", "f16", "i8"
[[nodiscard]] std::optional<FeatureType> featureTypeFromName(std::string_view name);
[[nodiscard]] int featureTypeBytes(FeatureType type);                              // 4, 2, 1
[[nodiscard]] ElementType elementTypeOf(FeatureType type);
[[nodiscard]] std::string_view splitName(Split split);                             // "none", "train", ...
[[nodiscard]] std::optional<Split> splitFromName(std::string_view name);

/// 16 bytes, random to everybody who does not know the seed. Tells nothing about the file it was made from.
using RecordId = std::array<uint8_t, 16>;

/// Free text about the data set; UTF-8. An empty field was not stated.
struct DatasetInfo {
  std::string title, author, contact, source, licence, notes;
};

enum class LabelType : uint8_t { categorical, number, text };

[[nodiscard]] std::string_view labelTypeName(LabelType type);  // "categorical", "number", "text"
[[nodiscard]] std::optional<LabelType> labelTypeFromName(std::string_view name);

struct LabelColumn {
  std::string name;
  LabelType type = LabelType::categorical;
  std::vector<std::string> categories;  // the vocabulary, where type is categorical
};

/// A label of one record in one column: missing, an index into `categories`, a finite number, or text. Empty text is a
/// missing one.
using LabelValue = std::variant<std::monostate, uint32_t, double, std::string>;

struct Record {
  RecordId id{};  // ignored by the writer, which draws it; filled by the reader
  Split split = Split::none;
  std::optional<uint32_t> group{};    // records of one patient or study share a number; renumbered by the writer
  std::optional<std::string> name{};  // the source file's name, only where the user asked to keep it; not empty
  std::vector<LabelValue> labels{};   // one for each LabelColumn
};

/// How far the stored features are from the float32 that the network gave.
struct NarrowingError {
  double maxAbsolute = 0;    // largest |stored - exact|
  double rootMeanSquare = 0; // over all elements
  double relativeL2 = 0;     // ||stored - exact|| / ||exact|| over the whole block
};

/// A run of the file's bytes as the header describes it.
struct SectionInfo {
  std::string name;  // "features/0", "records/id", "labels/2/index", ...
  ElementType type = ElementType::unspecified;
  bool required = true;  // whether a reader that does not know the name must refuse the file
  uint64_t offsetBytes = 0;
  uint64_t lengthBytes = 0;
  std::vector<uint64_t> shape;  // row-major
  Sha256Digest sha256{};
};

/// A container's content without its feature values.
struct ContainerHeader {
  DatasetInfo dataset;
  EncoderInfo encoder;
  std::vector<LabelColumn> labelColumns;
  std::vector<Record> records;
  FeatureType featureType = FeatureType::f32;
  NarrowingError narrowing;
  std::string writer;  // program and version that wrote the file
};

}  // namespace pith
