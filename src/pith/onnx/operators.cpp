// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/operators.h"

#include <algorithm>
#include <array>

namespace pith::onnx {
namespace {

constexpr size_t any = SIZE_MAX;

/// In alphabetical order, for the binary search.
constexpr auto operators = std::to_array<Operator>({
    {"Abs", 1, 1, importUnary},
    {"Add", 2, 2, importAdd},
    {"And", 2, 2, importCompare},
    {"AveragePool", 1, 1, importAveragePool},
    {"BatchNormalization", 5, 5, importBatchNormalization},
    {"Cast", 1, 1, importCast},
    {"CastLike", 2, 2, importCast},
    {"Ceil", 1, 1, importUnary},
    {"Celu", 1, 1, importUnary},
    {"Clip", 1, 3, importClip},
    {"Concat", 1, any, importConcat},
    {"Constant", 0, 0, importConstant},
    {"ConstantOfShape", 1, 1, importConstantOfShape},
    {"Conv", 2, 3, importConv},
    {"ConvTranspose", 2, 3, importConvTranspose},
    {"Cos", 1, 1, importUnary},
    {"DepthToSpace", 1, 1, importDepthToSpace},
    {"DequantizeLinear", 2, 3, importDequantizeLinear},
    {"Div", 2, 2, importDiv},
    {"Dropout", 1, 3, importDropout},
    {"Einsum", 1, 2, importEinsum},
    {"Elu", 1, 1, importUnary},
    {"Equal", 2, 2, importCompare},
    {"Erf", 1, 1, importUnary},
    {"Exp", 1, 1, importUnary},
    {"Expand", 2, 2, importExpand},
    {"Flatten", 1, 1, importFlatten},
    {"Floor", 1, 1, importUnary},
    {"Gather", 2, 2, importGather},
    {"Gelu", 1, 1, importGelu},
    {"Gemm", 2, 3, importGemm},
    {"GlobalAveragePool", 1, 1, importGlobalAveragePool},
    {"GlobalLpPool", 1, 1, importGlobalLpPool},
    {"GlobalMaxPool", 1, 1, importGlobalMaxPool},
    {"Greater", 2, 2, importCompare},
    {"GreaterOrEqual", 2, 2, importCompare},
    {"GroupNormalization", 3, 3, importGroupNormalization},
    {"HardSigmoid", 1, 1, importUnary},
    {"HardSwish", 1, 1, importUnary},
    {"Identity", 1, 1, importIdentity},
    {"InstanceNormalization", 3, 3, importInstanceNormalization},
    {"LRN", 1, 1, importLrn},
    {"LayerNormalization", 2, 3, importLayerNormalization},
    {"LeakyRelu", 1, 1, importUnary},
    {"Less", 2, 2, importCompare},
    {"LessOrEqual", 2, 2, importCompare},
    {"Log", 1, 1, importUnary},
    {"LogSoftmax", 1, 1, importSoftmax},
    {"LpNormalization", 1, 1, importLpNormalization},
    {"LpPool", 1, 1, importLpPool},
    {"MatMul", 2, 2, importMatMul},
    {"Max", 1, any, importMax},
    {"MaxPool", 1, 1, importMaxPool},
    {"Mean", 1, any, importMean},
    {"MeanVarianceNormalization", 1, 1, importMeanVarianceNormalization},
    {"Min", 1, any, importMin},
    {"Mish", 1, 1, importUnary},
    {"Mod", 2, 2, importCompare},
    {"Mul", 2, 2, importMul},
    {"Neg", 1, 1, importUnary},
    {"Not", 1, 1, importCompare},
    {"Or", 2, 2, importCompare},
    {"PRelu", 2, 2, importPRelu},
    {"Pad", 1, 4, importPad},
    {"Pow", 2, 2, importPow},
    {"QLinearAdd", 7, 8, importQLinearBinary},
    {"QLinearConv", 8, 9, importQLinearConv},
    {"QLinearGlobalAveragePool", 4, 5, importQLinearGlobalAveragePool},
    {"QLinearMatMul", 8, 8, importQLinearMatMul},
    {"QLinearMul", 7, 8, importQLinearBinary},
    {"QuantizeLinear", 2, 3, importQuantizeLinear},
    {"Range", 3, 3, importRange},
    {"Reciprocal", 1, 1, importUnary},
    {"ReduceL1", 1, 2, importReduce},
    {"ReduceL2", 1, 2, importReduce},
    {"ReduceLogSum", 1, 2, importReduce},
    {"ReduceLogSumExp", 1, 2, importReduce},
    {"ReduceMax", 1, 2, importReduce},
    {"ReduceMean", 1, 2, importReduce},
    {"ReduceMin", 1, 2, importReduce},
    {"ReduceProd", 1, 2, importReduce},
    {"ReduceSum", 1, 2, importReduce},
    {"ReduceSumSquare", 1, 2, importReduce},
    {"Relu", 1, 1, importRelu},
    {"Reshape", 1, 2, importReshape},
    {"Resize", 1, 4, importResize},
    {"Round", 1, 1, importUnary},
    {"ScatterND", 3, 3, importScatterNd},
    {"Selu", 1, 1, importUnary},
    {"Shape", 1, 1, importShape},
    {"Sigmoid", 1, 1, importUnary},
    {"Sign", 1, 1, importUnary},
    {"Sin", 1, 1, importUnary},
    {"Size", 1, 1, importSize},
    {"Slice", 1, 5, importSlice},
    {"Softmax", 1, 1, importSoftmax},
    {"Softplus", 1, 1, importUnary},
    {"Softsign", 1, 1, importUnary},
    {"SpaceToDepth", 1, 1, importSpaceToDepth},
    {"Split", 1, 2, importSplit},
    {"Sqrt", 1, 1, importUnary},
    {"Squeeze", 1, 2, importSqueeze},
    {"Sub", 2, 2, importSub},
    {"Sum", 1, any, importSum},
    {"Tanh", 1, 1, importUnary},
    {"ThresholdedRelu", 1, 1, importUnary},
    {"Tile", 2, 2, importTile},
    {"Transpose", 1, 1, importTranspose},
    {"Unsqueeze", 1, 2, importUnsqueeze},
    {"Upsample", 1, 2, importUpsample},
    {"Where", 3, 3, importWhere},
    {"Xor", 2, 2, importCompare},
});
static_assert(std::ranges::is_sorted(operators, {}, &Operator::name));

}  // namespace

const Operator* findOperator(std::string_view name) {
  const auto found = std::ranges::lower_bound(operators, name, {}, &Operator::name);
  return found != operators.end() && found->name == name ? &*found : nullptr;
}

OperatorImport::OperatorImport(Graph& graph, const NodeMessage& message, std::vector<TensorId> inputs, int64_t opset,
                               const Limits& limits, FoldingBudget& budget)
    : graph_(graph),
      message_(message),
      inputs_(std::move(inputs)),
      opset_(opset),
      limits_(limits),
      budget_(budget),
      firstOwn_(static_cast<TensorId>(graph.tensors.size())),
      given_(message.outputs.size(), noTensor) {}

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

Result<std::vector<float>> OperatorImport::floatsFrom(size_t inputIndex) const {
  if (!hasInput(inputIndex)) return corrupt("input " + std::to_string(inputIndex) + " is missing");
  const Tensor& tensor = input(inputIndex);
  if (!tensor.isConstant || tensor.type != DataType::float32)
    return unsupportedOperator("input " + quotedName(tensor.name) + " must be constant numbers");
  return tensor.floats;
}

Result<float> OperatorImport::scalarFrom(size_t inputIndex, std::string_view attributeName, float otherwise) const {
  if (!hasInput(inputIndex)) return floatAttribute(attributeName, otherwise);
  PITH_ASSIGN_OR_RETURN(const auto values, floatsFrom(inputIndex));
  if (values.size() != 1)
    return unsupportedOperator("input " + quotedName(input(inputIndex).name) + " must be one number");
  return values[0];
}

Result<int64_t> OperatorImport::axisIn(int64_t axis, size_t rank) const {
  const auto signedRank = static_cast<int64_t>(rank);
  if (axis < -signedRank || axis >= signedRank) {
    return corrupt("axis " + std::to_string(axis) + " lies outside a tensor of rank " + std::to_string(rank));
  }
  return axis < 0 ? axis + signedRank : axis;
}

Result<std::vector<int64_t>> OperatorImport::axesIn(std::vector<int64_t> axes, size_t rank) const {
  for (int64_t& axis : axes) {
    PITH_ASSIGN_OR_RETURN(axis, axisIn(axis, rank));
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) return corrupt("an axis is named twice");
  return axes;
}

Result<Shape> OperatorImport::broadcast(const Shape& a, const Shape& b) const {
  const size_t rank = std::max(a.size(), b.size());
  Shape output(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return unsupportedShape("shapes " + shapeText(a) + " and " + shapeText(b) + " do not fit together");
    output[rank - 1 - i] = x == 1 ? y : x;
  }
  return output;
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

}  // namespace pith::onnx
