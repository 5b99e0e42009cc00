// SPDX-License-Identifier: Apache-2.0
/// @file One function for each TensorFlow Lite operator, as on the ONNX side: it reads an operator of the
/// file, checks it, resolves its padding and its shapes, and appends to the graph. A new operator is one
/// function and one line of the table in operators.cpp.
///
/// "File" shapes and axes are those of the file, NHWC for rank 4; the graph's are NCHW.
#pragma once

#include <span>
#include <string_view>

#include "pith/model/graph.h"
#include "pith/tflite/tensors.h"

namespace pith::tflite {

class OperatorImport;

struct Operator {
  int32_t code;
  std::string_view name;
  size_t minInputs, maxInputs;
  Status (*import)(OperatorImport&);  // null: known by name only
};

/// The operator of this number, or null.
[[nodiscard]] const Operator* findOperator(int32_t code);

/// One operator on its way into the graph. Its activations are made already, and none of them is refused.
class OperatorImport {
 public:
  OperatorImport(Tensors& tensors, const file::Operator& message, std::string_view opType)
      : tensors_(tensors), message_(message), opType_(opType) {}

  [[nodiscard]] size_t inputCount() const { return message_.inputs() ? message_.inputs()->size() : 0; }
  [[nodiscard]] bool hasInput(size_t i) const { return i < inputCount() && fileIndex(i) >= 0; }
  [[nodiscard]] bool isConstant(size_t i) const { return tensors_.isConstant(fileIndex(i)); }
  /// The graph's tensor; constants are read when they are first asked for, floats widened.
  [[nodiscard]] Result<TensorId> input(size_t i);
  [[nodiscard]] const Tensor& tensor(TensorId id) const { return tensors_.graph().tensor(id); }
  /// The same; a quantised constant as the floats that it stands for.
  [[nodiscard]] Result<TensorId> number(size_t i);
  /// The shape that the file gives input `i`, or that was computed for it.
  [[nodiscard]] Shape fileShape(size_t i) const { return tensors_.fileShape(fileIndex(i)); }
  /// Whole numbers that are known now.
  [[nodiscard]] Result<std::vector<int64_t>> integers(size_t i) const;
  /// Output 0 as the file describes it: name, type, quantisation.
  [[nodiscard]] Result<Tensor> describedOutput(size_t i = 0) const;
  [[nodiscard]] size_t outputCount() const { return message_.outputs()->size(); }
  [[nodiscard]] Result<int64_t> axisIn(int64_t axis, size_t rank) const;

  /// The operator's options, or the format's defaults where the file leaves them out.
  template <typename T>
  [[nodiscard]] const T* options() const {
    return static_cast<const T*>(
        message_.options_type() == file::OptionsTraits<T>::enum_value ? message_.options() : nullptr);
  }

  [[nodiscard]] std::string_view opType() const { return opType_; }

  [[nodiscard]] Error unsupportedShape(const std::string& sentence) const;
  [[nodiscard]] Error unsupportedOperator(const std::string& sentence) const;
  [[nodiscard]] Error unsupportedDataType(const std::string& sentence) const;
  [[nodiscard]] Error corrupt(const std::string& sentence) const;

  /// Appends the node that makes an output, of this file shape, or computes it now where all its inputs are
  /// constant. Clamps that leave every quantised number as it is are dropped.
  [[nodiscard]] Status emit(Op op, Attributes attributes, std::vector<TensorId> inputs,
                            const Shape& fileShape, ClampRange clamp = {}, size_t output = 0);
  /// Appends a node whose result has no name in the file, and is of the type and quantisation of `like`.
  [[nodiscard]] Result<TensorId> emitBefore(Op op, Attributes attributes, std::vector<TensorId> inputs,
                                            const Shape& fileShape, const Tensor& like, ClampRange clamp = {});
  /// The same in floats, which round nothing to steps in between.
  [[nodiscard]] Result<TensorId> inFloats(Op op, Attributes attributes, std::vector<TensorId> inputs,
                                          const Shape& fileShape) {
    return emitBefore(op, std::move(attributes), std::move(inputs), fileShape, Tensor{});
  }
  /// An output is another name of `id`.
  [[nodiscard]] Status alias(TensorId id, size_t output = 0);
  /// An output has the elements of `id`, in the file's order, and this file shape.
  [[nodiscard]] Status emitReshaped(TensorId id, const Shape& fileShape, size_t output = 0);
  /// `id`, brought to this file shape without moving an element.
  [[nodiscard]] Result<TensorId> reshaped(TensorId id, const Shape& fileShape);
  [[nodiscard]] Result<TensorId> addConstant(Tensor constant) {
    return tensors_.addConstant(std::move(constant));
  }
  [[nodiscard]] Result<TensorId> addScalar(float number) {
    Tensor constant;
    constant.floats = {number};
    return addConstant(std::move(constant));
  }
  [[nodiscard]] Tensors& tensors() { return tensors_; }
  [[nodiscard]] const Tensors& tensors() const { return tensors_; }
  [[nodiscard]] int32_t fileIndex(size_t i) const { return message_.inputs()->Get(static_cast<uint32_t>(i)); }
  [[nodiscard]] int32_t outputIndex(size_t i = 0) const {
    return message_.outputs()->Get(static_cast<uint32_t>(i));
  }

 private:
  [[nodiscard]] std::string describe(const std::string& sentence) const;
  [[nodiscard]] Result<TensorId> append(Op op, Attributes attributes, std::vector<TensorId> inputs,
                                        Tensor output, const Shape& fileShape, ClampRange clamp);
  [[nodiscard]] Result<TensorId> fold(const Node& node, Tensor output);

  Tensors& tensors_;
  const file::Operator& message_;
  std::string_view opType_;
};

/// A fused activation as a range.
[[nodiscard]] Result<ClampRange> activationRange(const OperatorImport& node, file::Activation activation);

/// Both operands of an elementwise operator in the rank of the result, and its shape.
struct Operands {
  std::vector<TensorId> inputs;
  Shape shape;
};
/// @param inIntegers  there are kernels for quantised numbers of one type, so that constants may stay so
[[nodiscard]] Result<Operands> operands(OperatorImport& node, bool inIntegers);

// operators_window.cpp
/// Kernels keep a pointer to each sample under each window: an error where there are too many.
[[nodiscard]] Status checkWindowCount(const OperatorImport& node, const Window& window, const Shape& places);
Status importConv(OperatorImport& node);
Status importDepthwiseConv(OperatorImport& node);
Status importAveragePool(OperatorImport& node);
Status importL2Pool(OperatorImport& node);
Status importMaxPool(OperatorImport& node);
Status importMirrorPad(OperatorImport& node);
Status importPad(OperatorImport& node);
Status importTile(OperatorImport& node);
// operators_batch.cpp
/// Where an input is in batches, the output is too; an error where the operator is not the same on a whole map.
[[nodiscard]] Status keepBatches(OperatorImport& node, int32_t code);
[[nodiscard]] Error notOnBatches(const OperatorImport& node);
Status importBatchToSpace(OperatorImport& node);
Status importSpaceToBatch(OperatorImport& node);
// operators_transpose_conv.cpp
Status importTransposeConv(OperatorImport& node);
// operators_math.cpp
Status importBatchMatMul(OperatorImport& node);
Status importFullyConnected(OperatorImport& node);
Status importQuantize(OperatorImport& node);
// operators_elementwise.cpp
Status importAdd(OperatorImport& node);
Status importCast(OperatorImport& node);
Status importDiv(OperatorImport& node);
Status importGelu(OperatorImport& node);
Status importLeakyRelu(OperatorImport& node);
Status importMaximum(OperatorImport& node);
Status importMinimum(OperatorImport& node);
Status importMul(OperatorImport& node);
Status importPow(OperatorImport& node);
Status importPrelu(OperatorImport& node);
Status importRelu(OperatorImport& node);
Status importRelu6(OperatorImport& node);
Status importReluMinus1To1(OperatorImport& node);
Status importRelu0To1(OperatorImport& node);
Status importRsqrt(OperatorImport& node);
Status importSquaredDifference(OperatorImport& node);
Status importSub(OperatorImport& node);
Status importUnary(OperatorImport& node);
// operators_reduce.cpp
Status importL2Normalization(OperatorImport& node);
Status importLocalResponse(OperatorImport& node);
Status importLogSoftmax(OperatorImport& node);
Status importMean(OperatorImport& node);
Status importReduce(OperatorImport& node);
Status importSoftmax(OperatorImport& node);
// operators_shape.cpp
Status importBroadcastTo(OperatorImport& node);
Status importConcatenation(OperatorImport& node);
Status importDepthToSpace(OperatorImport& node);
Status importExpandDims(OperatorImport& node);
Status importPack(OperatorImport& node);
Status importReshape(OperatorImport& node);
Status importShape(OperatorImport& node);
Status importSpaceToDepth(OperatorImport& node);
Status importSqueeze(OperatorImport& node);
Status importTranspose(OperatorImport& node);
// operators_part.cpp
Status importGather(OperatorImport& node);
Status importSlice(OperatorImport& node);
Status importSplit(OperatorImport& node);
Status importSplitV(OperatorImport& node);
Status importStridedSlice(OperatorImport& node);
Status importUnpack(OperatorImport& node);
// operators_resize.cpp
Status importResizeBilinear(OperatorImport& node);
Status importResizeNearest(OperatorImport& node);

/// Inputs 0 to 2 of a convolution or matrix product: x, weights and the bias, in types that go together.
/// @param fileChannelAxis  where the file's weights have their output channels
/// @param weightsShape     the graph's, with output channels first; the elements are in that order already
[[nodiscard]] Result<std::vector<TensorId>> productInputs(OperatorImport& node, int64_t fileChannelAxis,
                                                          const Shape& weightsShape);

}  // namespace pith::tflite
