// SPDX-License-Identifier: Apache-2.0
/// @file Another type for the stored features.
#pragma once

#include "pith/transform/draft.h"

namespace pith {

/// Everything the container holds, with features stored as `type` (as they are, where not given). Errors of
/// the new narrowing are added to the old ones when the draft is written; widening adds none, and takes none
/// away.
/// @errors those of draftOf()
[[nodiscard]] inline Result<Draft> convertContainer(const Container& container,
                                                    std::optional<FeatureType> type) {
  PITH_ASSIGN_OR_RETURN(Draft draft, draftOf(container));
  if (type) {
    for (FeatureBlock& block : draft.header.features) block.type = *type;
  }
  return draft;
}

}  // namespace pith
