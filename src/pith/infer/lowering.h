// SPDX-License-Identifier: Apache-2.0
/// @file A segment of a Graph becomes an XNNPACK subgraph. Private to infer/.
///
/// Quantised tensors are quantised in the kernels too. What XNNPACK has no quantised kernel for is computed
/// in floats between two conversions.
#pragma once

#include <vector>

#include "pith/base/bytes.h"
#include "pith/infer/segments.h"
#include "pith/infer/xnn_handles.h"

namespace pith {

/// What XNNPACK calls the type of a tensor's numbers.
struct ValueType {
  xnn_datatype datatype = xnn_datatype_fp32;
  float scale = 1.0F;
  int32_t zeroPoint = 0;
  bool operator==(const ValueType&) const = default;
};

/// Weights that nodes share are packed once for each of them, so a small file could ask for much memory.
/// @param counted  the weights of all nodes so far
[[nodiscard]] Status countWeights(const Node& node, size_t elements, const Limits& limits, int64_t& counted);

class Lowering {
 public:
  /// @param graph  outlives the creation of the runtime: packed weights are read from it
  /// @param weightElements  counts the weights of all segments of a graph
  Lowering(const Graph& graph, const std::vector<MemoryOrder>& orders, const Limits& limits, int64_t& weightElements);

  /// External values are numbered: the segment's inputs, then its outputs.
  [[nodiscard]] Status run(const Segment& segment);

  [[nodiscard]] xnn_subgraph_t subgraph() const { return subgraph_.get(); }
  /// Weights that were rearranged: the runtime is created from copies of them.
  [[nodiscard]] const std::vector<TensorId>& rearrangedWeights() const { return rearranged_; }
  /// Constants that kernels read while they run; they outlive the runtime.
  [[nodiscard]] std::vector<FloatBuffer> takeKept() { return std::move(kept_); }

 private:
  Status defineExternal(TensorId id, uint32_t number, uint32_t flag);
  Status lower(const Node& node);
  Status lowerAsItIs(const Node& node);

  // lowering.cpp
  Status lowerBinary(const Node& node);
  Status lowerClamp(const Node& node);
  Status lowerConcat(const Node& node);
  Status lowerFullyConnected(const Node& node);
  Status lowerReduce(const Node& node);
  /// The axes that a mean or a sum is taken over, as the kernel sees them, and the order of its input.
  [[nodiscard]] std::pair<MemoryOrder, std::vector<size_t>> reducedAxes(const Node& node) const;
  Status lowerReshape(const Node& node);
  Status lowerMatMul(const Node& node);
  Status lowerSlice(const Node& node);
  Status lowerSoftmax(const Node& node);
  Status lowerTranspose(const Node& node);
  Status lowerUnary(const Node& node);
  // lowering_window.cpp
  Status lowerConv(const Node& node);
  Status lowerConvTranspose(const Node& node);
  Status lowerResize(const Node& node);
  Status lowerDepthwise(const Node& node);
  Status lowerMaxPool(const Node& node);
  Status lowerAveragePool(const Node& node);
  Status lowerPad(const Node& node);
  /// Keeps every stride-th row and column.
  Status subsample(const Node& node, uint32_t input, const Shape& inputShape, const std::vector<int64_t>& stride,
                   ClampRange clamp, uint32_t output);
  /// Puts `pads` of one value around the map.
  Result<uint32_t> padMap(const Node& node, uint32_t input, Shape& shape, const std::vector<int64_t>& pads,
                          float value);

  // lowering_quantized.cpp
  /// The type of a tensor's values in the kernels; float32 for all of them while a node is computed in
  /// floats.
  [[nodiscard]] ValueType typeOf(TensorId id) const;
  [[nodiscard]] bool isQuantized(TensorId id) const { return typeOf(id).datatype != xnn_datatype_fp32; }
  /// Kernels for quantised numbers do what the node asks for, with the quantisations it has.
  [[nodiscard]] bool hasQuantizedKernel(const Node& node) const;
  [[nodiscard]] bool sumsSignedRows(const Node& node) const;
  /// Quantised inputs become floats before the node, and its result is quantised behind it.
  Status lowerInFloats(const Node& node);
  Status lowerConvert(const Node& node);
  Status convert(const Node& node, uint32_t from, uint32_t to);
  /// Types and scales that the kernels of convolutions and matrix products are made for.
  Status checkProduct(const Node& node) const;
  Status checkBinary(const Node& node) const;

  /// The value of an activation in the order in which it is made; defined when it is first asked for.
  Result<uint32_t> valueOf(const Node& node, TensorId id);
  /// The value of an activation or a constant in an order; transposed once, where it is not made so.
  Result<uint32_t> valueIn(const Node& node, TensorId id, MemoryOrder order);
  Result<uint32_t> reordered(const Node& node, uint32_t value, const Shape& shape, MemoryOrder from, ValueType type);
  /// In the result's order; as the graph says, where the result has another rank.
  Result<uint32_t> inputOf(const Node& node, size_t i);
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
  Status countWeights(const Node& node, size_t elements) { return pith::countWeights(node, elements, limits_, weightElements_); }
  static Status checkSamples(const Node& node, const std::vector<int64_t>& kernel, const Shape& places);
  Result<uint32_t> define(const Node& node, const Shape& memoryShape, const void* data, uint32_t externalId,
                          uint32_t flags, ValueType type);

  [[nodiscard]] static Status check(xnn_status status, const Node& node) { return checkXnnpack(status, node); }
  [[nodiscard]] const Shape& shapeOf(TensorId id) const { return graph_.tensor(id).shape; }
  [[nodiscard]] MemoryOrder orderOf(TensorId id) const { return orders_[static_cast<size_t>(id)]; }
  [[nodiscard]] Shape memoryShapeOf(TensorId id) const { return shapeIn(orderOf(id), shapeOf(id)); }

  const Graph& graph_;
  const std::vector<MemoryOrder>& orders_;
  const Limits& limits_;
  SubgraphPtr subgraph_;
  std::vector<uint32_t> values_;    // in the order in which they are made
  std::vector<uint32_t> reordered_;  // rank 4: in the other order
  std::vector<FloatBuffer> kept_;
  std::vector<FloatBuffer> packed_;  // rearranged weights, until the runtime is created
  std::vector<TensorId> rearranged_;
  int64_t& weightElements_;
  bool inFloats_ = false;
};

}  // namespace pith
