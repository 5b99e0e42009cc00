// SPDX-License-Identifier: Apache-2.0
#include "pith/tflite/tflite.h"

#include <algorithm>
#include <cstring>

#include "pith/tflite/operators.h"

namespace pith {
namespace tflite {
namespace {

constexpr int32_t quantizeCode = 114, transposeCode = 39;

Error corrupt(std::string detail) { return {ErrorCode::corruptModel, std::move(detail)}; }

int32_t codeOf(const file::OperatorCode& code) {
  // Old files have a byte, which newer ones fill with 127 where it does not suffice.
  return std::max(int32_t{code.old_code()}, code.code());
}

Result<int32_t> inputIndex(const file::Subgraph& graph) {
  if (graph.inputs()->size() != 1) {
    return Error{ErrorCode::unsupportedShape, "The network has " + std::to_string(graph.inputs()->size()) +
                                                  " inputs; one image is allowed."};
  }
  const int32_t index = graph.inputs()->Get(0);
  if (index < 0 || static_cast<uint32_t>(index) >= graph.tensors()->size())
    return corrupt("The network's input is no tensor of it.");
  return index;
}

/// Newer files write what they leave open as -1 into a second shape.
Shape declaredShape(const file::Tensor& tensor) {
  const auto* shape = tensor.shape();
  const auto* signature = tensor.shape_signature();
  if (shape && signature && signature->size() == shape->size()) shape = signature;
  return shape ? Shape(shape->begin(), shape->end()) : Shape{};
}

class Importer {
 public:
  Importer(const file::Model& model, const InputSize& size, const Limits& limits)
      : model_(model), graph_(*model.subgraphs()->Get(0)), size_(size), tensors_(model, limits) {}

  Result<Graph> run() {
    PITH_RETURN_IF_ERROR(checkOperators());
    PITH_RETURN_IF_ERROR(addInput());
    for (uint32_t i = 0; i < graph_.operators()->size(); ++i) {
      if (i != skipped_) PITH_RETURN_IF_ERROR(addNode(*graph_.operators()->Get(i)));
    }
    for (int32_t index : *graph_.outputs()) {
      if (index < 0 || index >= tensors_.count() || tensors_.made(index) == noTensor)
        return corrupt("An output of the network is made by no operator.");
      if (tensors_.block(index) != noBlock) {
        return Error{ErrorCode::unsupportedShape, "An output of the network is in batches of a SPACE_TO_BATCH_ND."};
      }
      tensors_.graph().outputs.push_back(tensors_.made(index));
    }
    if (tensors_.graph().outputs.empty()) return corrupt("The network has no output.");
    return std::move(tensors_.graph());
  }

 private:
  std::string_view nameOf(const file::Operator& message) const {
    const Operator* known = findOperator(codeOf(*model_.operator_codes()->Get(message.code_index())));
    return known ? known->name : "operator";
  }

  /// Every index lies in the file. Operators may share one list of them, so that all together are bounded.
  Status checkOperators() const {
    const auto mostNamed = 4 * static_cast<uint64_t>(tensors_.limits().maxNodes);
    uint64_t named = graph_.outputs()->size();
    for (const file::Tensor* tensor : *graph_.tensors()) {
      constexpr uint32_t mostAxes = 16;  // far more than kernels take
      if (tensor->shape() && tensor->shape()->size() > mostAxes)
        return corrupt("A tensor has more than 16 axes, which are allowed at most.");
    }
    for (const file::Operator* message : *graph_.operators()) {
      if (message->code_index() >= model_.operator_codes()->size())
        return corrupt("An operator has the code " + std::to_string(message->code_index()) + " of " +
                       std::to_string(model_.operator_codes()->size()) + ".");
      const auto isOutside = [&](int32_t index) { return index < -1 || index >= tensors_.count(); };
      const auto isNoOutput = [&](int32_t index) { return index == -1 || isOutside(index); };
      const auto* inputs = message->inputs();
      const auto* outputs = message->outputs();
      named += (inputs ? inputs->size() : 0) + (outputs ? outputs->size() : 0);
      if (named > mostNamed)
        return Error{ErrorCode::modelTooLarge, "The operators of the network name more tensors than are allowed, four for each node."};
      if (inputs && std::any_of(inputs->begin(), inputs->end(), isOutside))
        return corrupt("An operator " + quotedName(nameOf(*message)) + " uses a tensor that is not there.");
      if (!outputs || outputs->size() == 0 || std::any_of(outputs->begin(), outputs->end(), isNoOutput))
        return corrupt("An operator " + quotedName(nameOf(*message)) + " makes a tensor that is not there.");
    }
    return {};
  }

  Status addInput() {
    PITH_ASSIGN_OR_RETURN(const int32_t index, inputIndex(graph_));
    if (tensors_.isConstant(index)) return corrupt("The network's input is no tensor of it.");
    PITH_ASSIGN_OR_RETURN(Tensor input, tensors_.described(index));
    if (input.type == DataType::int64 || (input.quantization && input.quantization->isPerChannel())) {
      return Error{ErrorCode::unsupportedDataType,
                   "The input " + quotedName(input.name) +
                       " is neither float32 nor 8-bit integers of one scale, which are allowed."};
    }
    PITH_RETURN_IF_ERROR(placeInput(index));
    input.shape = {1, size_.channels, size_.height, size_.width};
    if (!elementCount(input.shape, tensors_.limits())) {
      return Error{ErrorCode::modelTooLarge, "The input has shape " + shapeText(input.shape) + "; at most " +
                                                 std::to_string(tensors_.limits().maxTensorElements) +
                                                 " elements are allowed."};
    }
    PITH_RETURN_IF_ERROR(takeQuantizationForInput(index, input));
    Graph& graph = tensors_.graph();
    graph.inputs = {graph.addTensor(std::move(input))};
    tensors_.setMade(index, graph.input());
    if (skipped_ < graph_.operators()->size())
      tensors_.setMade(graph_.operators()->Get(skipped_)->outputs()->Get(0), graph.input());
    return {};
  }

  /// Whether the file has the recipe's size, as [N, H, W, C] or as [N, C, H, W].
  Status placeInput(int32_t index) {
    const Shape declared = declaredShape(tensors_.message(index));
    const auto fits = [&](const Shape& wanted) {
      if (declared.size() != 4) return false;
      for (size_t i = 0; i < 4; ++i) {
        if (declared[i] >= 0 && declared[i] != wanted[i]) return false;
      }
      return true;
    };
    const Shape nhwc{1, size_.height, size_.width, size_.channels};
    if (std::ranges::any_of(declared, [](int64_t extent) { return extent < 0; })) tensors_.leaveShapesOpen();
    if (fits(nhwc)) return {};
    if (fits({1, size_.channels, size_.height, size_.width})) {
      tensors_.setChannelsFirst(index);
      return {};
    }
    return Error{declared.size() == 4 ? ErrorCode::shapeMismatch : ErrorCode::unsupportedShape,
                 "The model's input is " + shapeText(declared) + " (-1: any); the recipe makes " +
                     shapeText(nhwc) + " (N, H, W, C)."};
  }

  /// Where all that is done with the input is to quantise it, that is done as it enters the network: floats
  /// are quantised there anyway, and uint8 that becomes int8 is the same number with another zero point.
  Status takeQuantizationForInput(int32_t index, Tensor& input) {
    uint32_t user = noOperator;
    for (uint32_t i = 0; i < graph_.operators()->size(); ++i) {
      const auto* inputs = graph_.operators()->Get(i)->inputs();
      if (!inputs || std::find(inputs->begin(), inputs->end(), index) == inputs->end()) continue;
      if (user != noOperator) return {};
      user = i;
    }
    if (user == noOperator) return {};
    const file::Operator& message = *graph_.operators()->Get(user);
    if (codeOf(*model_.operator_codes()->Get(message.code_index())) != quantizeCode) return {};
    const int32_t output = message.outputs()->Get(0);
    PITH_ASSIGN_OR_RETURN(const Tensor quantized, tensors_.described(output));
    if (!quantized.quantization || quantized.quantization->isPerChannel() || tensors_.isConstant(output) ||
        output == index)
      return {};
    const bool isShift = input.type == DataType::uint8 && quantized.type == DataType::int8 &&
                         input.quantization->scales == quantized.quantization->scales &&
                         input.quantization->zeroPoint - 128 == quantized.quantization->zeroPoint;
    if (input.type != DataType::float32 && !isShift) return {};
    input.type = quantized.type;
    input.quantization = quantized.quantization;
    skipped_ = user;
    if (tensors_.isChannelsFirst(index)) tensors_.setChannelsFirst(output);
    return {};
  }

  /// A node that cannot be imported is kept as refused, with refused outputs.
  Status addNode(const file::Operator& message) {
    for (int32_t index : *message.outputs()) {
      if (tensors_.made(index) != noTensor || tensors_.isConstant(index))
        return corrupt("The tensor " + quotedName(tensors_.name(index)) + " is defined twice.");
    }
    std::vector<TensorId> inputs;
    for (uint32_t i = 0; message.inputs() && i < message.inputs()->size(); ++i) {
      const int32_t index = message.inputs()->Get(i);
      if (index >= 0 && !tensors_.isConstant(index) && tensors_.made(index) == noTensor) {
        return corrupt("The tensor " + quotedName(tensors_.name(index)) + " is used by the " +
                       std::string(nameOf(message)) + " node " +
                       quotedName(tensors_.name(message.outputs()->Get(0))) + " before anything makes it.");
      }
      inputs.push_back(index < 0 ? noTensor : tensors_.made(index));
    }
    const size_t nodesBefore = tensors_.graph().nodes.size();
    const Status status = importNode(message);
    if (!status.ok()) {
      // Outputs that were made before the mistake was seen go with the nodes that made them.
      tensors_.graph().nodes.resize(nodesBefore);
      for (const int32_t index : *message.outputs()) {
        tensors_.setMade(index, noTensor);
        tensors_.setBlock(index, noBlock);
      }
    }
    refuseOutputs(message, std::move(inputs), status);
    return {};
  }

  Status importNode(const file::Operator& message) {
    const file::OperatorCode& code = *model_.operator_codes()->Get(message.code_index());
    const Operator* entry = findOperator(codeOf(code));
    const std::string_view opType = nameOf(message);
    OperatorImport node(tensors_, message, opType);
    for (size_t i = 0; i < node.inputCount(); ++i) {
      if (!node.hasInput(i) || node.isConstant(i)) continue;
      const Tensor& tensor = tensors_.graph().tensor(tensors_.made(node.fileIndex(i)));
      if (tensor.refusal) return *tensor.refusal;
      if (tensors_.isChannelsFirst(node.fileIndex(i)) && entry && entry->code != transposeCode)
        return node.unsupportedShape("the [N, C, H, W] input must be transposed to [N, H, W, C] first");
    }
    if (!entry || !entry->import) {
      const auto* custom = code.custom_code();
      return node.unsupportedOperator(
          custom ? "the custom operator " + quotedName(custom->string_view()) + " is not supported"
                 : "operator " + std::to_string(codeOf(code)) + " is not supported");
    }
    bool isComplete = node.inputCount() <= entry->maxInputs;
    for (size_t i = 0; i < entry->minInputs; ++i) isComplete = isComplete && node.hasInput(i);
    if (!isComplete)
      return node.corrupt("it has " + std::to_string(node.inputCount()) +
                          " inputs, or leaves out one that it needs");
    PITH_RETURN_IF_ERROR(keepBatches(node, entry->code));
    return entry->import(node);
  }

  /// What the operator did not make exists only to refuse whoever uses it.
  void refuseOutputs(const file::Operator& message, std::vector<TensorId> inputs, const Status& status) {
    Node refused;
    for (int32_t index : *message.outputs()) {
      if (tensors_.made(index) != noTensor) continue;
      Tensor tensor;
      tensor.name = tensors_.name(index);
      tensor.refusal = status.ok() ? Error{ErrorCode::unsupportedOperator,
                                           "The tensor " + quotedName(tensor.name) + " is not computed."}
                                   : status.error();
      refused.outputs.push_back(tensors_.graph().addTensor(std::move(tensor)));
      tensors_.setMade(index, refused.outputs.back());
    }
    if (status.ok()) return;
    refused.name = tensors_.name(message.outputs()->Get(0));
    refused.opType = nameOf(message);
    refused.inputs = std::move(inputs);
    refused.refusal = status.error();
    tensors_.graph().nodes.push_back(std::move(refused));
  }

  static constexpr uint32_t noOperator = UINT32_MAX;
  const file::Model& model_;
  const file::Subgraph& graph_;
  const InputSize& size_;
  Tensors tensors_;
  uint32_t skipped_ = noOperator;  // what takeQuantizationForInput did already
};

/// The file's structure, which generated code checks before anything of it is read.
/// @param copy  of bytes that lie where numbers cannot be read in place; lives as long as the model
Result<const file::Model*> verified(ByteView bytes, std::vector<uint64_t>& copy, const Limits& limits) {
  if (static_cast<uint64_t>(bytes.size()) > static_cast<uint64_t>(limits.maxModelBytes) ||
      bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) {
    return Error{ErrorCode::modelTooLarge, "The model file has " + std::to_string(bytes.size()) + " bytes; " +
                                               std::to_string(limits.maxModelBytes) + " are allowed."};
  }
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) != 0) {
    copy.resize((bytes.size() + 7) / 8);
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    bytes = {reinterpret_cast<const uint8_t*>(copy.data()), bytes.size()};
  }
  flatbuffers::Verifier::Options options;
  options.max_depth = 16;
  // A node has a table for itself, its options, and for a tensor or three with their steps and buffers.
  options.max_tables = static_cast<uint32_t>(std::min<int64_t>(limits.maxNodes * 16, UINT32_MAX));
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), options);
  if (!file::VerifyModelBuffer(verifier)) return corrupt("The TensorFlow Lite file is truncated or damaged.");
  const file::Model* model = file::GetModel(bytes.data());
  if (model->version() != 3) {
    return Error{ErrorCode::unsupportedOperator, "The TensorFlow Lite file is of version " +
                                                     std::to_string(model->version()) + "; 3 is allowed."};
  }
  if (!model->operator_codes() || !model->buffers() || !model->subgraphs() || model->subgraphs()->size() == 0)
    return corrupt("The TensorFlow Lite file has no network in it.");
  const file::Subgraph& graph = *model->subgraphs()->Get(0);
  if (!graph.tensors() || !graph.inputs() || !graph.outputs() || !graph.operators())
    return corrupt("The TensorFlow Lite file has no network in it.");
  if (graph.operators()->size() > static_cast<uint64_t>(limits.maxNodes)) {
    return Error{ErrorCode::modelTooLarge, "The network has " + std::to_string(graph.operators()->size()) +
                                               " nodes; " + std::to_string(limits.maxNodes) +
                                               " are allowed."};
  }
  return model;
}

}  // namespace
}  // namespace tflite

bool isTflite(ByteView bytes) {
  return bytes.size() >= 8 && std::memcmp(bytes.data() + 4, tflite::file::ModelIdentifier(), 4) == 0;
}

Result<Graph> importTflite(ByteView bytes, const InputSize& size, const Limits& limits) {
  std::vector<uint64_t> copy;
  PITH_ASSIGN_OR_RETURN(const auto* model, tflite::verified(bytes, copy, limits));
  return tflite::Importer(*model, size, limits).run();
}

Result<Shape> tfliteInputShape(ByteView bytes, const Limits& limits) {
  std::vector<uint64_t> copy;
  PITH_ASSIGN_OR_RETURN(const auto* model, tflite::verified(bytes, copy, limits));
  const auto& graph = *model->subgraphs()->Get(0);
  PITH_ASSIGN_OR_RETURN(const int32_t index, tflite::inputIndex(graph));
  Shape shape = tflite::declaredShape(*graph.tensors()->Get(static_cast<uint32_t>(index)));
  if (shape.size() == 4) return shape;
  return Error{ErrorCode::unsupportedShape,
               "The model's input is " + shapeText(shape) + "; [N, H, W, C] or [N, C, H, W] is allowed."};
}

}  // namespace pith
