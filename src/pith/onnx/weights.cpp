// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/weights.h"

#include <algorithm>
#include <array>
#include <set>

namespace pith::onnx {
namespace {

constexpr size_t everyInput = SIZE_MAX;
constexpr int64_t float32Type = 1;

struct Reader {
  std::string_view opType;
  size_t input;
};

/// Operators whose import looks at shape and type of this input only; what they compute of constants is deferred with them.
constexpr auto readers = std::to_array<Reader>({
    {"Add", everyInput},
    {"Cast", 0},  // to float32
    {"Concat", everyInput},
    {"Conv", 1},
    {"ConvTranspose", 1},
    {"Div", everyInput},
    {"Flatten", 0},
    {"Gemm", 0},
    {"Gemm", 1},
    {"Identity", 0},
    {"MatMul", everyInput},
    {"Mul", everyInput},
    {"Reshape", 0},
    {"Squeeze", 0},
    {"Sub", everyInput},
    {"Transpose", 0},
    {"Unsqueeze", 0},
});

bool looksAtNumbers(const NodeMessage& node, size_t input, const Tensor& tensor) {
  if (tensor.type != DataType::float32) return true;
  const auto isFloatCast = [&](const AttributeMessage& attribute) { return attribute.name == "to" && attribute.i == float32Type; };
  if (node.opType == "Cast" && std::ranges::none_of(node.attributes, isFloatCast)) return true;
  return std::ranges::none_of(readers, [&](const Reader& reader) {
    return reader.opType == node.opType && (reader.input == input || reader.input == everyInput);
  });
}

/// Gives the memory back, which assigning `{}` does not.
void empty(Tensor& tensor) {
  std::vector<float>().swap(tensor.floats);
  std::vector<int64_t>().swap(tensor.integers);
}

}  // namespace

Weights::Weights(Graph& graph, const ModelMessage& model, const Limits& limits, bool isOutline)
    : graph_(graph), model_(model), limits_(limits) {
  if (isOutline) wanted_.emplace();
  countUses(model);
}

Weights::Weights(Graph& graph, const ModelMessage& model, const Limits& limits, const Graph& outline, std::vector<uint32_t> wanted)
    : graph_(graph), model_(model), limits_(limits), outline_(&outline), wanted_(std::move(wanted)) {
  countUses(model);
}

void Weights::countUses(const GraphMessage& graph) {
  for (const NodeMessage& node : graph.nodes) {
    for (const std::string& input : node.inputs) ++uses_[input];
    for (const AttributeMessage& attribute : node.attributes) std::ranges::for_each(attribute.graphs, [this](const auto& inner) { countUses(inner); });
  }
  for (const ValueMessage& output : graph.outputs) ++uses_[output.name];
}

Result<TensorId> Weights::add(const TensorMessage& message) {
  const bool isDeferred = message.isLarge;
  // Whether they are allowed is seen in the numbers of these alone.
  if (!isDeferred || message.dataType == NumberType::float64) {
    PITH_ASSIGN_OR_RETURN(Tensor tensor, toConstant(message, limits_));
    if (!isDeferred) return graph_.addTensor(std::move(tensor));
  }
  PITH_ASSIGN_OR_RETURN(Tensor tensor, toOutline(message, limits_));
  tensor.missing = {static_cast<uint32_t>(messages_.size())};
  messages_.push_back(&message);
  ids_.push_back(graph_.addTensor(std::move(tensor)));
  return ids_.back();
}

void Weights::named(std::string_view name, TensorId id) {
  const auto uses = uses_.find(name);
  usesLeft_.resize(graph_.tensors.size(), 0);
  if (uses != uses_.end()) usesLeft_[static_cast<size_t>(id)] += uses->second;
}

bool Weights::isOfFile(TensorId id) const {
  const auto& missing = graph_.tensor(id).missing;
  return missing.size() == 1 && ids_[missing[0]] == id;
}

bool Weights::isWanted(TensorId id) const {
  return !wanted_ || std::ranges::includes(*wanted_, graph_.tensor(id).missing);
}

bool Weights::isLarge(const Tensor& tensor) const {
  return tensor.isConstant && tensor.floats.size() * sizeof(float) + tensor.integers.size() * sizeof(int64_t) > model_.largeBytes;
}

Status Weights::fill(TensorId id) {
  if (!isOfFile(id)) return {};
  PITH_ASSIGN_OR_RETURN(Tensor read, toConstant(*messages_[graph_.tensor(id).missing[0]], limits_));
  Tensor& tensor = graph_.tensor(id);
  tensor.floats = std::move(read.floats);
  tensor.integers = std::move(read.integers);
  tensor.missing.clear();
  return {};
}

Result<bool> Weights::beforeNode(const NodeMessage& message, const std::vector<TensorId>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == noTensor || graph_.tensor(inputs[i]).missing.empty()) continue;
    const bool isForThisNode = !isWanted(inputs[i]);
    if (isForThisNode && !looksAtNumbers(message, i, graph_.tensor(inputs[i]))) continue;
    if (!isOfFile(inputs[i])) return false;
    const std::vector<uint32_t> missing = graph_.tensor(inputs[i]).missing;
    PITH_RETURN_IF_ERROR(fill(inputs[i]));
    if (isForThisNode) borrowed_.emplace_back(inputs[i], missing);
  }
  return true;
}

void Weights::leaveOut(TensorId id, std::vector<uint32_t> missing) {
  Tensor& tensor = graph_.tensor(id);
  empty(tensor);
  tensor.missing = std::move(missing);
}

/// What neither the graph nor a later node of the file reads.
void Weights::forget(TensorId id) {
  const auto at = static_cast<size_t>(id);
  if (usesLeft_[at] == 0 && isHeld_[at] == 0 && isLarge(graph_.tensor(id))) empty(graph_.tensor(id));
}

void Weights::afterNode(const std::vector<TensorId>& inputs, size_t tensorsBefore, size_t nodesBefore) {
  usesLeft_.resize(graph_.tensors.size(), 0);
  isHeld_.resize(graph_.tensors.size());
  for (size_t i = nodesBefore; i < graph_.nodes.size(); ++i) {
    for (TensorId id : graph_.nodes[i].inputs) {
      if (id != noTensor) isHeld_[static_cast<size_t>(id)] = 1;
    }
  }
  for (auto& [id, missing] : borrowed_) leaveOut(id, std::move(missing));
  borrowed_.clear();
  std::set<uint32_t> missing;
  for (TensorId id : inputs) {
    if (id == noTensor) continue;
    missing.insert(graph_.tensor(id).missing.begin(), graph_.tensor(id).missing.end());
    --usesLeft_[static_cast<size_t>(id)];
    forget(id);
  }
  for (size_t i = tensorsBefore; i < graph_.tensors.size(); ++i) {
    const auto id = static_cast<TensorId>(i);
    forget(id);
    if (!wanted_ || !isLarge(graph_.tensor(id))) continue;
    // An outline leaves out what the operator made of what is missing, and may be any of it; later reading leaves out the same.
    std::vector<uint32_t> without(missing.begin(), missing.end());
    if (outline_) without = i < outline_->tensors.size() ? outline_->tensors[i].missing : std::vector<uint32_t>{};
    if (!std::ranges::includes(*wanted_, without)) leaveOut(id, std::move(without));
  }
}

}  // namespace pith::onnx
