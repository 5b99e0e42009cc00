// SPDX-License-Identifier: Apache-2.0
/// @file What differs between two containers, record by record and field by field.
#pragma once

#include <string>
#include <vector>

#include "pith/container/reader.h"

namespace pith {

/// A field of the header; both as JSON text, empty where the file does not have it.
struct FieldDifference {
  std::string path;  // "dataset.licence", "labels.age.unit"
  std::string first, second;
};

/// A label column, a split, a grouping: how many of the records that both files hold differ in it.
struct ColumnDifference {
  std::string name;
  uint64_t different = 0;
};

/// A feature block that both files hold, over the records that both hold.
struct BlockDifference {
  std::string name;
  uint64_t equal = 0;            // records whose values are the same
  uint64_t withinNarrowing = 0;  // whose values differ by no more than the two narrowing errors together
  uint64_t different = 0;
  double maxAbsolute = 0;  // the largest difference of two values
};

struct ContainerDifference {
  bool sameRoot = false;  // equal files, but for signatures
  uint64_t commonRecords = 0, onlyInFirst = 0, onlyInSecond = 0;
  std::vector<FieldDifference> fields;  // the writer and what is counted from the records are no fields
  std::vector<ColumnDifference> labels, splits, groupings;
  uint64_t viewsDiffer = 0, namesDiffer = 0;
  std::vector<BlockDifference> blocks;
  std::vector<std::string> documentsDiffer;  // by place: "documents.0"

  /// Whether the two say the same: values that differ within narrowing, compression, signatures and the
  /// writer aside.
  [[nodiscard]] bool same() const;
};

/// Records are compared by id, columns, splits, groupings and blocks by name.
/// @errors corruptContainer where a compressed chunk does not inflate; outOfMemory
[[nodiscard]] Result<ContainerDifference> diffContainers(const Container& first, const Container& second);

}  // namespace pith
