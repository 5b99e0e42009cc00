// SPDX-License-Identifier: Apache-2.0
#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

void computeUnclamped(const Node& node, std::span<const View<const float>> inputs, const View<float>& y) {
  const View<const float>& x = inputs[0];
  switch (node.op) {
    case Op::add:
    case Op::divide:
    case Op::maximum:
    case Op::minimum:
    case Op::multiply:
    case Op::power:
    case Op::prelu:
    case Op::subtract:
      return binary(node.op, x, inputs[1], y);
    case Op::averagePool:
    case Op::lpPool:
    case Op::maxPool:
      return pool(node, x, y);
    case Op::batchNormalization:
      return batchNormalization(std::get<BatchNormalizationAttributes>(node.attributes).epsilon, inputs, y);
    case Op::clamp:
      return clamp(node.clamp, x, y);
    case Op::conv:
      return conv(std::get<ConvAttributes>(node.attributes), inputs, y);
    case Op::convTranspose:
      return convTranspose(std::get<ConvTransposeAttributes>(node.attributes), inputs, y);
    case Op::fullyConnected:
      return fullyConnected(inputs, y);
    case Op::localResponseNormalization:
      return localResponse(std::get<LocalResponseAttributes>(node.attributes), x, y);
    case Op::logSoftmax:
    case Op::softmax:
      return softmax(std::get<AxisAttributes>(node.attributes).axis, node.op == Op::logSoftmax, x, y);
    case Op::matMul:
      return matMul(x, inputs[1], y);
    case Op::normalize:
      return normalize(std::get<NormalizeAttributes>(node.attributes), inputs, y);
    case Op::reduce:
    case Op::reduceMean: {
      const auto& attributes = std::get<ReduceAttributes>(node.attributes);
      return reduce(node.op == Op::reduceMean ? ReduceKind::mean : attributes.kind, attributes.axes, x, y);
    }
    case Op::resize:
      return resize(std::get<ResizeAttributes>(node.attributes), x, y);
    case Op::select:
      return select(inputs, y);
    case Op::unary:
      return unary(std::get<UnaryAttributes>(node.attributes), x, y);
    case Op::concat:
    case Op::dropout:
    case Op::expand:
    case Op::gather:
    case Op::identity:
    case Op::pad:
    case Op::reshape:
    case Op::slice:
    case Op::transpose:
      return move<float>(node, inputs, y);
    case Op::convert:  // between numbers that these kernels do not have
    case Op::refused:
      return;
  }
}

}  // namespace

void compute(const Node& node, std::span<const View<const float>> inputs, const View<float>& output) {
  computeUnclamped(node, inputs, output);
  if (node.op != Op::clamp && !node.clamp.isOpen()) clamp(node.clamp, {output.data, output.shape, output.strides}, output);
}

}  // namespace pith::plain
