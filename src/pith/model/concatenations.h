// SPDX-License-Identifier: Apache-2.0
/// @file Concatenations that begin with what was joined before.
#pragma once

#include "pith/model/graph.h"

namespace pith {

/// Concat(a, b, c) of channels takes Concat(a, b), where that is the last one before that begins with a, in place of both: densely
/// connected networks join all features of a block again before each layer. Of quantised tensors, whose joining rounds, none are shared.
void shareConcatenations(Graph& graph);

}  // namespace pith
