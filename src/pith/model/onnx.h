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

/// Where a model keeps weights in other files, it says their names; whoever calls has the files.
class ExternalData {
 public:
  virtual ~ExternalData() = default;
  /// @param location  a relative path without "..", as the model says it
  /// @return the whole file; lives until the import is done
  [[nodiscard]] virtual Result<ByteView> open(std::string_view location) = 0;
};

/// Whether a file's name is a relative path without "..", on every system.
[[nodiscard]] bool staysInFolder(std::string_view location);

/// What an input of a network is. A constant is taken for weights of the file.
struct InputBinding {
  std::string name;
  Tensor tensor;  // shape and type; the payload where `isConstant`
};

/// Reads an ONNX model of operator sets 6 to 25. Open extents become the input's; weights of half precision
/// are widened; what depends on constants only is computed. A node that is not supported becomes Op::refused and
/// so does everything behind it: only a network that keeps such a node after the cut is refused (`firstRefusal`).
/// @param file  borrowed for the call
/// @param external  asked for files with weights; without it, such weights are refused
/// @errors corruptModel (damaged, cycles, missing or doubly defined tensors), modelTooLarge,
/// unsupportedOperator (the
///         operator set), unsupportedShape (the inputs), shapeMismatch (the input against `size`)
/// @source https://onnx.ai/onnx/operators, onnx/onnx.proto
[[nodiscard]] Result<Graph> importOnnx(ByteView file, const InputSize& size, const Limits& limits,
                                       ExternalData* external = nullptr);

/// The same for a network with any inputs: every one that the file does not give itself is bound.
[[nodiscard]] Result<Graph> importOnnx(ByteView file, const std::vector<InputBinding>& inputs, const Limits& limits,
                                       ExternalData* external = nullptr);

/// The shape of the image that the network takes, of four axes, as the file says it; -1: any.
/// @errors those of reading the file; unsupportedShape where there is not one input of four axes
[[nodiscard]] Result<Shape> onnxInputShape(ByteView file, const Limits& limits);

/// The reason of the first refused node, if the graph has one.
[[nodiscard]] Status firstRefusal(const Graph& graph);

}  // namespace pith
