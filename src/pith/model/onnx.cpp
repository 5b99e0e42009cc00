// SPDX-License-Identifier: Apache-2.0
#include "pith/model/onnx.h"

#include <functional>
#include <queue>
#include <unordered_map>

#include "pith/model/onnx_wire.h"
#include "pith/model/operators.h"

namespace pith {
namespace onnx {
namespace {

constexpr int64_t minOpset = 7;
constexpr int64_t maxOpset = 22;

Error corrupt(std::string detail) { return {ErrorCode::corruptModel, std::move(detail)}; }

class Importer {
 public:
  Importer(const ModelMessage& model, const InputSize& size, const Limits& limits)
      : model_(model), size_(size), limits_(limits) {}

  Result<Graph> run() {
    if (model_.opset < minOpset || model_.opset > maxOpset) {
      return Error{
          ErrorCode::unsupportedOperator,
          "The model uses ONNX operator set " + std::to_string(model_.opset) + "; 7 to 22 are allowed."};
    }
    PITH_RETURN_IF_ERROR(addInitializers());
    PITH_RETURN_IF_ERROR(addInput());
    PITH_ASSIGN_OR_RETURN(const auto order, sortNodes());
    for (size_t index : order) addNode(model_.nodes[index]);
    PITH_RETURN_IF_ERROR(addOutputs());
    return std::move(graph_);
  }

 private:
  Status addInitializers() {
    for (const TensorMessage& message : model_.initializers) {
      if (message.name.empty()) return corrupt("An initializer has no name.");
      auto constant = toConstant(message, limits_);
      if (!constant && constant.error().code != ErrorCode::unsupportedDataType) return constant.error();
      Tensor tensor = constant ? std::move(constant).value() : Tensor{};
      if (!constant) tensor.refusal = constant.error();
      tensor.name = message.name;
      if (!byName_.emplace(message.name, graph_.addTensor(std::move(tensor))).second) {
        return corrupt("The initializer " + quotedName(message.name) + " is defined twice.");
      }
    }
    return {};
  }

  /// Old files repeat their initializers as inputs; what is left must be one image.
  Status addInput() {
    const ValueMessage* image = nullptr;
    for (const ValueMessage& value : model_.inputs) {
      if (byName_.contains(value.name)) continue;
      if (image) {
        return Error{ErrorCode::unsupportedShape, "The network has the inputs " + quotedName(image->name) +
                                                      " and " + quotedName(value.name) +
                                                      "; one image is allowed."};
      }
      image = &value;
    }
    if (!image || image->name.empty()) return corrupt("The network has no input.");
    const bool isFloat = image->elementType == static_cast<int32_t>(ElementType::float32) ||
                         image->elementType == static_cast<int32_t>(ElementType::float16);
    if (!isFloat) {
      return Error{ErrorCode::unsupportedDataType,
                   "The input " + quotedName(image->name) + " is of ONNX data type " +
                       std::to_string(image->elementType) + "; float32 and float16 are allowed."};
    }
    Tensor tensor;
    tensor.name = image->name;
    PITH_ASSIGN_OR_RETURN(tensor.shape, inputShape(*image));
    if (!elementCount(tensor.shape, limits_)) {
      return Error{ErrorCode::modelTooLarge, "The input has shape " + shapeText(tensor.shape) + "; at most " +
                                                 std::to_string(limits_.maxTensorElements) +
                                                 " elements are allowed."};
    }
    graph_.input = graph_.addTensor(std::move(tensor));
    byName_.emplace(image->name, graph_.input);
    return {};
  }

  Result<Shape> inputShape(const ValueMessage& image) {
    if (!image.shape || image.shape->size() != 4) {
      return Error{ErrorCode::unsupportedShape, "The input " + quotedName(image.name) + " has shape " +
                                                    (image.shape ? shapeText(*image.shape) : "unknown") +
                                                    "; [N, C, H, W] or [N, H, W, C] is allowed."};
    }
    const Shape& declared = *image.shape;
    const Shape nchw{1, size_.channels, size_.height, size_.width};
    const Shape nhwc{1, size_.height, size_.width, size_.channels};
    const auto fits = [&](const Shape& wanted) {
      for (size_t i = 0; i < 4; ++i) {
        if (declared[i] != -1 && declared[i] != wanted[i]) return false;
      }
      return true;
    };
    // Where both orders fit, the channels that are written down decide; ONNX's own order is the first guess.
    const bool nhwcIsCertain = declared[3] == size_.channels && declared[1] != size_.channels;
    if (fits(nchw) && !(nhwcIsCertain && fits(nhwc))) return nchw;
    if (fits(nhwc)) {
      graph_.inputIsNhwc = true;
      return nhwc;
    }
    return Error{ErrorCode::shapeMismatch, "The model's input is " + shapeText(declared) +
                                               " (-1: any); the recipe makes " + shapeText(nchw) +
                                               " (N, C, H, W)."};
  }

  /// Kahn's algorithm; among the nodes that are ready, the file's order is kept.
  Result<std::vector<size_t>> sortNodes() {
    std::unordered_map<std::string_view, size_t> producer;
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      for (const std::string& output : model_.nodes[i].outputs) {
        if (output.empty()) continue;
        if (byName_.contains(output) || !producer.emplace(output, i).second) {
          return corrupt("The tensor " + quotedName(output) + " is defined twice.");
        }
      }
    }
    std::vector<size_t> waitingFor(model_.nodes.size(), 0);
    std::vector<std::vector<size_t>> users(model_.nodes.size());
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      for (const std::string& input : model_.nodes[i].inputs) {
        if (input.empty() || byName_.contains(input)) continue;
        const auto made = producer.find(input);
        if (made == producer.end()) {
          return corrupt("The tensor " + quotedName(input) + " is used by the " +
                         quotedName(model_.nodes[i].opType) + " node " + quotedName(model_.nodes[i].name) +
                         ", but nothing makes it.");
        }
        users[made->second].push_back(i);
        ++waitingFor[i];
      }
    }
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < waitingFor.size(); ++i) {
      if (waitingFor[i] == 0) ready.push(i);
    }
    std::vector<size_t> order;
    while (!ready.empty()) {
      order.push_back(ready.top());
      ready.pop();
      for (size_t user : users[order.back()]) {
        if (--waitingFor[user] == 0) ready.push(user);
      }
    }
    if (order.size() != model_.nodes.size()) {
      size_t stuck = 0;
      while (waitingFor[stuck] == 0) ++stuck;
      return corrupt("The " + quotedName(model_.nodes[stuck].opType) + " node " +
                     quotedName(model_.nodes[stuck].name) + " depends on its own output.");
    }
    return order;
  }

  /// A node that cannot be imported is kept as refused, with refused outputs.
  void addNode(const NodeMessage& message) {
    std::vector<TensorId> inputs;
    for (const std::string& name : message.inputs)
      inputs.push_back(name.empty() ? noTensor : byName_.at(name));
    const size_t tensorsBefore = graph_.tensors.size();
    const size_t nodesBefore = graph_.nodes.size();
    Status status = importNode(message, inputs);
    if (!status) {
      graph_.tensors.resize(tensorsBefore);
      graph_.nodes.resize(nodesBefore);
    }
    nameOutputs(message, std::move(inputs), status);
  }

  Status importNode(const NodeMessage& message, const std::vector<TensorId>& inputs) {
    for (TensorId id : inputs) {
      if (id != noTensor && graph_.tensor(id).refusal) return *graph_.tensor(id).refusal;
    }
    OperatorImport node(graph_, message, inputs, model_.opset, limits_, foldedElements_);
    const bool standardDomain = message.domain.empty() || message.domain == "ai.onnx";
    const Operator* entry = standardDomain ? findOperator(message.opType) : nullptr;
    if (!entry) return node.unsupportedOperator("this operator is not supported");
    bool complete = inputs.size() <= entry->maxInputs;
    for (size_t i = 0; i < entry->minInputs; ++i) complete = complete && node.hasInput(i);
    if (!complete)
      return node.corrupt("it has " + std::to_string(inputs.size()) +
                          " inputs, or leaves out one that it needs");
    return entry->import(node);
  }

  /// The operator made the first output, if it made any; the rest exist only to refuse whoever uses them.
  void nameOutputs(const NodeMessage& message, std::vector<TensorId> inputs, const Status& status) {
    Node refused;
    size_t first = 0;
    if (status.ok()) {
      byName_[message.outputs[0]] = static_cast<TensorId>(graph_.tensors.size() - 1);
      first = 1;
    }
    for (size_t i = first; i < message.outputs.size(); ++i) {
      if (message.outputs[i].empty()) continue;
      Tensor tensor;
      tensor.name = message.outputs[i];
      tensor.refusal = status.ok() ? Error{ErrorCode::unsupportedOperator,
                                           "The tensor " + quotedName(tensor.name) + " is not computed."}
                                   : status.error();
      refused.outputs.push_back(graph_.addTensor(std::move(tensor)));
      byName_[message.outputs[i]] = refused.outputs.back();
    }
    if (status.ok()) return;
    refused.name = message.name;
    refused.opType = message.opType;
    refused.inputs = std::move(inputs);
    refused.refusal = status.error();
    graph_.nodes.push_back(std::move(refused));
  }

  Status addOutputs() {
    for (const ValueMessage& value : model_.outputs) {
      const auto found = byName_.find(value.name);
      if (found == byName_.end())
        return corrupt("The output " + quotedName(value.name) + " is made by no node.");
      graph_.outputs.push_back(found->second);
    }
    if (graph_.outputs.empty()) return corrupt("The network has no output.");
    return {};
  }

  const ModelMessage& model_;
  const InputSize& size_;
  const Limits& limits_;
  Graph graph_;
  std::unordered_map<std::string, TensorId> byName_;
  int64_t foldedElements_ = 0;
};

}  // namespace
}  // namespace onnx

Result<Graph> importOnnx(ByteView file, const InputSize& size, const Limits& limits) {
  if (static_cast<uint64_t>(file.size()) > static_cast<uint64_t>(limits.maxModelBytes)) {
    return Error{ErrorCode::modelTooLarge, "The model file has " + std::to_string(file.size()) + " bytes; " +
                                               std::to_string(limits.maxModelBytes) + " are allowed."};
  }
  PITH_ASSIGN_OR_RETURN(const auto model, onnx::readModel(file, limits));
  return onnx::Importer(model, size, limits).run();
}

Status firstRefusal(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.refusal) return *node.refusal;
  }
  return {};
}

}  // namespace pith
