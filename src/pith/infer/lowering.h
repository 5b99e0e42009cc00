// SPDX-License-Identifier: Apache-2.0
/// @file A Graph becomes an XNNPACK subgraph. Private to infer/.
///
/// Layout: a tensor of rank 4 is NHWC in memory, any other rank is as the graph says. Operators that look at
/// the order of elements (reshape) therefore transpose first, unless a map has one channel or one place,
/// where both orders agree.
///
/// Quantised tensors are quantised in the kernels too. What XNNPACK has no quantised kernel for is computed
/// in floats between two conversions.
#pragma once

#include <vector>

#include "pith/base/bytes.h"
#include "pith/infer/xnn_handles.h"
#include "pith/model/graph.h"

namespace pith {

/// The shape of a tensor in memory.
[[nodiscard]] Shape memoryShape(const Shape& shape);

/// What XNNPACK calls the type of a tensor's numbers.
struct ValueType {
  xnn_datatype datatype = xnn_datatype_fp32;
  float scale = 1.0F;
  int32_t zeroPoint = 0;
  bool operator==(const ValueType&) const = default;
};

class Lowering {
 public:
  /// @param graph  outlives the creation of the runtime: packed weights are read from it
  Lowering(Graph& graph, const Limits& limits);

  [[nodiscard]] Status run();

  [[nodiscard]] xnn_subgraph_t subgraph() const { return subgraph_.get(); }
  /// Constants that kernels read while they run; they outlive the runtime.
  [[nodiscard]] std::vector<FloatBuffer> takeKept() { return std::move(kept_); }

 private:
  Status defineExternals();
  Status lower(const Node& node);
  Status lowerAsItIs(const Node& node);

  // lowering.cpp
  Status lowerBinary(const Node& node);
  Status lowerClamp(const Node& node);
  Status lowerConcat(const Node& node);
  Status lowerFullyConnected(const Node& node);
  Status lowerReduce(const Node& node);
  Status lowerReshape(const Node& node);
  Status lowerSoftmax(const Node& node);
  Status lowerTranspose(const Node& node);
  // lowering_window.cpp
  Status lowerConv(const Node& node);
  Status lowerDepthwise(const Node& node);
  Status lowerMaxPool(const Node& node);
  Status lowerAveragePool(const Node& node);
  Status lowerPad(const Node& node);
  /// Keeps every stride-th row and column.
  Status subsample(const Node& node, uint32_t input, const Shape& inputShape, std::array<int64_t, 2> stride,
                   ClampRange clamp, uint32_t output);
  /// Puts `pads` of one value around the map.
  Result<uint32_t> padMap(const Node& node, uint32_t input, Shape& shape, const std::array<int64_t, 4>& pads,
                          float value);

  // lowering_quantized.cpp
  /// The type of a tensor's values in the kernels; float32 for all of them while a node is computed in
  /// floats.
  [[nodiscard]] ValueType typeOf(TensorId id) const;
  [[nodiscard]] bool isQuantized(TensorId id) const { return typeOf(id).datatype != xnn_datatype_fp32; }
  /// Kernels for quantised numbers do what the node asks for, with the quantisations it has.
  [[nodiscard]] bool hasQuantizedKernel(const Node& node) const;
  /// Quantised inputs become floats before the node, and its result is quantised behind it.
  Status lowerInFloats(const Node& node);
  Status lowerConvert(const Node& node);
  Status convert(const Node& node, uint32_t from, uint32_t to);
  /// Types and scales that the kernels of convolutions and matrix products are made for.
  Status checkProduct(const Node& node) const;
  Status checkBinary(const Node& node) const;

  /// The value of an activation; defined when it is first asked for.
  Result<uint32_t> valueOf(const Node& node, TensorId id);
  Result<uint32_t> inputOf(const Node& node, size_t i) { return valueOf(node, node.inputs[i]); }
  Result<uint32_t> outputOf(const Node& node) { return valueOf(node, node.outputs[0]); }
  /// An activation that the graph does not have.
  Result<uint32_t> intermediate(const Node& node, const Shape& memoryShape, ValueType type);
  /// A constant, read when the runtime is created or, where its buffer is kept, for as long as it lives.
  Result<uint32_t> constantValue(const Node& node, const Shape& memoryShape, const float* data);
  Result<uint32_t> keepConstant(const Node& node, const Shape& memoryShape, FloatBuffer data, ValueType type);
  /// The weights of a node, whose output channels are the axis `channelAxis` of `memoryShape`.
  Result<uint32_t> weightsValue(const Node& node, const Shape& memoryShape, size_t channelAxis,
                                const void* data);
  /// An elementwise operand: an activation, or a constant in the layout and rank of the result.
  Result<uint32_t> operandOf(const Node& node, size_t i);
  Result<uint32_t> biasOf(const Node& node);
  Status countWeights(const Node& node, const Tensor& weights);
  Result<uint32_t> define(const Node& node, const Shape& memoryShape, const void* data, uint32_t externalId,
                          uint32_t flags, ValueType type);

  [[nodiscard]] Status check(xnn_status status, const Node& node) const;
  [[nodiscard]] const Shape& shapeOf(TensorId id) const { return graph_.tensor(id).shape; }

  Graph& graph_;
  const Limits& limits_;
  SubgraphPtr subgraph_;
  std::vector<uint32_t> values_;
  std::vector<FloatBuffer> kept_;
  std::vector<FloatBuffer> packed_;  // rearranged weights, until the runtime is created
  int64_t weightElements_ = 0;
  bool inFloats_ = false;
};

}  // namespace pith
