// SPDX-License-Identifier: Apache-2.0
#include "pith/model/onnx.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "pith/model/onnx_wire.h"
#include "pith/model/operators.h"

namespace pith {
namespace onnx {
namespace {

constexpr int64_t minOpset = 6;
constexpr int64_t maxOpset = 25;

Error corrupt(std::string detail) { return {ErrorCode::corruptModel, std::move(detail)}; }

/// Finds weights in other files; a part of a file belongs to one tensor.
class ExternalReader {
 public:
  explicit ExternalReader(ExternalData* files) : files_(files) {}

  /// The bytes of a tensor, which then are as if they stood in the model.
  Result<ByteView> read(const TensorMessage& tensor, const Limits& limits) {
    const ExternalMessage& place = tensor.external;
    const auto refuse = [&](const std::string& what) {
      return corrupt("The weights " + quotedName(tensor.name) + " lie in another file, and " + what + ".");
    };
    if (!files_) {
      return Error{ErrorCode::unsupportedDataType, "The weights " + quotedName(tensor.name) +
                                                       " lie in another file; they must be inside the model file."};
    }
    if (!staysInFolder(place.location)) return refuse("its name leaves the model's folder");
    const auto count = elementCount(tensor.dims, limits);
    const int bits = numberBits(tensor.dataType);
    if (!count || bits == 0) return refuse("their shape or type is not allowed");
    const int64_t length = (*count * bits + 7) / 8;
    if (place.length.value_or(length) != length)
      return refuse("their length is " + std::to_string(*place.length) + "; " + std::to_string(length) + " is expected");
    PITH_ASSIGN_OR_RETURN(const ByteView file, files_->open(place.location));
    const auto size = static_cast<int64_t>(file.size());
    if (place.offset > size || length > size - place.offset) return refuse("they reach beyond its end");
    auto& parts = parts_[place.location];
    const auto after = parts.lower_bound(place.offset);
    const bool overlaps = (after != parts.end() && after->first < place.offset + length) ||
                          (after != parts.begin() && std::prev(after)->second > place.offset);
    if (overlaps) return refuse("they overlap with other weights");
    if (length > 0) parts.emplace(place.offset, place.offset + length);
    return file.subspan(static_cast<size_t>(place.offset), static_cast<size_t>(length));
  }

 private:
  ExternalData* files_;
  std::map<std::string, std::map<int64_t, int64_t>> parts_;  // by file: begin and end
};

/// Old files repeat their initializers as inputs; what is left must be one image.
Result<const ValueMessage*> findImage(const ModelMessage& model) {
  const ValueMessage* image = nullptr;
  std::unordered_set<std::string_view> weights;
  for (const TensorMessage& tensor : model.initializers) weights.insert(tensor.name);
  for (const ValueMessage& value : model.inputs) {
    if (weights.contains(value.name)) continue;
    if (image) {
      return Error{ErrorCode::unsupportedShape, "The network has the inputs " + quotedName(image->name) +
                                                    " and " + quotedName(value.name) +
                                                    "; one image is allowed."};
    }
    image = &value;
  }
  if (!image || image->name.empty()) return corrupt("The network has no input.");
  if (!image->shape || image->shape->size() != 4) {
    return Error{ErrorCode::unsupportedShape, "The input " + quotedName(image->name) + " has shape " +
                                                  (image->shape ? shapeText(*image->shape) : "unknown") +
                                                  "; [N, C, H, W] or [N, H, W, C] is allowed."};
  }
  return image;
}

class Importer {
 public:
  Importer(ModelMessage& model, const Limits& limits, ExternalData* files)
      : model_(model), limits_(limits), external_(files) {}

  Result<Graph> run(const InputSize& size) {
    PITH_RETURN_IF_ERROR(begin());
    PITH_RETURN_IF_ERROR(addImage(size));
    return finish();
  }

  Result<Graph> run(const std::vector<InputBinding>& inputs) {
    PITH_RETURN_IF_ERROR(begin());
    PITH_RETURN_IF_ERROR(bindInputs(inputs));
    return finish();
  }

 private:
  Status begin() {
    if (model_.opset < minOpset || model_.opset > maxOpset) {
      return Error{ErrorCode::unsupportedOperator,
                   "The model uses ONNX operator set " + std::to_string(model_.opset) + "; " + std::to_string(minOpset) +
                       " to " + std::to_string(maxOpset) + " are allowed."};
    }
    return addInitializers();
  }

  Result<Graph> finish() {
    PITH_ASSIGN_OR_RETURN(const auto order, sortNodes());
    for (size_t index : order) addNode(model_.nodes[index]);
    PITH_RETURN_IF_ERROR(addOutputs());
    return std::move(graph_);
  }

  Result<Tensor> initializer(TensorMessage& message) {
    if (message.isExternal) {
      PITH_ASSIGN_OR_RETURN(message.rawData, external_.read(message, limits_));
    }
    return toConstant(message, limits_);
  }

  Status addInitializers() {
    for (TensorMessage& message : model_.initializers) {
      if (message.name.empty()) return corrupt("An initializer has no name.");
      auto constant = initializer(message);
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

  Status checkInput(const Tensor& tensor) const {
    const bool isFloat = tensor.element == NumberType::float32 || tensor.element == NumberType::float16 ||
                         tensor.element == NumberType::bfloat16;
    if (!isFloat && !tensor.isConstant) {
      return Error{ErrorCode::unsupportedDataType,
                   "The input " + quotedName(tensor.name) + " is of type " +
                       std::string(numberTypeName(tensor.element)) + "; float32, float16 and bfloat16 are allowed."};
    }
    if (!elementCount(tensor.shape, limits_) || tensor.shape.size() > maxAxes) {
      return Error{ErrorCode::modelTooLarge, "The input has shape " + shapeText(tensor.shape) + "; at most " +
                                                 std::to_string(limits_.maxTensorElements) +
                                                 " elements are allowed."};
    }
    return {};
  }

  Status bindInputs(const std::vector<InputBinding>& inputs) {
    for (const ValueMessage& value : model_.inputs) {
      if (byName_.contains(value.name)) continue;
      const auto bound = std::ranges::find(inputs, value.name, &InputBinding::name);
      if (bound == inputs.end()) {
        return Error{ErrorCode::unsupportedShape, "The input " + quotedName(value.name) + " is not given."};
      }
      Tensor tensor = bound->tensor;
      tensor.name = value.name;
      PITH_RETURN_IF_ERROR(checkInput(tensor));
      const bool isConstant = tensor.isConstant;
      const TensorId id = graph_.addTensor(std::move(tensor));
      byName_.emplace(value.name, id);
      if (!isConstant) graph_.inputs.push_back(id);
    }
    return {};
  }

  Status addImage(const InputSize& size) {
    PITH_ASSIGN_OR_RETURN(const ValueMessage* image, findImage(model_));
    Tensor tensor;
    tensor.name = image->name;
    tensor.element = image->elementType;
    PITH_ASSIGN_OR_RETURN(tensor.shape, imageShape(*image, size));
    PITH_RETURN_IF_ERROR(checkInput(tensor));
    graph_.inputs = {graph_.addTensor(std::move(tensor))};
    byName_.emplace(image->name, graph_.inputs[0]);
    return {};
  }

  Result<Shape> imageShape(const ValueMessage& image, const InputSize& size) {
    const Shape& declared = *image.shape;
    const Shape nchw{1, size.channels, size.height, size.width};
    const Shape nhwc{1, size.height, size.width, size.channels};
    const auto fits = [&](const Shape& wanted) {
      for (size_t i = 0; i < 4; ++i) {
        if (declared[i] != -1 && declared[i] != wanted[i]) return false;
      }
      return true;
    };
    // Where both orders fit, the channels that are written down decide; ONNX's own order is the first guess.
    const bool nhwcIsCertain = declared[3] == size.channels && declared[1] != size.channels;
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
    const auto made = importNode(message, inputs);
    if (!made) {
      graph_.tensors.resize(tensorsBefore);
      graph_.nodes.resize(nodesBefore);
    }
    nameOutputs(message, std::move(inputs), made);
  }

  /// The tensors that become the node's outputs.
  Result<std::vector<TensorId>> importNode(const NodeMessage& message, const std::vector<TensorId>& inputs) {
    for (TensorId id : inputs) {
      if (id != noTensor && graph_.tensor(id).refusal) return *graph_.tensor(id).refusal;
    }
    OperatorImport node(graph_, message, inputs, model_.opset, limits_, budget_);
    // Where exporters put the quantised operators that ONNX itself does not have.
    const bool isQuantized = message.domain == "com.microsoft" && message.opType.starts_with("QLinear");
    const bool standardDomain = message.domain.empty() || message.domain == "ai.onnx" || isQuantized;
    const Operator* entry = standardDomain ? findOperator(message.opType) : nullptr;
    if (!entry) return node.unsupportedOperator("this operator is not supported");
    // Zero points of quantised operators may be left out.
    bool complete = inputs.size() >= entry->minInputs && inputs.size() <= entry->maxInputs;
    for (size_t i = 0; i < entry->minInputs && !isQuantized; ++i) complete = complete && node.hasInput(i);
    if (!complete)
      return node.corrupt("it has " + std::to_string(inputs.size()) +
                          " inputs, or leaves out one that it needs");
    PITH_RETURN_IF_ERROR(entry->import(node));
    return node.given();
  }

  /// What the operator did not make exists only to refuse whoever uses it.
  void nameOutputs(const NodeMessage& message, std::vector<TensorId> inputs, const Result<std::vector<TensorId>>& made) {
    Node refused;
    for (size_t i = 0; i < message.outputs.size(); ++i) {
      if (message.outputs[i].empty()) continue;
      if (made && (*made)[i] != noTensor) {
        byName_[message.outputs[i]] = (*made)[i];
        continue;
      }
      Tensor tensor;
      tensor.name = message.outputs[i];
      tensor.refusal = made ? Error{ErrorCode::unsupportedOperator,
                                    "The tensor " + quotedName(tensor.name) + " is not computed."}
                            : made.error();
      refused.outputs.push_back(graph_.addTensor(std::move(tensor)));
      byName_[message.outputs[i]] = refused.outputs.back();
    }
    if (made) return;
    refused.name = message.name;
    refused.opType = message.opType;
    refused.inputs = std::move(inputs);
    refused.refusal = made.error();
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

  ModelMessage& model_;
  const Limits& limits_;
  ExternalReader external_;
  Graph graph_;
  std::unordered_map<std::string, TensorId> byName_;
  FoldingBudget budget_;
};

}  // namespace
}  // namespace onnx

namespace {

Result<onnx::ModelMessage> readChecked(ByteView file, const Limits& limits) {
  if (static_cast<uint64_t>(file.size()) > static_cast<uint64_t>(limits.maxModelBytes)) {
    return Error{ErrorCode::modelTooLarge, "The model file has " + std::to_string(file.size()) + " bytes; " +
                                               std::to_string(limits.maxModelBytes) + " are allowed."};
  }
  return onnx::readModel(file, limits);
}

}  // namespace

Result<Graph> importOnnx(ByteView file, const InputSize& size, const Limits& limits, ExternalData* external) {
  PITH_ASSIGN_OR_RETURN(auto model, readChecked(file, limits));
  return onnx::Importer(model, limits, external).run(size);
}

Result<Graph> importOnnx(ByteView file, const std::vector<InputBinding>& inputs, const Limits& limits,
                         ExternalData* external) {
  PITH_ASSIGN_OR_RETURN(auto model, readChecked(file, limits));
  return onnx::Importer(model, limits, external).run(inputs);
}

Result<Shape> onnxInputShape(ByteView file, const Limits& limits) {
  PITH_ASSIGN_OR_RETURN(const auto model, readChecked(file, limits));
  PITH_ASSIGN_OR_RETURN(const auto* image, onnx::findImage(model));
  return *image->shape;
}

bool staysInFolder(std::string_view location) {
  if (location.empty() || location.front() == '/' || location.find_first_of("\\:") != std::string_view::npos ||
      location.find('\0') != std::string_view::npos)
    return false;
  for (size_t start = 0; start <= location.size();) {
    const size_t end = std::min(location.find('/', start), location.size());
    if (location.substr(start, end - start) == "..") return false;
    start = end + 1;
  }
  return true;
}

Status firstRefusal(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.refusal) return *node.refusal;
  }
  return {};
}

}  // namespace pith
