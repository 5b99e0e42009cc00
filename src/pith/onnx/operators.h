// SPDX-License-Identifier: Apache-2.0
/// @file One function for each ONNX operator: it reads a node of the file, checks it, resolves everything
/// that depends on shapes, and either appends a node to the graph or, for arithmetic on shapes, folds it into
/// a constant. A new operator is one function and one line of the table in operators.cpp.
#pragma once

#include <string_view>

#include "pith/onnx/wire.h"

namespace pith::onnx {

/// What may still be computed and stored while one file is read, so that a small file cannot ask for much.
struct FoldingBudget {
  int64_t elements = 0;
  int64_t operations = 0;
  int64_t tableEntries = 0;
  int64_t tried = 0;  // elements of what began to be computed, whatever came of it
};

/// One node on its way into the graph. Inputs are resolved already, and none of them is refused.
class OperatorImport {
 public:
  OperatorImport(Graph& graph, const NodeMessage& message, std::vector<TensorId> inputs, int64_t opset,
                 const Limits& limits, FoldingBudget& budget);

  [[nodiscard]] int64_t opset() const { return opset_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] std::string_view opType() const { return message_.opType; }
  [[nodiscard]] size_t inputCount() const { return inputs_.size(); }
  [[nodiscard]] bool hasInput(size_t i) const { return i < inputs_.size() && inputs_[i] != noTensor; }
  [[nodiscard]] size_t outputCount() const { return message_.outputs.size(); }
  [[nodiscard]] bool hasOutput(size_t i) const {
    return i < message_.outputs.size() && !message_.outputs[i].empty();
  }
  [[nodiscard]] TensorId inputId(size_t i) const { return i < inputs_.size() ? inputs_[i] : noTensor; }
  [[nodiscard]] const Tensor& input(size_t i) const { return graph_.tensor(inputs_[i]); }
  [[nodiscard]] const Tensor& tensor(TensorId id) const { return graph_.tensor(id); }

  [[nodiscard]] const AttributeMessage* attribute(std::string_view name) const;
  [[nodiscard]] int64_t intAttribute(std::string_view name, int64_t otherwise) const;
  [[nodiscard]] float floatAttribute(std::string_view name, float otherwise) const;
  [[nodiscard]] std::string stringAttribute(std::string_view name, std::string_view otherwise) const;
  [[nodiscard]] std::vector<int64_t> intsAttribute(std::string_view name) const;

  /// Integers that newer operator sets take from an input and older ones from an attribute.
  [[nodiscard]] Result<std::vector<int64_t>> intsFrom(size_t inputIndex, std::string_view attributeName) const;
  /// The numbers of a constant float input.
  [[nodiscard]] Result<std::vector<float>> floatsFrom(size_t inputIndex) const;
  /// One number, from a constant input (newer operator sets) or an attribute.
  [[nodiscard]] Result<float> scalarFrom(size_t inputIndex, std::string_view attributeName, float otherwise) const;
  /// An axis counted from the front.
  [[nodiscard]] Result<int64_t> axisIn(int64_t axis, size_t rank) const;
  /// Axes counted from the front, ascending, none twice.
  [[nodiscard]] Result<std::vector<int64_t>> axesIn(std::vector<int64_t> axes, size_t rank) const;
  /// The shape of two tensors that are broadcast together.
  [[nodiscard]] Result<Shape> broadcast(const Shape& a, const Shape& b) const;

  [[nodiscard]] Error unsupportedShape(const std::string& sentence) const;
  [[nodiscard]] Error unsupportedOperator(const std::string& sentence) const;
  [[nodiscard]] Error corrupt(const std::string& sentence) const;
  /// Input `i` exists, is float32, and has a rank in the range.
  [[nodiscard]] Status requireFloat(size_t i, size_t minRank, size_t maxRank) const;
  /// Only the first output is used.
  [[nodiscard]] Status requireSingleOutput() const;

  /// Appends a node, or computes it now where all its inputs are constant. Inputs that are `noTensor` at the
  /// end are left out.
  /// @param element  of the result; undefined: the first input's
  [[nodiscard]] Result<TensorId> add(Op op, Attributes attributes, std::vector<TensorId> inputs, Shape outputShape,
                                     NumberType element = NumberType::undefined, ClampRange clamp = {});
  [[nodiscard]] Result<TensorId> addUnary(UnaryAttributes attributes, TensorId input);
  [[nodiscard]] Result<TensorId> addBinary(Op op, TensorId a, TensorId b);
  [[nodiscard]] Result<TensorId> addReshape(TensorId input, Shape shape);
  [[nodiscard]] Result<TensorId> addTranspose(TensorId input, std::vector<int64_t> permutation);
  /// A constant that the file does not have, for example transposed weights.
  [[nodiscard]] Result<TensorId> addConstant(Shape shape, std::vector<float> floats);
  [[nodiscard]] Result<TensorId> addConstant(Tensor constant);
  [[nodiscard]] Result<TensorId> addScalar(float value) { return addConstant({}, {value}); }
  /// Room for a constant of so many elements, before memory is taken for it.
  [[nodiscard]] Status reserveFolded(int64_t elements) const;
  /// Room for the indices and weights that a node keeps, before memory is taken for them.
  [[nodiscard]] Status keepTable(int64_t entries) const;

  /// A tensor becomes an output of the operator.
  [[nodiscard]] Status give(Result<TensorId> tensor, size_t output = 0);
  /// `add` and `give`.
  [[nodiscard]] Status emit(Op op, Attributes attributes, std::vector<TensorId> inputs, Shape outputShape) {
    return give(add(op, std::move(attributes), std::move(inputs), std::move(outputShape)));
  }
  /// The first output becomes a constant.
  [[nodiscard]] Status fold(Tensor constant) { return give(addConstant(std::move(constant))); }
  /// What was given, by output; noTensor for what is not computed.
  [[nodiscard]] const std::vector<TensorId>& given() const { return given_; }

 private:
  [[nodiscard]] std::string describe(const std::string& sentence) const;
  [[nodiscard]] Result<TensorId> compute(const Node& node, Shape shape, NumberType element);
  [[nodiscard]] std::string nodeName() const;

  Graph& graph_;
  const NodeMessage& message_;
  std::vector<TensorId> inputs_;
  int64_t opset_;
  const Limits& limits_;
  FoldingBudget& budget_;
  TensorId firstOwn_;  // tensors from here on were made for this node
  std::vector<TensorId> given_;
  std::vector<uint8_t> isGiven_;  // 1: given, of the tensors from firstOwn_ on
};

struct Operator {
  std::string_view name;
  size_t minInputs, maxInputs;
  Status (*import)(OperatorImport&);
};

/// The operator of this name, or null.
[[nodiscard]] const Operator* findOperator(std::string_view name);

/// How many axes a tensor may have.
inline constexpr size_t maxAxes = 8;

// operators_window.cpp
/// A convolution with the attributes of the operator. @param bias  or noTensor
Result<TensorId> addConv(OperatorImport& node, TensorId x, TensorId weights, TensorId bias);
Status importConv(OperatorImport& node);
Status importConvTranspose(OperatorImport& node);
Status importMaxPool(OperatorImport& node);
Status importAveragePool(OperatorImport& node);
Status importLpPool(OperatorImport& node);
// operators_pad.cpp
Status importPad(OperatorImport& node);
// operators_math.cpp
Status importAdd(OperatorImport& node);
Status importClip(OperatorImport& node);
Status importDiv(OperatorImport& node);
Status importMax(OperatorImport& node);
Status importMean(OperatorImport& node);
Status importMin(OperatorImport& node);
Status importMul(OperatorImport& node);
Status importPow(OperatorImport& node);
Status importPRelu(OperatorImport& node);
Status importRelu(OperatorImport& node);
Status importSub(OperatorImport& node);
Status importSum(OperatorImport& node);
// operators_unary.cpp
Status importUnary(OperatorImport& node);
Status importGelu(OperatorImport& node);
// operators_product.cpp
Result<TensorId> addMatMul(OperatorImport& node, TensorId a, TensorId b);
Status importEinsum(OperatorImport& node);
Status importGemm(OperatorImport& node);
Status importMatMul(OperatorImport& node);
// operators_quantized.cpp
Status importDequantizeLinear(OperatorImport& node);
Status importQLinearBinary(OperatorImport& node);
Status importQLinearConv(OperatorImport& node);
Status importQLinearGlobalAveragePool(OperatorImport& node);
Status importQLinearMatMul(OperatorImport& node);
Status importQuantizeLinear(OperatorImport& node);
// operators_normalize.cpp
Status importBatchNormalization(OperatorImport& node);
Status importGroupNormalization(OperatorImport& node);
Status importInstanceNormalization(OperatorImport& node);
Status importLayerNormalization(OperatorImport& node);
Status importLpNormalization(OperatorImport& node);
Status importLrn(OperatorImport& node);
Status importMeanVarianceNormalization(OperatorImport& node);
Status importSoftmax(OperatorImport& node);
// operators_reduce.cpp
Status importGlobalAveragePool(OperatorImport& node);
Status importGlobalLpPool(OperatorImport& node);
Status importGlobalMaxPool(OperatorImport& node);
Status importReduce(OperatorImport& node);
// operators_resize.cpp
Status importResize(OperatorImport& node);
Status importUpsample(OperatorImport& node);
// operators_shape.cpp
Status importConcat(OperatorImport& node);
Status importDepthToSpace(OperatorImport& node);
Status importDropout(OperatorImport& node);
Status importExpand(OperatorImport& node);
Status importFlatten(OperatorImport& node);
Status importIdentity(OperatorImport& node);
Status importReshape(OperatorImport& node);
Status importSpaceToDepth(OperatorImport& node);
Status importSqueeze(OperatorImport& node);
Status importTile(OperatorImport& node);
Status importTranspose(OperatorImport& node);
Status importUnsqueeze(OperatorImport& node);
// operators_part.cpp
Status importGather(OperatorImport& node);
Status importSlice(OperatorImport& node);
Status importSplit(OperatorImport& node);
// operators_constant.cpp
Status importCast(OperatorImport& node);
Status importCompare(OperatorImport& node);
Status importConstant(OperatorImport& node);
Status importConstantOfShape(OperatorImport& node);
Status importRange(OperatorImport& node);
Status importScatterNd(OperatorImport& node);
Status importShape(OperatorImport& node);
Status importSize(OperatorImport& node);
Status importWhere(OperatorImport& node);

}  // namespace pith::onnx
