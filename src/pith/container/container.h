// SPDX-License-Identifier: Apache-2.0
/// @file What a `.pith` file holds, as plain values. spec/container.md is the format; names and meanings are those of
/// spec/container.capnp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pith/base/sha256.h"
#include "pith/container/head.h"
#include "pith/container/types.h"
#include "pith/extract/encoder_info.h"

namespace pith {

/// 16 bytes, random to everybody who does not know the seed. Tells nothing about the file it was made from.
using RecordId = std::array<uint8_t, 16>;

enum class EntityKind : uint8_t { unspecified, person, researcher, university, researchCentre, hospital, company, authority };
/// The name of the schema.
[[nodiscard]] std::string_view nameOf(EntityKind value);

struct Contact {
  std::string name{};
  EntityKind kind = EntityKind::unspecified;
  std::string email{}, role{};
};

/// Of what a data set was derived from.
struct Provenance {
  std::string author{}, source{}, licence{};
};

/// Free text about the data set; UTF-8. An empty field was not stated; one that is declared as not known stands in
/// `ContainerHeader::notKnown`.
struct DatasetInfo {
  std::string title{}, author{}, contact{}, source{}, licence{}, notes{};
  std::string version{}, identifier{}, citation{}, augmentation{};
  Provenance original{};
  std::vector<Contact> contacts{};
};

/// A document that travels with the data; its bytes are the section "documents/k".
struct DocumentInfo {
  std::string fileName{}, mediaType{}, title{}, shortDescription{}, longDescription{}, author{}, credits{}, licence{}, date{};
  std::string originallyAvailableAt{}, howToCite{}, publishedAt{}, contact{}, version{};
};

/// What the owner measured; 0 was not measured. Stored only where the user asked for it.
struct Savings {
  uint64_t originalCount = 0;
  uint64_t originalBytes = 0;
  double encodingSeconds = 0, loadingSeconds = 0, headSeconds = 0;
  uint32_t epochs = 0;
  bool operator==(const Savings&) const = default;
};

/// Keys and values, the keys strictly ascending.
using Entries = std::vector<std::pair<std::string, std::string>>;

/// An encoder as a container names it: what recomputes the features, where it comes from, and the four namespaces of
/// model information.
struct EncoderDescription {
  EncoderInfo info{};
  /// Whether `info.modelSha256` and `info.recipe` are known; they are not in data imported from other formats.
  bool modelKnown = true, recipeKnown = true;
  std::string family{}, type{}, architectureSource{}, weightsSource{}, licence{}, citation{};
  Entries model{}, dataProcessing{}, performance{}, training{};
};

/// How far the stored features are from the float32 that the network gave, at most.
struct NarrowingError {
  double maxAbsolute = 0;     // largest |stored - exact|
  double rootMeanSquare = 0;  // over all elements
  double relativeL2 = 0;      // ||stored - exact|| / ||exact|| over the whole block
};

/// Features of one encoder for all records: the section "features/i".
struct FeatureBlock {
  std::string name{};      // unique; not empty
  uint32_t encoder = 0;  // index into ContainerHeader::encoders
  FeatureType type = FeatureType::f32;
  NarrowingError narrowing{};
  uint64_t duplicateCount = 0;  // records whose stored row equals an earlier one's
};

/// Counts of a column over all records; the writer makes them, the reader has checked them.
struct ColumnSummary {
  uint64_t missingCount = 0, uncertainCount = 0;
  std::vector<uint64_t> counts{};  // of each category
  double minimum = 0, maximum = 0;
  bool operator==(const ColumnSummary&) const = default;
};

struct LabelColumn {
  std::string name{};
  LabelType type = LabelType::categorical;
  std::vector<std::string> categories{};  // the vocabulary of categorical, ordinal and multiLabel columns
  ColumnRole role = ColumnRole::label;
  std::string unit{}, codingSystem{}, code{}, description{};
  std::vector<std::string> codes{};         // none, or one for each category
  std::optional<uint32_t> grouping{};       // all records of one of its groups have the same value
  ColumnSummary summary{};
};

struct Year {
  int32_t value = 0;  // 1 to 9999
  bool operator==(const Year&) const = default;
};

/// Of one category of a multi-label column. The numbers stand in files.
enum class State : int8_t { missing = -128, uncertain = -1, absent = 0, present = 1 };
using States = std::vector<State>;  // one for each category

/// A label of one record in one column: missing, an index into `categories`, a finite number, a text, states or a year. An
/// empty text is a missing one.
using LabelValue = std::variant<std::monostate, uint32_t, double, std::string, States, Year>;

struct Grouping {
  std::string name{};  // "patient", "study"
  std::string description{};
  uint64_t groupCount = 0;  // made by the writer
};

struct Split {
  std::string name{};
  SplitKind kind = SplitKind::holdout;
  std::vector<std::string> parts{};            // 1 to 254
  std::optional<uint32_t> grouping{};        // the grouping that was kept together
  std::optional<uint32_t> stratifiedBy{};    // the label column whose balance was kept
  std::optional<uint64_t> seed{};
  std::string method{};
  uint64_t groupsInSeveralParts = 0;  // the certificate; made by the writer, checked by the reader
  std::vector<uint64_t> counts{};     // of each part; made by the writer
};

/// An augmented view's origin.
struct ViewOf {
  size_t parent = 0;       // number of the record: of adding in the writer, of the file in the reader
  uint32_t transform = 0;  // index into ContainerHeader::transforms
};

struct Record {
  RecordId id{};                          // drawn by the writer, unless it is told to keep ids
  std::optional<std::string> name{};      // the source file's name, only where the user asked to keep it; not empty
  std::vector<std::optional<uint32_t>> groups{};  // one for each grouping; renumbered by the writer
  std::vector<std::optional<uint8_t>> splits{};   // one for each split: index of the part
  std::vector<LabelValue> labels{};       // one for each LabelColumn
  std::optional<ViewOf> view{};
};

/// A run of the file's bytes as the header describes it.
struct SectionInfo {
  std::string name{};  // "features/0", "records/id", "labels/2/index", ...
  ElementType type = ElementType::unspecified;
  bool required = true;  // whether a reader that does not know the name must refuse the file
  Encoding encoding = Encoding::raw;
  uint64_t offsetBytes = 0;
  uint64_t lengthBytes = 0;     // as stored
  std::vector<uint64_t> shape{};  // row-major
  Sha256Digest sha256{};        // of the stored bytes
};

/// A container's content without its values.
struct ContainerHeader {
  DatasetInfo dataset{};
  std::vector<EncoderDescription> encoders{};
  std::vector<FeatureBlock> features{};
  std::vector<LabelColumn> labelColumns{};
  std::vector<Grouping> groupings{};
  std::vector<Split> splits{};
  std::vector<Head> heads{};
  std::vector<DocumentInfo> documents{};
  std::vector<std::string> transforms{};
  std::vector<std::string> notKnown{};  // strictly ascending
  std::optional<Savings> savings{};
  std::string writer{};  // program and version that wrote the file
};

}  // namespace pith
