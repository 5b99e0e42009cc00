// SPDX-License-Identifier: Apache-2.0
/// @file The pieces of a merge. Each joins one kind of description and remembers where each file's entries
/// went.
#pragma once

#include "pith/transform/field_paths.h"
#include "pith/transform/merge.h"
#include "pith/transform/names.h"

namespace pith::merging {

/// Where entries of one file's lists stand in the merged ones.
struct Places {
  std::vector<uint32_t> columns, groupings, splits, transforms, documents;
  std::vector<std::vector<uint32_t>> categories;  // of each of the file's columns
  std::vector<uint64_t> groupOffsets;  // of each of the file's groupings: what its group numbers grow by
  IndexMap heads;
};

struct Merge {
  std::span<const Container* const> sources;
  const MergeOptions& options;
  Draft draft;
  std::vector<Places> places;  // one for each source

  [[nodiscard]] const ContainerHeader& header(size_t source) const { return sources[source]->header(); }
};

[[nodiscard]] inline Error refusal(std::string detail) {
  return {ErrorCode::invalidArgument, std::move(detail)};
}
[[nodiscard]] inline std::string fileName(size_t source) { return "file " + std::to_string(source + 1); }

/// Encoders and feature blocks. @errors invalidArgument
[[nodiscard]] Status joinBlocks(Merge& merge);
/// Groupings, label columns and splits. @errors invalidArgument
[[nodiscard]] Status joinColumns(Merge& merge);
/// The data set's description, documents, transforms, heads, savings, what is not known. @errors
/// invalidArgument
[[nodiscard]] Status joinInfo(Merge& merge);
/// Records with their new indices. @errors invalidArgument where ids collide
[[nodiscard]] Status joinRecords(Merge& merge);

}  // namespace pith::merging
