// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/onnx.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "pith/model/passes.h"
#include "pith/onnx/external.h"
#include "pith/onnx/node_order.h"
#include "pith/onnx/operators.h"
#include "pith/onnx/weights.h"

namespace pith {
namespace onnx {
namespace {

constexpr int64_t minOpset = 6;
constexpr int64_t maxOpset = 25;

Error corrupt(std::string detail) { return {ErrorCode::corruptModel, std::move(detail)}; }

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
  /// @param forWeights  what Weights takes besides
  template <typename... ForWeights>
  Importer(const ModelMessage& model, const Limits& limits, ForWeights&&... forWeights)
      : model_(model), limits_(limits), weights_(graph_, model, limits, std::forward<ForWeights>(forWeights)...) {}

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

  /// Why there is no graph: an operator looks at numbers that depend on weights that are not wanted.
  [[nodiscard]] bool needsAllWeights() const { return needsAllWeights_; }

 private:
  Status begin() {
    if (model_.opset < minOpset || model_.opset > maxOpset) {
      return Error{ErrorCode::unsupportedOperator,
                   "The model uses ONNX operator set " + std::to_string(model_.opset) + "; " + std::to_string(minOpset) +
                       " to " + std::to_string(maxOpset) + " are allowed."};
    }
    return addInitializers(model_);
  }

  Result<Graph> finish() {
    PITH_RETURN_IF_ERROR(addNodes(model_));
    PITH_RETURN_IF_ERROR(addOutputs());
    return std::move(graph_);
  }

  /// Several names may mean one constant.
  void name(const std::string& name, TensorId id) {
    byName_[name] = id;
    named_.push_back(name);
    weights_.named(name, id);
  }

  Result<TensorId> initializer(const TensorMessage& message) {
    if (message.isExternal && !message.rawData) {
      return Error{ErrorCode::unsupportedDataType, "The weights " + quotedName(message.name) +
                                                       " lie in another file; they must be inside the model file."};
    }
    return weights_.add(message);
  }

  Status addInitializers(const GraphMessage& graph) {
    for (const TensorMessage& message : graph.initializers) {
      if (message.name.empty()) return corrupt("An initializer has no name.");
      Result<TensorId> id = initializer(message);
      if (!id && id.error().code != ErrorCode::unsupportedDataType) return id.error();
      if (!id) {
        Tensor refused;
        refused.name = message.name;
        refused.refusal = id.error();
        id = graph_.addTensor(std::move(refused));
      }
      if (byName_.contains(message.name))
        return corrupt("The initializer " + quotedName(message.name) + " is defined twice.");
      name(message.name, *id);
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
      name(value.name, id);
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
    name(image->name, graph_.inputs[0]);
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

  Status addNodes(const GraphMessage& graph) {
    PITH_ASSIGN_OR_RETURN(const auto order, sortNodes(graph, byName_));
    for (size_t index : order) PITH_RETURN_IF_ERROR(addNode(graph.nodes[index]));
    return {};
  }

  static bool isStandard(const NodeMessage& node) { return node.domain.empty() || node.domain == "ai.onnx"; }

  /// The graph that an If node stands for, where its condition does not depend on the image.
  const GraphMessage* chosenBranch(const NodeMessage& node, const std::vector<TensorId>& inputs) const {
    if (node.opType != "If" || !isStandard(node) || inputs.size() != 1 || inputs[0] == noTensor) return nullptr;
    const Tensor& condition = graph_.tensor(inputs[0]);
    if (!condition.isConstant || condition.refusal || condition.integers.size() != 1) return nullptr;
    const std::string_view wanted = condition.integers[0] ? "then_branch" : "else_branch";
    const auto found = std::ranges::find(node.attributes, wanted, &AttributeMessage::name);
    const bool fits = found != node.attributes.end() && found->graphs.size() == 1 && found->graphs[0].inputs.empty() &&
                      found->graphs[0].outputs.size() == node.outputs.size();
    return fits ? found->graphs.data() : nullptr;
  }

  /// The branch's nodes instead of the node. Their names are known inside of it alone.
  Status addBranch(const NodeMessage& node, const GraphMessage& branch) {
    const size_t namedOutside = named_.size();
    PITH_RETURN_IF_ERROR(addInitializers(branch));
    PITH_RETURN_IF_ERROR(addNodes(branch));
    std::vector<TensorId> results;
    for (const ValueMessage& output : branch.outputs) {
      const auto found = byName_.find(output.name);
      if (found == byName_.end()) return corrupt("The output " + quotedName(output.name) + " of a branch is made by no node.");
      results.push_back(found->second);
    }
    for (size_t i = namedOutside; i < named_.size(); ++i) byName_.erase(named_[i]);
    named_.resize(namedOutside);
    for (size_t i = 0; i < results.size(); ++i) {
      if (!node.outputs[i].empty()) name(node.outputs[i], results[i]);
    }
    return {};
  }

  /// A node that cannot be imported is kept as refused, with refused outputs.
  Status addNode(const NodeMessage& message) {
    std::vector<TensorId> inputs;
    for (const std::string& name : message.inputs)
      inputs.push_back(name.empty() ? noTensor : byName_.at(name));
    PITH_ASSIGN_OR_RETURN(const bool isReady, weights_.beforeNode(message, inputs));
    if (!isReady) {
      needsAllWeights_ = true;
      return corrupt("The network cannot be read without its weights.");
    }
    if (const GraphMessage* branch = chosenBranch(message, inputs)) {
      PITH_RETURN_IF_ERROR(addBranch(message, *branch));
      weights_.afterNode(inputs, graph_.tensors.size(), graph_.nodes.size());
      return {};
    }
    const size_t tensorsBefore = graph_.tensors.size();
    const size_t nodesBefore = graph_.nodes.size();
    const auto made = importNode(message, inputs);
    if (!made) {
      graph_.tensors.resize(tensorsBefore);
      graph_.nodes.resize(nodesBefore);
    }
    nameOutputs(message, inputs, made);
    weights_.afterNode(inputs, tensorsBefore, nodesBefore);
    return {};
  }

  /// The large tensor that a Constant node holds, which is read when it is needed, as initializers are.
  static const TensorMessage* largeConstant(const NodeMessage& message) {
    const auto isValue = [](const AttributeMessage& attribute) { return attribute.name == "value"; };
    const auto value = std::ranges::find_if(message.attributes, isValue);
    const bool isConstant = message.opType == "Constant" && isStandard(message);
    if (!isConstant || message.outputs.size() != 1 || message.outputs[0].empty() || !message.inputs.empty() || value == message.attributes.end())
      return nullptr;
    return value->t && value->t->isLarge && !value->t->isExternal ? &*value->t : nullptr;
  }

  /// The tensors that become the node's outputs.
  Result<std::vector<TensorId>> importNode(const NodeMessage& message, const std::vector<TensorId>& inputs) {
    for (TensorId id : inputs) {
      if (id != noTensor && graph_.tensor(id).refusal) return *graph_.tensor(id).refusal;
    }
    if (std::ranges::all_of(message.outputs, [](const std::string& name) { return name.empty(); }))
      return Error{ErrorCode::corruptModel, "A " + quotedName(message.opType) + " node has no output."};
    if (const TensorMessage* constant = largeConstant(message)) {
      PITH_ASSIGN_OR_RETURN(const TensorId id, weights_.add(*constant));
      graph_.tensor(id).name = message.outputs[0];
      return std::vector<TensorId>{id};
    }
    OperatorImport node(graph_, message, inputs, model_.opset, limits_, budget_);
    // Where exporters put the quantised operators that ONNX itself does not have.
    const bool isQuantized = message.domain == "com.microsoft" && message.opType.starts_with("QLinear");
    const Operator* entry = isStandard(message) || isQuantized ? findOperator(message.opType) : nullptr;
    if (message.opType == "If") return node.unsupportedOperator("its condition must not depend on the image, and it must have both branches");
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
        name(message.outputs[i], (*made)[i]);
        continue;
      }
      Tensor tensor;
      tensor.name = message.outputs[i];
      tensor.refusal = made ? Error{ErrorCode::unsupportedOperator,
                                    "The tensor " + quotedName(tensor.name) + " is not computed."}
                            : made.error();
      refused.outputs.push_back(graph_.addTensor(std::move(tensor)));
      name(message.outputs[i], refused.outputs.back());
    }
    if (made || refused.outputs.empty()) return;
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
      if (weights_.isWanted(found->second)) PITH_RETURN_IF_ERROR(weights_.fill(found->second));
      graph_.outputs.push_back(found->second);
    }
    if (graph_.outputs.empty()) return corrupt("The network has no output.");
    return {};
  }

  const ModelMessage& model_;
  const Limits& limits_;
  Graph graph_;
  Weights weights_;
  bool needsAllWeights_ = false;
  std::unordered_map<std::string, TensorId> byName_;
  std::vector<std::string> named_;  // in order
  FoldingBudget budget_;
};

/// Weights in other files are from now on where those files say; without files they have no numbers.
Status locateWeights(GraphMessage& graph, uint64_t largeBytes, ExternalReader& external, const Limits& limits) {
  for (TensorMessage& tensor : graph.initializers) {
    if (!tensor.isExternal) continue;
    tensor.rawData.reset();
    const Result<SourcePart> part = external.find(tensor, limits);
    if (!part && part.error().code != ErrorCode::unsupportedDataType) return part.error();
    if (part) tensor.rawData = RawData{*part, {}};
    tensor.isLarge = part && part->length > largeBytes;
  }
  for (NodeMessage& node : graph.nodes) {
    for (AttributeMessage& attribute : node.attributes) {
      for (GraphMessage& inner : attribute.graphs) PITH_RETURN_IF_ERROR(locateWeights(inner, largeBytes, external, limits));
    }
  }
  return {};
}

}  // namespace
}  // namespace onnx

struct OnnxFile::Impl {
  Impl(ModelSource& file, const Limits& theLimits, ExternalData* files) : buffered(file), external(files), limits(theLimits) {}

  BufferedSource buffered;  // the messages refer to these two
  onnx::ExternalReader external;
  Limits limits;
  onnx::ModelMessage model;
};

OnnxFile::OnnxFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OnnxFile::OnnxFile(OnnxFile&&) noexcept = default;
OnnxFile& OnnxFile::operator=(OnnxFile&&) noexcept = default;
OnnxFile::~OnnxFile() = default;

Result<OnnxFile> OnnxFile::open(ModelSource& file, const Limits& limits, ExternalData* external, uint64_t largeBytes) {
  if (file.sizeBytes() > static_cast<uint64_t>(limits.maxModelBytes)) {
    return Error{ErrorCode::modelTooLarge, "The model file has " + std::to_string(file.sizeBytes()) + " bytes; " +
                                               std::to_string(limits.maxModelBytes) + " are allowed."};
  }
  auto impl = std::make_unique<Impl>(file, limits, external);
  PITH_ASSIGN_OR_RETURN(impl->model, onnx::readModel(impl->buffered, limits, largeBytes));
  PITH_RETURN_IF_ERROR(onnx::locateWeights(impl->model, largeBytes, impl->external, limits));
  return OnnxFile(std::move(impl));
}

Result<Shape> OnnxFile::inputShape() const {
  PITH_ASSIGN_OR_RETURN(const auto* image, onnx::findImage(impl_->model));
  return *image->shape;
}

Result<Graph> OnnxFile::outline(const InputSize& size) const {
  onnx::Importer importer(impl_->model, impl_->limits, true);
  Result<Graph> graph = importer.run(size);
  return importer.needsAllWeights() ? import(size) : std::move(graph);
}

Result<Graph> OnnxFile::import(const InputSize& size) const { return onnx::Importer(impl_->model, impl_->limits, false).run(size); }

Result<Graph> OnnxFile::import(const std::vector<InputBinding>& inputs) const {
  return onnx::Importer(impl_->model, impl_->limits, false).run(inputs);
}

Result<Graph> OnnxFile::withWeights(Graph outline, const InputSize& size, const std::vector<TensorId>& tensors) const {
  const std::vector<bool> isNeeded = neededTensors(outline, tensors);
  std::set<uint32_t> wanted;
  for (size_t i = 0; i < isNeeded.size(); ++i) {
    if (isNeeded[i]) wanted.insert(outline.tensors[i].missing.begin(), outline.tensors[i].missing.end());
  }
  if (wanted.empty()) return outline;
  onnx::Importer importer(impl_->model, impl_->limits, outline, std::vector<uint32_t>(wanted.begin(), wanted.end()));
  PITH_ASSIGN_OR_RETURN(Graph graph, importer.run(size));
  // The numbers of weights that operators do not look at change nothing else; a source that changes might.
  bool isSame = graph.tensors.size() == outline.tensors.size() && graph.nodes.size() == outline.nodes.size();
  for (size_t i = 0; isSame && i < isNeeded.size(); ++i)
    isSame = !isNeeded[i] || (graph.tensors[i].missing.empty() && graph.tensors[i].shape == outline.tensors[i].shape);
  if (!isSame) return Error{ErrorCode::internalError, "The network differs from its outline."};
  return graph;
}

Result<Graph> importOnnx(ByteView file, const InputSize& size, const Limits& limits, ExternalData* external) {
  MemorySource source(file);
  PITH_ASSIGN_OR_RETURN(const OnnxFile onnx, OnnxFile::open(source, limits, external));
  return onnx.import(size);
}

Result<Graph> importOnnx(ByteView file, const std::vector<InputBinding>& inputs, const Limits& limits,
                         ExternalData* external) {
  MemorySource source(file);
  PITH_ASSIGN_OR_RETURN(const OnnxFile onnx, OnnxFile::open(source, limits, external));
  return onnx.import(inputs);
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

}  // namespace pith
