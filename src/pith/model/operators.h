// SPDX-License-Identifier: Apache-2.0
/// @file One function for each ONNX operator: it reads a node of the file, checks it, resolves everything
/// that depends on shapes, and either appends a node to the graph or, for arithmetic on shapes, folds it into
/// a constant. A new operator is one function and one line of the table in operators.cpp.
#pragma once

#include <string_view>

#include "pith/model/graph.h"
#include "pith/model/onnx_wire.h"

namespace pith::onnx {

/// One node on its way into the graph. Inputs are resolved already, and none of them is refused.
class OperatorImport {
 public:
  OperatorImport(Graph& graph, const NodeMessage& message, std::vector<TensorId> inputs, int64_t opset,
                 const Limits& limits, int64_t& foldedElements)
      : graph_(graph),
        message_(message),
        inputs_(std::move(inputs)),
        opset_(opset),
        limits_(limits),
        foldedElements_(foldedElements) {}

  [[nodiscard]] int64_t opset() const { return opset_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] size_t inputCount() const { return inputs_.size(); }
  [[nodiscard]] bool hasInput(size_t i) const { return i < inputs_.size() && inputs_[i] != noTensor; }
  [[nodiscard]] bool hasOutput(size_t i) const {
    return i < message_.outputs.size() && !message_.outputs[i].empty();
  }
  [[nodiscard]] TensorId inputId(size_t i) const { return i < inputs_.size() ? inputs_[i] : noTensor; }
  [[nodiscard]] const Tensor& input(size_t i) const { return graph_.tensor(inputs_[i]); }

  [[nodiscard]] const AttributeMessage* attribute(std::string_view name) const;
  [[nodiscard]] int64_t intAttribute(std::string_view name, int64_t otherwise) const;
  [[nodiscard]] float floatAttribute(std::string_view name, float otherwise) const;
  [[nodiscard]] std::string stringAttribute(std::string_view name, std::string_view otherwise) const;
  [[nodiscard]] std::vector<int64_t> intsAttribute(std::string_view name) const;

  /// Integers that newer operator sets take from an input and older ones from an attribute.
  [[nodiscard]] Result<std::vector<int64_t>> intsFrom(size_t inputIndex,
                                                      std::string_view attributeName) const;
  /// An axis counted from the front.
  [[nodiscard]] Result<int64_t> axisIn(int64_t axis, size_t rank) const;

  [[nodiscard]] Error unsupportedShape(const std::string& sentence) const;
  [[nodiscard]] Error unsupportedOperator(const std::string& sentence) const;
  [[nodiscard]] Error corrupt(const std::string& sentence) const;
  /// Input `i` exists, is float32, and has a rank in the range.
  [[nodiscard]] Status requireFloat(size_t i, size_t minRank, size_t maxRank) const;
  /// Only the first output is used.
  [[nodiscard]] Status requireSingleOutput() const;

  /// Appends a node with one float32 output of this shape. Inputs that are `noTensor` at the end are left
  /// out.
  [[nodiscard]] Status emit(Op op, Attributes attributes, std::vector<TensorId> inputs, Shape outputShape);
  /// The node that `emit` appended last.
  [[nodiscard]] Node& emitted() { return graph_.nodes.back(); }
  /// The first output becomes a constant; its name and `isConstant` are set here.
  [[nodiscard]] Status fold(Tensor constant);
  /// Room for a constant of so many elements, before memory is taken for it.
  [[nodiscard]] Status reserveFolded(int64_t elements) const;
  /// A constant that the file does not have, for example transposed weights.
  [[nodiscard]] Result<TensorId> addConstant(std::string_view role, Shape shape, std::vector<float> floats);

 private:
  [[nodiscard]] std::string describe(const std::string& sentence) const;

  Graph& graph_;
  const NodeMessage& message_;
  std::vector<TensorId> inputs_;
  int64_t opset_;
  const Limits& limits_;
  int64_t& foldedElements_;
};

struct Operator {
  std::string_view name;
  size_t minInputs, maxInputs;
  Status (*import)(OperatorImport&);
};

/// The operator of this name, or null.
[[nodiscard]] const Operator* findOperator(std::string_view name);

// operators_window.cpp
Status importConv(OperatorImport& node);
Status importMaxPool(OperatorImport& node);
Status importAveragePool(OperatorImport& node);
Status importPad(OperatorImport& node);
// operators_math.cpp
Status importBatchNormalization(OperatorImport& node);
Status importRelu(OperatorImport& node);
Status importClip(OperatorImport& node);
Status importAdd(OperatorImport& node);
Status importMul(OperatorImport& node);
Status importGemm(OperatorImport& node);
Status importMatMul(OperatorImport& node);
Status importSoftmax(OperatorImport& node);
Status importReduceMean(OperatorImport& node);
Status importGlobalAveragePool(OperatorImport& node);
// operators_shape.cpp
Status importIdentity(OperatorImport& node);
Status importDropout(OperatorImport& node);
Status importCast(OperatorImport& node);
Status importConcat(OperatorImport& node);
Status importFlatten(OperatorImport& node);
Status importReshape(OperatorImport& node);
Status importSqueeze(OperatorImport& node);
Status importUnsqueeze(OperatorImport& node);
Status importTranspose(OperatorImport& node);
// operators_constant.cpp
Status importConstant(OperatorImport& node);
Status importConstantOfShape(OperatorImport& node);
Status importShape(OperatorImport& node);
Status importGather(OperatorImport& node);

}  // namespace pith::onnx
