// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/engine_choice.h"

#include <algorithm>
#include <cmath>

#include "pith/infer/depthwise.h"
#include "pith/infer/winograd.h"

namespace pith {
namespace {

constexpr size_t mostAxes = 6;  // XNN_MAX_TENSOR_DIMS
#ifdef __wasm__
constexpr bool hasNarrowVectors = true;  // of four floats, as our own kernels have
#else
constexpr bool hasNarrowVectors = false;
#endif

bool isConstant(const Graph& graph, const Node& node, size_t input) {
  return node.inputs.size() <= input || node.inputs[input] == noTensor || graph.tensor(node.inputs[input]).isConstant;
}

/// XNNPACK's windows are smaller than their pads nowhere.
bool hasSmallPads(const Window& window) {
  for (size_t i = 0; i < window.pads.size(); ++i) {
    if (window.pads[i] >= window.kernel[i % 2]) return false;
  }
  return true;
}

/// XNNPACK's tables for averages have rows for the pads above and for those below, and take for granted that these are different ones.
bool hasRowsForPads(const Window& window, int64_t rows) {
  const int64_t stride = window.stride[0];
  return (window.pads[0] + stride - 1) / stride + (window.pads[2] + stride - 1) / stride <= rows;
}

bool takesUnary(const UnaryAttributes& unary) {
  switch (unary.kind) {
    case UnaryKind::absolute:
    case UnaryKind::ceiling:
    case UnaryKind::exponential:
    case UnaryKind::floor:
    case UnaryKind::gelu:
    case UnaryKind::hardSwish:
    case UnaryKind::logarithm:
    case UnaryKind::negate:
    case UnaryKind::round:
    case UnaryKind::sigmoid:
    case UnaryKind::square:
    case UnaryKind::squareRoot:
    case UnaryKind::tanh:
      return true;
    case UnaryKind::elu:
      return std::isnormal(unary.alpha) && unary.alpha > 0;
    case UnaryKind::leakyRelu:
      return std::isnormal(unary.alpha);
    default:
      return false;
  }
}

/// What a transposed convolution leaves beyond its last window must be less than a step.
bool takesConvTranspose(const Graph& graph, const Node& node) {
  const Window& w = std::get<ConvTransposeAttributes>(node.attributes).window;
  const Shape& input = graph.tensor(node.inputs[0]).shape;
  const Shape& output = graph.tensor(node.outputs[0]).shape;
  if (input.size() != 4 || !isConstant(graph, node, 1) || !isConstant(graph, node, 2)) return false;
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t covered = (input[axis + 2] - 1) * w.stride[axis] + (w.kernel[axis] - 1) * w.dilation[axis] + 1;
    const int64_t beyond = output[axis + 2] - (covered - w.pads[axis] - w.pads[axis + 2]);
    if (beyond < 0 || beyond >= w.stride[axis]) return false;
  }
  return true;
}

bool takesSoftmax(const Graph& graph, const Node& node, MemoryOrder order) {
  const auto rank = static_cast<int64_t>(graph.tensor(node.inputs[0]).shape.size());
  const int64_t axis = std::get<AxisAttributes>(node.attributes).axis;
  return order == MemoryOrder::channelsLast ? axis == 1 : axis == rank - 1;
}

bool takesOperation(const Graph& graph, const Node& node, MemoryOrder order) {
  const bool isMap = graph.tensor(node.inputs[0]).shape.size() == 4;
  switch (node.op) {
    case Op::add:
    case Op::clamp:
    case Op::concat:
    case Op::convert:
    case Op::divide:
    case Op::dropout:
    case Op::identity:
    case Op::matMul:
    case Op::maximum:
    case Op::minimum:
    case Op::multiply:
    case Op::reduceMean:
    case Op::reshape:
    case Op::subtract:
    case Op::transpose:
      return true;
    case Op::prelu:
      return isConstant(graph, node, 1);
    case Op::conv:
      return isMap && isConstant(graph, node, 1) && isConstant(graph, node, 2);
    case Op::convTranspose:
      return takesConvTranspose(graph, node);
    case Op::fullyConnected:
      return isConstant(graph, node, 1) && isConstant(graph, node, 2);
    case Op::maxPool:
      return isMap && hasSmallPads(std::get<MaxPoolAttributes>(node.attributes).window);
    case Op::averagePool: {
      const Window& window = std::get<AveragePoolAttributes>(node.attributes).window;
      return isMap && hasSmallPads(window) && isOne(window.dilation) && hasRowsForPads(window, graph.tensor(node.outputs[0]).shape[2]);
    }
    case Op::pad:
      return std::get<PadAttributes>(node.attributes).mode == PadMode::constant;
    case Op::reduce:
      return std::get<ReduceAttributes>(node.attributes).kind == ReduceKind::sum;
    case Op::resize:
      return std::get<ResizeAttributes>(node.attributes).bilinear != BilinearGrid::none && order == MemoryOrder::channelsLast;
    case Op::slice:
      return isOne(std::get<SliceAttributes>(node.attributes).steps);
    case Op::softmax:
      return takesSoftmax(graph, node, order);
    case Op::unary:
      return takesUnary(std::get<UnaryAttributes>(node.attributes));
    case Op::refused:  // lowering answers with the refusal
      return true;
    default:
      return false;
  }
}

}  // namespace

bool isForXnnpack(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders) {
  const auto* reshape = std::get_if<ReshapeAttributes>(&node.attributes);
  if (node.op == Op::refused || (reshape && reshape->keepsMemoryOrder)) return true;
  // Plain kernels have no other constants than floats.
  const auto isInteger = [&](TensorId id) {
    return id != noTensor && graph.tensor(id).isConstant && graph.tensor(id).type != DataType::float32;
  };
  if (std::ranges::any_of(node.inputs, isInteger)) return true;
  const auto fits = [&](TensorId id) {
    if (id == noTensor) return true;
    const Shape& shape = graph.tensor(id).shape;
    return shape.size() <= mostAxes && std::ranges::find(shape, 0) == shape.end();
  };
  if (!std::ranges::all_of(node.inputs, fits) || !std::ranges::all_of(node.outputs, fits)) return false;
  return takesOperation(graph, node, orders[static_cast<size_t>(node.outputs[0])]);
}

std::vector<Engine> chooseEngines(const Graph& graph, const std::vector<MemoryOrder>& orders) {
  // Maps get smaller from layer to layer: the first ones save the most for what their weights grow by.
  int64_t budgetBytes = int64_t{4} << 20;
  for (const Tensor& tensor : graph.tensors) budgetBytes += static_cast<int64_t>(tensor.floats.size() * sizeof(float) / 12);
  std::vector<Engine> engines;
  for (const Node& node : graph.nodes) {
    Engine engine = isForXnnpack(graph, node, orders) ? Engine::xnnpack : Engine::plain;
    if (engine == Engine::xnnpack && isForWinograd(graph, node, orders)) {
      const int64_t bytes = winogradExtraBytes(graph, node);
      if (bytes <= budgetBytes) {
        budgetBytes -= bytes;
        engine = Engine::winograd;
      }
    }
    if (engine == Engine::xnnpack && hasNarrowVectors && isForDepthwise(graph, node, orders)) engine = Engine::depthwise;
    engines.push_back(engine);
  }
  return engines;
}

}  // namespace pith
