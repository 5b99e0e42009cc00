// SPDX-License-Identifier: Apache-2.0
#include "pith/model/operators.h"

#include <algorithm>
#include <array>

namespace pith::onnx {
namespace {

constexpr size_t any = SIZE_MAX;

/// In alphabetical order, for the binary search.
constexpr auto operators = std::to_array<Operator>({
    {"Add", 2, 2, importAdd},
    {"AveragePool", 1, 1, importAveragePool},
    {"BatchNormalization", 5, 5, importBatchNormalization},
    {"Cast", 1, 1, importCast},
    {"Clip", 1, 3, importClip},
    {"Concat", 1, any, importConcat},
    {"Constant", 0, 0, importConstant},
    {"ConstantOfShape", 1, 1, importConstantOfShape},
    {"Conv", 2, 3, importConv},
    {"Dropout", 1, 3, importDropout},
    {"Flatten", 1, 1, importFlatten},
    {"Gather", 2, 2, importGather},
    {"Gemm", 2, 3, importGemm},
    {"GlobalAveragePool", 1, 1, importGlobalAveragePool},
    {"Identity", 1, 1, importIdentity},
    {"MatMul", 2, 2, importMatMul},
    {"MaxPool", 1, 1, importMaxPool},
    {"Mul", 2, 2, importMul},
    {"Pad", 1, 4, importPad},
    {"ReduceMean", 1, 2, importReduceMean},
    {"Relu", 1, 1, importRelu},
    {"Reshape", 2, 2, importReshape},
    {"Shape", 1, 1, importShape},
    {"Softmax", 1, 1, importSoftmax},
    {"Squeeze", 1, 2, importSqueeze},
    {"Sum", 2, 2, importAdd},
    {"Transpose", 1, 1, importTranspose},
    {"Unsqueeze", 1, 2, importUnsqueeze},
});
static_assert(std::ranges::is_sorted(operators, {}, &Operator::name));

}  // namespace

const Operator* findOperator(std::string_view name) {
  const auto found = std::ranges::lower_bound(operators, name, {}, &Operator::name);
  return found != operators.end() && found->name == name ? &*found : nullptr;
}

const AttributeMessage* OperatorImport::attribute(std::string_view name) const {
  const auto found = std::ranges::find(message_.attributes, name, &AttributeMessage::name);
  return found == message_.attributes.end() ? nullptr : &*found;
}

int64_t OperatorImport::intAttribute(std::string_view name, int64_t otherwise) const {
  const auto* found = attribute(name);
  return found ? found->i : otherwise;
}

float OperatorImport::floatAttribute(std::string_view name, float otherwise) const {
  const auto* found = attribute(name);
  return found ? found->f : otherwise;
}

std::string OperatorImport::stringAttribute(std::string_view name, std::string_view otherwise) const {
  const auto* found = attribute(name);
  return found ? found->s : std::string(otherwise);
}

std::vector<int64_t> OperatorImport::intsAttribute(std::string_view name) const {
  const auto* found = attribute(name);
  return found ? found->ints : std::vector<int64_t>{};
}

Result<std::vector<int64_t>> OperatorImport::intsFrom(size_t inputIndex,
                                                      std::string_view attributeName) const {
  if (!hasInput(inputIndex)) return intsAttribute(attributeName);
  const Tensor& tensor = input(inputIndex);
  if (!tensor.isConstant || tensor.type != DataType::int64) {
    return unsupportedShape("input " + quotedName(tensor.name) + " must be constant whole numbers");
  }
  return tensor.integers;
}

Result<int64_t> OperatorImport::axisIn(int64_t axis, size_t rank) const {
  const auto signedRank = static_cast<int64_t>(rank);
  if (axis < -signedRank || axis >= signedRank) {
    return corrupt("axis " + std::to_string(axis) + " lies outside a tensor of rank " + std::to_string(rank));
  }
  return axis < 0 ? axis + signedRank : axis;
}

std::string OperatorImport::describe(const std::string& sentence) const {
  Node node;
  node.name = message_.name.empty() && !message_.outputs.empty() ? message_.outputs[0] : message_.name;
  node.opType = message_.opType;
  return nodeText(node) + ": " + sentence + ".";
}

Error OperatorImport::unsupportedShape(const std::string& sentence) const {
  return {ErrorCode::unsupportedShape, describe(sentence)};
}
Error OperatorImport::unsupportedOperator(const std::string& sentence) const {
  return {ErrorCode::unsupportedOperator, describe(sentence)};
}
Error OperatorImport::corrupt(const std::string& sentence) const {
  return {ErrorCode::corruptModel, describe(sentence)};
}

Status OperatorImport::requireFloat(size_t i, size_t minRank, size_t maxRank) const {
  if (!hasInput(i)) return corrupt("input " + std::to_string(i) + " is missing");
  const Tensor& tensor = input(i);
  if (tensor.type != DataType::float32)
    return unsupportedOperator("input " + quotedName(tensor.name) + " must be float");
  if (tensor.shape.size() < minRank || tensor.shape.size() > maxRank) {
    return unsupportedShape("input " + quotedName(tensor.name) + " has shape " + shapeText(tensor.shape) +
                            "; rank " + std::to_string(minRank) + " to " + std::to_string(maxRank) +
                            " is allowed");
  }
  return {};
}

Status OperatorImport::requireSingleOutput() const {
  for (size_t i = 1; i < message_.outputs.size(); ++i) {
    if (hasOutput(i))
      return unsupportedOperator("output " + quotedName(message_.outputs[i]) + " is not computed");
  }
  return {};
}

Status OperatorImport::emit(Op op, Attributes attributes, std::vector<TensorId> inputs, Shape outputShape) {
  if (!hasOutput(0)) return corrupt("it has no output");
  const auto elements = elementCount(outputShape, limits_);
  if (!elements || *elements == 0) {
    return Error{ErrorCode::modelTooLarge,
                 describe("its output would have shape " + shapeText(outputShape) + "; 1 to " +
                          std::to_string(limits_.maxTensorElements) + " elements are allowed")};
  }
  const bool onlyConstants = std::ranges::all_of(
      inputs, [&](TensorId id) { return id == noTensor || graph_.tensor(id).isConstant; });
  if (onlyConstants) return unsupportedOperator("it works on constants only, which is not folded");
  while (!inputs.empty() && inputs.back() == noTensor) inputs.pop_back();
  Node node;
  node.op = op;
  node.name = message_.name.empty() ? message_.outputs[0] : message_.name;
  node.opType = message_.opType;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  Tensor output;
  output.name = message_.outputs[0];
  output.shape = std::move(outputShape);
  node.outputs.push_back(graph_.addTensor(std::move(output)));
  graph_.nodes.push_back(std::move(node));
  return {};
}

Status OperatorImport::reserveFolded(int64_t elements) const {
  if (elements <= limits_.maxTensorElements - foldedElements_) return {};
  return Error{ErrorCode::modelTooLarge,
               describe("computed constants exceed the " + std::to_string(limits_.maxTensorElements) +
                        " elements that are allowed together")};
}

Status OperatorImport::fold(Tensor constant) {
  if (!hasOutput(0)) return corrupt("it has no output");
  const auto elements = static_cast<int64_t>(constant.floats.size() + constant.integers.size());
  PITH_RETURN_IF_ERROR(reserveFolded(elements));
  foldedElements_ += elements;
  constant.name = message_.outputs[0];
  constant.isConstant = true;
  graph_.addTensor(std::move(constant));
  return {};
}

Result<TensorId> OperatorImport::addConstant(std::string_view role, Shape shape, std::vector<float> floats) {
  Tensor constant;
  constant.name = (message_.outputs.empty() ? message_.name : message_.outputs[0]) + "/" + std::string(role);
  constant.shape = std::move(shape);
  constant.floats = std::move(floats);
  constant.isConstant = true;
  const auto elements = static_cast<int64_t>(constant.floats.size() + constant.integers.size());
  PITH_RETURN_IF_ERROR(reserveFolded(elements));
  foldedElements_ += elements;
  return graph_.addTensor(std::move(constant));
}

}  // namespace pith::onnx
