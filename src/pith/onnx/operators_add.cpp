// SPDX-License-Identifier: Apache-2.0
/// @file How an operator's import puts nodes into the graph, and computes those of constants on the spot.
#include <algorithm>
#include <iterator>

#include "pith/model/constant_folding.h"
#include "pith/onnx/operators.h"
#include "pith/plain/plain.h"

namespace pith::onnx {

std::string OperatorImport::nodeName() const {
  return message_.name.empty() && !message_.outputs.empty() ? message_.outputs[0] : message_.name;
}

Status OperatorImport::reserveFolded(int64_t elements) const {
  // What fails late costs as much as what does not, so that a file may not try it over and over.
  const bool wasTriedOften = elements > 4 * limits_.maxTensorElements - budget_.tried;
  if (elements <= limits_.maxTensorElements - budget_.elements && !wasTriedOften) {
    budget_.tried += elements;
    return {};
  }
  return Error{ErrorCode::modelTooLarge,
               describe("computed constants exceed the " + std::to_string(limits_.maxTensorElements) +
                        " elements that are allowed together")};
}

Status OperatorImport::keepTable(int64_t entries) const {
  if (entries > maxTableEntries - budget_.tableEntries) {
    return Error{ErrorCode::modelTooLarge,
                 describe("the tables of all nodes exceed the " + std::to_string(maxTableEntries) + " entries that are allowed together")};
  }
  budget_.tableEntries += entries;
  return {};
}

Result<TensorId> OperatorImport::addConstant(Tensor constant) {
  const auto elements = constant.missing.empty() ? static_cast<int64_t>(constant.floats.size() + constant.integers.size())
                                                 : plain::countOf(constant.shape);
  PITH_RETURN_IF_ERROR(reserveFolded(elements));
  budget_.elements += elements;
  constant.name = nodeName() + "/" + std::to_string(graph_.tensors.size());
  constant.isConstant = true;
  return graph_.addTensor(std::move(constant));
}

Result<TensorId> OperatorImport::addConstant(Shape shape, std::vector<float> floats) {
  Tensor constant;
  constant.shape = std::move(shape);
  constant.floats = std::move(floats);
  return addConstant(std::move(constant));
}

Result<TensorId> OperatorImport::compute(const Node& node, Shape shape, NumberType element) {
  const auto operations = plain::onlyMoves(node.op) ? 0 : operationsOf(graph_, node, shape);
  const int64_t mostOperations = limits_.maxTensorElements;
  const int64_t elements = plain::countOf(shape);
  PITH_RETURN_IF_ERROR(reserveFolded(elements));
  if (!operations || *operations > mostOperations - budget_.operations)
    return Error{ErrorCode::modelTooLarge, describe("computing its constants takes too long")};
  budget_.operations += *operations;
  std::vector<uint32_t> missing;
  for (TensorId id : node.inputs) std::ranges::copy(graph_.tensor(id).missing, std::back_inserter(missing));
  if (!missing.empty()) {
    std::ranges::sort(missing);
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    Tensor outline;
    outline.shape = std::move(shape);
    outline.element = element;
    outline.type = graph_.tensor(node.inputs.back()).type;
    outline.missing = std::move(missing);
    return addConstant(std::move(outline));
  }
  auto result = computeConstant(graph_, node, std::move(shape), element);
  if (!result) return unsupportedOperator("whole numbers have no such operation, or no such result");
  return addConstant(std::move(*result));
}

Result<TensorId> OperatorImport::add(Op op, Attributes attributes, std::vector<TensorId> inputs, Shape outputShape,
                                     NumberType element, ClampRange clamp) {
  const auto elements = elementCount(outputShape, limits_);
  if (!elements || outputShape.size() > maxAxes) {
    return Error{ErrorCode::modelTooLarge,
                 describe("its output would have shape " + shapeText(outputShape) + "; at most " +
                          std::to_string(limits_.maxTensorElements) + " elements and " + std::to_string(maxAxes) +
                          " axes are allowed")};
  }
  while (!inputs.empty() && inputs.back() == noTensor) inputs.pop_back();
  Node node;
  node.op = op;
  node.name = nodeName();
  node.opType = message_.opType;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  node.clamp = clamp;
  bool onlyConstants = true;
  for (TensorId id : node.inputs) {
    const Tensor& tensor = graph_.tensor(id);
    onlyConstants = onlyConstants && tensor.isConstant;
    if (tensor.type != graph_.tensor(node.inputs[0]).type)
      return unsupportedOperator("its inputs are of several types");
    if (tensor.element == NumberType::float64 && !plain::onlyMoves(op) && op != Op::unary)
      return unsupportedOperator("arithmetic on float64 is not supported");
  }
  if (element == NumberType::undefined) element = graph_.tensor(node.inputs[0]).element;
  if (onlyConstants) return compute(node, std::move(outputShape), element);
  for (TensorId id : node.inputs) {
    if (graph_.tensor(id).type != DataType::float32)
      return unsupportedOperator("whole numbers are computed only where they are constant");
  }
  Tensor output;
  output.name = nodeName() + "/" + std::to_string(graph_.tensors.size());
  output.shape = std::move(outputShape);
  output.element = element;
  node.outputs.push_back(graph_.addTensor(std::move(output)));
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().outputs[0];
}

Result<TensorId> OperatorImport::addUnary(UnaryAttributes attributes, TensorId input) {
  return add(Op::unary, attributes, {input}, tensor(input).shape);
}

Result<TensorId> OperatorImport::addBinary(Op op, TensorId a, TensorId b) {
  PITH_ASSIGN_OR_RETURN(auto shape, broadcast(tensor(a).shape, tensor(b).shape));
  return add(op, {}, {a, b}, std::move(shape));
}

Result<TensorId> OperatorImport::addReshape(TensorId input, Shape shape) {
  if (tensor(input).shape == shape) return input;
  return add(Op::reshape, {}, {input}, std::move(shape));
}

Result<TensorId> OperatorImport::addTranspose(TensorId input, std::vector<int64_t> permutation) {
  Shape shape;
  for (int64_t axis : permutation) shape.push_back(tensor(input).shape[static_cast<size_t>(axis)]);
  return add(Op::transpose, TransposeAttributes{std::move(permutation)}, {input}, std::move(shape));
}

Status OperatorImport::give(Result<TensorId> made, size_t output) {
  if (!made) return made.error();
  if (!hasOutput(output)) return output == 0 ? Status(corrupt("it has no output")) : Status();
  TensorId id = *made;
  bool isOwn = id >= firstOwn_;
  if (isOwn) {
    const auto at = static_cast<size_t>(id - firstOwn_);
    if (at >= isGiven_.size()) isGiven_.resize(graph_.tensors.size() - static_cast<size_t>(firstOwn_));
    isOwn = isGiven_[at] == 0;
    isGiven_[at] = 1;
  }
  if (!isOwn && !graph_.tensor(id).isConstant) {
    // Another name for a tensor that has one.
    PITH_ASSIGN_OR_RETURN(id, add(Op::identity, {}, {id}, Shape(graph_.tensor(id).shape)));
  }
  if (id >= firstOwn_) graph_.tensor(id).name = message_.outputs[output];
  given_[output] = id;
  return {};
}

}  // namespace pith::onnx
