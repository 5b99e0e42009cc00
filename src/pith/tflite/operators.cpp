// SPDX-License-Identifier: Apache-2.0
#include "pith/tflite/operators.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "pith/model/constant_folding.h"

namespace pith::tflite {
namespace {

constexpr size_t any = SIZE_MAX;

/// Sorted by number, for the binary search. Operators without a function are known by name only.
constexpr auto operators = std::to_array<Operator>({
    {0, "ADD", 2, 2, importAdd},
    {1, "AVERAGE_POOL_2D", 1, 1, importAveragePool},
    {2, "CONCATENATION", 1, any, importConcatenation},
    {3, "CONV_2D", 2, 3, importConv},
    {4, "DEPTHWISE_CONV_2D", 2, 3, importDepthwiseConv},
    {5, "DEPTH_TO_SPACE", 1, 1, importDepthToSpace},
    {6, "DEQUANTIZE", 1, 1, importQuantize},
    {8, "FLOOR", 1, 1, importUnary},
    {9, "FULLY_CONNECTED", 2, 3, importFullyConnected},
    {11, "L2_NORMALIZATION", 1, 1, importL2Normalization},
    {12, "L2_POOL_2D", 1, 1, importL2Pool},
    {13, "LOCAL_RESPONSE_NORMALIZATION", 1, 1, importLocalResponse},
    {14, "LOGISTIC", 1, 1, importUnary},
    {17, "MAX_POOL_2D", 1, 1, importMaxPool},
    {18, "MUL", 2, 2, importMul},
    {19, "RELU", 1, 1, importRelu},
    {20, "RELU_N1_TO_1", 1, 1, importReluMinus1To1},
    {21, "RELU6", 1, 1, importRelu6},
    {22, "RESHAPE", 1, 2, importReshape},
    {23, "RESIZE_BILINEAR", 2, 2, importResizeBilinear},
    {25, "SOFTMAX", 1, 1, importSoftmax},
    {26, "SPACE_TO_DEPTH", 1, 1, importSpaceToDepth},
    {28, "TANH", 1, 1, importUnary},
    {32, "CUSTOM", 0, any, nullptr},
    {34, "PAD", 2, 2, importPad},
    {36, "GATHER", 2, 2, importGather},
    {37, "BATCH_TO_SPACE_ND", 3, 3, importBatchToSpace},
    {38, "SPACE_TO_BATCH_ND", 3, 3, importSpaceToBatch},
    {39, "TRANSPOSE", 2, 2, importTranspose},
    {40, "MEAN", 2, 2, importMean},
    {41, "SUB", 2, 2, importSub},
    {42, "DIV", 2, 2, importDiv},
    {43, "SQUEEZE", 1, 1, importSqueeze},
    {45, "STRIDED_SLICE", 4, 4, importStridedSlice},
    {47, "EXP", 1, 1, importUnary},
    {48, "TOPK_V2", 2, 2, nullptr},
    {49, "SPLIT", 2, 2, importSplit},
    {50, "LOG_SOFTMAX", 1, 1, importLogSoftmax},
    {53, "CAST", 1, 1, importCast},
    {54, "PRELU", 2, 2, importPrelu},
    {55, "MAXIMUM", 2, 2, importMaximum},
    {56, "ARG_MAX", 2, 2, nullptr},
    {57, "MINIMUM", 2, 2, importMinimum},
    {59, "NEG", 1, 1, importUnary},
    {60, "PADV2", 3, 3, importPad},
    {65, "SLICE", 3, 3, importSlice},
    {66, "SIN", 1, 1, importUnary},
    {67, "TRANSPOSE_CONV", 3, 4, importTransposeConv},
    {69, "TILE", 2, 2, importTile},
    {70, "EXPAND_DIMS", 2, 2, importExpandDims},
    {73, "LOG", 1, 1, importUnary},
    {74, "SUM", 2, 2, importReduce},
    {75, "SQRT", 1, 1, importUnary},
    {76, "RSQRT", 1, 1, importRsqrt},
    {77, "SHAPE", 1, 1, importShape},
    {78, "POW", 2, 2, importPow},
    {81, "REDUCE_PROD", 2, 2, importReduce},
    {82, "REDUCE_MAX", 2, 2, importReduce},
    {83, "PACK", 1, any, importPack},
    {88, "UNPACK", 1, 1, importUnpack},
    {89, "REDUCE_MIN", 2, 2, importReduce},
    {92, "SQUARE", 1, 1, importUnary},
    {97, "RESIZE_NEAREST_NEIGHBOR", 2, 2, importResizeNearest},
    {98, "LEAKY_RELU", 1, 1, importLeakyRelu},
    {99, "SQUARED_DIFFERENCE", 2, 2, importSquaredDifference},
    {100, "MIRROR_PAD", 2, 2, importMirrorPad},
    {101, "ABS", 1, 1, importUnary},
    {102, "SPLIT_V", 3, 3, importSplitV},
    {104, "CEIL", 1, 1, importUnary},
    {108, "COS", 1, 1, importUnary},
    {111, "ELU", 1, 1, importUnary},
    {114, "QUANTIZE", 1, 1, importQuantize},
    {116, "ROUND", 1, 1, importUnary},
    {117, "HARD_SWISH", 1, 1, importUnary},
    {126, "BATCH_MATMUL", 2, 2, importBatchMatMul},
    {130, "BROADCAST_TO", 2, 2, importBroadcastTo},
    {150, "GELU", 1, 1, importGelu},
    {152, "RELU_0_TO_1", 1, 1, importRelu0To1},
});
static_assert(std::ranges::is_sorted(operators, {}, &Operator::code));

/// The quantised number nearest to a bound, as the kernels take it.
double integerOf(float number, const Tensor& tensor) {
  const double lowest = tensor.type == DataType::int8 ? -128 : 0;
  const Quantization& q = *tensor.quantization;
  return std::clamp(std::nearbyint(double{number} / q.scales[0]) + q.zeroPoint, lowest, lowest + 255);
}

}  // namespace

const Operator* findOperator(int32_t code) {
  const auto found = std::ranges::lower_bound(operators, code, {}, &Operator::code);
  return found != operators.end() && found->code == code ? &*found : nullptr;
}

Result<TensorId> OperatorImport::input(size_t i) {
  const int32_t index = fileIndex(i);
  return isConstant(i) ? tensors_.constant(index) : Result<TensorId>(tensors_.made(index));
}

Result<TensorId> OperatorImport::number(size_t i) {
  PITH_ASSIGN_OR_RETURN(const TensorId id, input(i));
  const Tensor& constant = tensor(id);
  if (!constant.isConstant || !constant.quantization) return id;
  const size_t rank = constant.shape.size();
  const auto* message = tensors_.message(fileIndex(i)).quantization();
  const int64_t written = constant.quantization->isPerChannel() && message ? message->axis() : 0;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, axisIn(written, std::max<size_t>(rank, 1)));
  return tensors_.dequantized(id, static_cast<size_t>(toGraphAxis(axis, rank)));
}

Result<std::vector<int64_t>> OperatorImport::integers(size_t i) const {
  return tensors_.integers(fileIndex(i));
}

Result<Tensor> OperatorImport::describedOutput(size_t i) const { return tensors_.described(outputIndex(i)); }

Result<int64_t> OperatorImport::axisIn(int64_t axis, size_t rank) const {
  const auto signedRank = static_cast<int64_t>(rank);
  if (axis < -signedRank || axis >= signedRank) {
    return corrupt("axis " + std::to_string(axis) + " lies outside a tensor of rank " + std::to_string(rank));
  }
  return axis < 0 ? axis + signedRank : axis;
}

std::string OperatorImport::describe(const std::string& sentence) const {
  Node node;
  node.name = tensors_.name(outputIndex());
  node.opType = opType_;
  return nodeText(node) + ": " + sentence + ".";
}

Error OperatorImport::unsupportedShape(const std::string& sentence) const {
  return {ErrorCode::unsupportedShape, describe(sentence)};
}
Error OperatorImport::unsupportedOperator(const std::string& sentence) const {
  return {ErrorCode::unsupportedOperator, describe(sentence)};
}
Error OperatorImport::unsupportedDataType(const std::string& sentence) const {
  return {ErrorCode::unsupportedDataType, describe(sentence)};
}
Error OperatorImport::corrupt(const std::string& sentence) const {
  return {ErrorCode::corruptModel, describe(sentence)};
}

/// What is constant is computed now.
Result<TensorId> OperatorImport::fold(const Node& node, Tensor output) {
  const Graph& graph = tensors_.graph();
  const DataType type = graph.tensor(node.inputs[0]).type;
  for (TensorId id : node.inputs) {
    const Tensor& constant = graph.tensor(id);
    if (constant.type != type || (type != DataType::float32 && type != DataType::int64))
      return unsupportedOperator("it works on constants of several types or on quantised ones, which is not folded");
  }
  if (output.type != type) return unsupportedDataType("constants of its type do not make its output's");
  PITH_RETURN_IF_ERROR(tensors_.reserveFolding(operationsOf(graph, node, output.shape)));
  auto result = computeConstant(graph, node, output.shape, output.element);
  if (!result) return unsupportedOperator("whole numbers have no such operation, or no such result");
  result->name = output.name;
  return addConstant(std::move(*result));
}

Result<TensorId> OperatorImport::append(Op op, Attributes attributes, std::vector<TensorId> inputs,
                                        Tensor output, const Shape& shape, ClampRange clamp) {
  const auto elements = elementCount(shape, tensors_.limits());
  if (!elements || *elements == 0 || shape.size() > 6) {
    return Error{ErrorCode::modelTooLarge,
                 describe("its output would have shape " + shapeText(shape) + "; at most 6 axes and 1 to " +
                          std::to_string(tensors_.limits().maxTensorElements) + " elements are allowed")};
  }
  Graph& graph = tensors_.graph();
  Node node;
  node.op = op;
  node.name = output.name;
  node.opType = opType_;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  node.clamp = clamp;
  output.shape = toGraphShape(shape);
  if (std::ranges::all_of(node.inputs, [&](TensorId id) { return graph.tensor(id).isConstant; }))
    return fold(node, std::move(output));
  const auto isWhole = [&](TensorId id) { return graph.tensor(id).type == DataType::int64; };
  if (output.type == DataType::int64 || std::ranges::any_of(node.inputs, isWhole))
    return unsupportedDataType("whole numbers are computed only where they are constant");
  if (output.quantization && output.quantization->isPerChannel())
    return unsupportedDataType("its output has several scales; one is allowed");
  if (output.quantization && (std::isfinite(clamp.min) || std::isfinite(clamp.max))) {
    const double lowest = output.type == DataType::int8 ? -128 : 0;
    const double least = integerOf(clamp.min, output), most = integerOf(clamp.max, output);
    if (least == lowest) node.clamp.min = -std::numeric_limits<float>::infinity();
    if (most == lowest + 255) node.clamp.max = std::numeric_limits<float>::infinity();
    if (least >= most) return unsupportedOperator("its activation leaves a single quantised value");
  }
  node.outputs.push_back(graph.addTensor(std::move(output)));
  graph.nodes.push_back(std::move(node));
  return graph.nodes.back().outputs[0];
}

Status OperatorImport::emit(Op op, Attributes attributes, std::vector<TensorId> inputs, const Shape& shape,
                            ClampRange clamp, size_t output) {
  PITH_ASSIGN_OR_RETURN(Tensor described, describedOutput(output));
  if (tensors_.hasFixedShape(outputIndex(output)) && tensors_.fileShape(outputIndex(output)) != shape) {
    return corrupt("its output has shape " + shapeText(shape) + ", and the file says " +
                   shapeText(tensors_.fileShape(outputIndex(output))));
  }
  PITH_ASSIGN_OR_RETURN(const TensorId id,
                        append(op, std::move(attributes), std::move(inputs), std::move(described), shape, clamp));
  return alias(id, output);
}

Result<TensorId> OperatorImport::emitBefore(Op op, Attributes attributes, std::vector<TensorId> inputs,
                                            const Shape& shape, const Tensor& like, ClampRange clamp) {
  Tensor output;
  output.name = tensors_.name(outputIndex()) + "/" + std::to_string(tensors_.graph().nodes.size());
  output.type = like.type;
  output.element = like.element;
  output.quantization = like.quantization;
  return append(op, std::move(attributes), std::move(inputs), std::move(output), shape, clamp);
}

Status OperatorImport::alias(TensorId id, size_t output) {
  tensors_.setMade(outputIndex(output), id);
  return {};
}

Result<TensorId> OperatorImport::reshaped(TensorId id, const Shape& shape) {
  if (toFileShape(tensor(id).shape) == shape) return id;
  if (tensor(id).isConstant) return tensors_.reshapedConstant(id, shape);
  return emitBefore(Op::reshape, ReshapeAttributes{true}, {id}, shape, tensor(id));
}

Status OperatorImport::emitReshaped(TensorId id, const Shape& shape, size_t output) {
  const Shape from = toFileShape(tensor(id).shape);
  if (elementCount(from, tensors_.limits()) != elementCount(shape, tensors_.limits()))
    return corrupt(shapeText(from) + " cannot become " + shapeText(shape));
  if (tensor(id).isConstant) {
    PITH_ASSIGN_OR_RETURN(const TensorId same, reshaped(id, shape));
    return alias(same, output);
  }
  if (from == shape) return emit(Op::identity, {}, {id}, shape, {}, output);
  return emit(Op::reshape, ReshapeAttributes{true}, {id}, shape, {}, output);
}

Result<ClampRange> activationRange(const OperatorImport& node, file::Activation activation) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case file::Activation::none:
      return ClampRange{};
    case file::Activation::relu:
      return ClampRange{0, infinity};
    case file::Activation::reluMinus1To1:
      return ClampRange{-1, 1};
    case file::Activation::relu6:
      return ClampRange{0, 6};
    default:
      return node.unsupportedOperator("its fused activation " + std::to_string(static_cast<int>(activation)) +
                                      " is not supported; none and the ReLUs are allowed");
  }
}

}  // namespace pith::tflite
