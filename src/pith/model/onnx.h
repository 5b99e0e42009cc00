// SPDX-License-Identifier: Apache-2.0
/// @file An ONNX file becomes a Graph.
#pragma once

#include "pith/base/bytes.h"
#include "pith/model/graph.h"

namespace pith {

/// What the network will be given: one image of this size.
struct InputSize {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
};

/// Reads an ONNX model of operator sets 7 to 22. Open extents become the input's; weights of half precision
/// are widened. A node that is not supported becomes Op::refused and so does everything behind it: only a
/// network that keeps such a node after the cut is refused (`firstRefusal`).
/// @param file  borrowed for the call
/// @errors corruptModel (damaged, cycles, missing or doubly defined tensors), modelTooLarge,
/// unsupportedOperator (the
///         operator set), unsupportedShape (the inputs), shapeMismatch (the input against `size`)
/// @source https://onnx.ai/onnx/operators, onnx/onnx.proto
[[nodiscard]] Result<Graph> importOnnx(ByteView file, const InputSize& size, const Limits& limits);

/// The reason of the first refused node, if the graph has one.
[[nodiscard]] Status firstRefusal(const Graph& graph);

}  // namespace pith
