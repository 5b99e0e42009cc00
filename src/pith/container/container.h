// SPDX-License-Identifier: Apache-2.0
/// @file What a `.pith` file holds, as plain values. spec/container.md is the format.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pith/base/sha256.h"
#include "pith/extract/extractor.h"

namespace pith {

enum class FeatureType : uint8_t { f32, f16, i8 };
enum class Split : uint8_t { none, train, valid, test };

[[nodiscard]] std::string_view featureTypeName(FeatureType type);                  // "f32", "f16", "i8"
[[nodiscard]] std::optional<FeatureType> featureTypeFromName(std::string_view name);
[[nodiscard]] int featureTypeBytes(FeatureType type);                              // 4, 2, 1
[[nodiscard]] std::string_view splitName(Split split);                             // "none", "train", ...
[[nodiscard]] std::optional<Split> splitFromName(std::string_view name);

/// 16 random bytes. Tells nothing about the file it was made from.
using RecordId = std::array<uint8_t, 16>;

/// Free text about the data set; UTF-8. An empty field was not stated.
struct DatasetInfo {
  std::string title, author, contact, source, licence, notes;
};

enum class LabelType : uint8_t { categorical, number, text };

struct LabelColumn {
  std::string name;
  LabelType type = LabelType::categorical;
  std::vector<std::string> categories;  // the vocabulary, where type is categorical
};

/// A label of one record in one column: missing, an index into `categories`, a number, or text.
using LabelValue = std::variant<std::monostate, uint32_t, double, std::string>;

struct Record {
  RecordId id{};  // ignored by the writer, which draws it; filled by the reader
  Split split = Split::none;
  std::optional<uint32_t> group;    // records of one patient or study share a number; renumbered by the writer
  std::optional<std::string> name;  // the source file's name, only where the user asked to keep it
  std::vector<LabelValue> labels;   // one for each LabelColumn
};

/// How far the stored features are from the float32 that the network gave.
struct NarrowingError {
  double maxAbsolute = 0;    // largest |stored - exact|
  double rootMeanSquare = 0; // over all elements
  double relativeL2 = 0;     // ||stored - exact|| / ||exact|| over the whole block
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
