// SPDX-License-Identifier: Apache-2.0
/// @file Leaves entries out of a header and puts every reference right: indices, heads, and the paths of
/// `notKnown`.
#pragma once

#include "pith/transform/draft.h"
#include "pith/transform/field_paths.h"

namespace pith {

/// Keeps these label columns, in this order; heads on others go, with a note. Records lose their cells.
void keepColumns(Draft& draft, const std::vector<uint32_t>& columns);

/// Keeps these feature blocks, in this order, and the encoders that they need; heads on others go, with a
/// note.
void keepBlocks(Draft& draft, const std::vector<uint32_t>& blocks);

/// Removes transforms that no record uses.
void dropUnusedTransforms(Draft& draft);

/// Removes one document with its bytes. Figures that name it ("document:K") are renumbered or emptied.
void removeDocument(Draft& draft, size_t k);

/// Removes one split; heads forget it.
void removeSplit(Draft& draft, size_t k);

}  // namespace pith
