// SPDX-License-Identifier: Apache-2.0
/// @file Convolutions of 3x3 windows with fewer multiplications. Private to infer/.
#pragma once

#include "pith/infer/convolution.h"

namespace pith {

/// makeWinograd can compute the node and is likely to be faster than XNNPACK's own convolution.
[[nodiscard]] bool isForWinograd(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders);
/// What its weights grow by: they are kept for 4x4 places instead of 3x3.
[[nodiscard]] int64_t winogradExtraBytes(const Graph& graph, const Node& node);

/// A convolution as F(2x2, 3x3): 16 products for each 2x2 results and pair of channels instead of 36. Tiles are transformed
/// by additions alone (tile_transforms.h); then all tiles of a block are multiplied by the weights of each place in one matrix
/// product.
/// @param node  one of `graph` that isForWinograd is true of; its weights may be given back afterwards
[[nodiscard]] Result<std::unique_ptr<Convolution>> makeWinograd(const Graph& graph, const Node& node);

}  // namespace pith
