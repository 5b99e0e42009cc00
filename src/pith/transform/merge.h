// SPDX-License-Identifier: Apache-2.0
/// @file Several containers of the same encoders become one: what several hospitals did, each for itself.
#pragma once

#include <optional>
#include <span>

#include "pith/transform/draft.h"

namespace pith {

struct MergeOptions {
  /// Fields that hold a text are taken as they are, in place of what the files say.
  DatasetInfo dataset{};
  /// How features are stored; needed where the files store them in different types.
  std::optional<FeatureType> type{};
  /// Encoders whose model or recipe is not known count as the same where everything else agrees.
  bool trustUnknownModels = false;
};

/// How far parity probes of one encoder may be apart, relative L2. Rounding in another order explains less in every network
/// that is tested here (extract/rounding.h: 5.4e-5 to about 1e-3); another model, recipe or tap is far above it.
constexpr double probeTolerance = 2e-3;

/// Encoders have to agree in model, recipe, tap and pooling, their parity probes within probeTolerance.
/// Blocks are joined by name, or by their encoder where the names differ; every file has to have them all.
/// Label columns, groupings and splits are joined by name; what a file lacks is missing there. Groups of
/// different files stay different. Messages call the files "file 1", "file 2", ... in the order in which they
/// are given.
///
/// Data set fields on which the files agree are kept; authors, contacts, sources, titles and notes that
/// differ are joined; version, identifier and citation, which would be of one of the files only, go into the
/// notes. Licences that differ are refused unless one is given.
/// @errors invalidArgument: names the file and what does not fit (encoders, colliding ids, units, categories,
/// parts, licences)
[[nodiscard]] Result<Draft> mergeContainers(std::span<const Container* const> sources,
                                            const MergeOptions& options = {});

}  // namespace pith
