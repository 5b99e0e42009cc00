// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/convolution.h"

namespace pith {
namespace {

bool isFloatMap(const Tensor& tensor) {
  return !tensor.isConstant && !tensor.quantization && tensor.shape.size() == 4 && tensor.shape[0] == 1;
}

bool hasBias(const Node& node) { return node.inputs.size() > 2 && node.inputs[2] != noTensor; }

}  // namespace

MapExtents mapExtents(const Graph& graph, TensorId id) {
  const Shape& shape = graph.tensor(id).shape;
  return {static_cast<size_t>(shape[2]), static_cast<size_t>(shape[3]), static_cast<size_t>(shape[1])};
}

bool isFloatConvolution(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders) {
  const auto isFloats = [&](TensorId id) { return graph.tensor(id).isConstant && graph.tensor(id).type == DataType::float32; };
  return node.op == Op::conv && isFloatMap(graph.tensor(node.inputs[0])) && isFloatMap(graph.tensor(node.outputs[0])) &&
         orders[static_cast<size_t>(node.inputs[0])] == MemoryOrder::channelsLast && isFloats(node.inputs[1]) &&
         (!hasBias(node) || isFloats(node.inputs[2]));
}

FloatBuffer biasesOf(const Graph& graph, const Node& node) {
  FloatBuffer biases(static_cast<size_t>(graph.tensor(node.outputs[0]).shape[1]));
  if (!hasBias(node)) return biases;
  const auto& given = graph.tensor(node.inputs[2]).floats;
  std::memcpy(biases.data(), given.data(), given.size() * sizeof(float));
  return biases;
}

}  // namespace pith
