// SPDX-License-Identifier: Apache-2.0
/// @file Functions that exporters write as several nodes become the one that there is a kernel for.
#pragma once

#include "pith/model/graph.h"

namespace pith {

/// x * 0.5 * (1 + erf(x / sqrt(2))) becomes gelu, and x * clamp(x + 3, 0, 6) / 6 hardSwish, in any order of
/// factors. What is no longer needed stays in the graph.
void recognisePatterns(Graph& graph);

}  // namespace pith
