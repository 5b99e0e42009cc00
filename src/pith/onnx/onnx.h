// SPDX-License-Identifier: Apache-2.0
/// @file An ONNX file becomes a Graph.
#pragma once

#include <memory>

#include "pith/base/bytes.h"
#include "pith/model/graph.h"
#include "pith/model/model_source.h"

namespace pith {

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

/// Weights of an ONNX file that are larger are left in the file until they are needed.
inline constexpr uint64_t largeWeightBytes = uint64_t{16} << 10;

/// An ONNX model of operator sets 6 to 25, in a file that is read piece by piece. Open extents become the input's;
/// weights of half precision are widened; what depends on constants only is computed. A node that is not supported
/// becomes Op::refused and so does everything behind it: only a network that keeps such a node after the cut is refused
/// (`firstRefusal`).
/// @source https://onnx.ai/onnx/operators, onnx/onnx.proto
class OnnxFile {
 public:
  /// Reads everything but large weights.
  /// @param file, external  outlive this; without `external`, weights in other files are refused
  /// @errors corruptModel (damaged), modelTooLarge, unsupportedOperator (functions, sparse weights); those of `file`
  [[nodiscard]] static Result<OnnxFile> open(ModelSource& file, const Limits& limits, ExternalData* external = nullptr,
                                             uint64_t largeBytes = largeWeightBytes);

  /// The shape of the image that the network takes, of four axes, as the file says it; -1: any.
  /// @errors unsupportedShape where there is not one input of four axes
  [[nodiscard]] Result<Shape> inputShape() const;

  /// The graph, without large weights where no operator looks at their numbers: `Tensor::missing` says where.
  /// @errors corruptModel (cycles, missing or doubly defined tensors, weights), modelTooLarge, unsupportedOperator
  ///         (the operator set), unsupportedShape (the inputs), shapeMismatch (the input against `size`)
  [[nodiscard]] Result<Graph> outline(const InputSize& size) const;
  /// The same graph, of the same tensors and nodes, with the weights that some of its tensors depend on.
  /// @errors those of `outline`; internalError where the graph is not the same
  [[nodiscard]] Result<Graph> withWeights(Graph outline, const InputSize& size, const std::vector<TensorId>& tensors) const;

  /// The graph with all weights that its nodes read.
  [[nodiscard]] Result<Graph> import(const InputSize& size) const;
  /// The same for a network with any inputs: every one that the file does not give itself is bound.
  [[nodiscard]] Result<Graph> import(const std::vector<InputBinding>& inputs) const;

  OnnxFile(OnnxFile&&) noexcept;
  OnnxFile& operator=(OnnxFile&&) noexcept;
  ~OnnxFile();

 private:
  struct Impl;
  explicit OnnxFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `OnnxFile::import` of a file in memory.
/// @param file  borrowed for the call
[[nodiscard]] Result<Graph> importOnnx(ByteView file, const InputSize& size, const Limits& limits,
                                       ExternalData* external = nullptr);
[[nodiscard]] Result<Graph> importOnnx(ByteView file, const std::vector<InputBinding>& inputs, const Limits& limits,
                                       ExternalData* external = nullptr);

}  // namespace pith
