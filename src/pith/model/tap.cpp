// SPDX-License-Identifier: Apache-2.0
#include "pith/model/tap.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace pith {
namespace {

/// CIFAR-10 and -100, Places365, ImageNet-1k without and with a background class, ImageNet-21k in two
/// editions.
constexpr std::array<int64_t, 7> classCounts{10, 100, 365, 1000, 1001, 21841, 21843};

bool isFeatureMap(const Shape& shape) { return shape.size() == 4 && shape[0] == 1; }
bool isVector(const Shape& shape) { return shape.size() == 2 && shape[0] == 1; }
bool isSpatial(const Shape& shape) { return shape.size() == 4 && shape[2] * shape[3] > 1; }

bool isGlobalPooling(const Graph& graph, const Node& node) {
  const auto covers = [&](const AveragePoolAttributes& pool) {
    const Shape& input = graph.tensor(node.inputs[0]).shape;
    constexpr std::array<int64_t, 4> none{0, 0, 0, 0};
    return pool.window.kernel[0] == input[2] && pool.window.kernel[1] == input[3] &&
           pool.window.pads == none && pool.zeroPads == none;
  };
  if (const auto* reduce = std::get_if<ReduceAttributes>(&node.attributes)) {
    return graph.tensor(node.inputs[0]).shape.size() == 4 && reduce->axes == std::vector<int64_t>{2, 3};
  }
  const auto* pool = std::get_if<AveragePoolAttributes>(&node.attributes);
  return pool && covers(*pool);
}

/// Nodes that only rename or reorder what they are given, or cannot change a pooled value's meaning.
bool passesThrough(const Node& node) { return node.op == Op::identity || node.op == Op::dropout; }

bool isSoftmax(const Node& node) { return node.opType == "Softmax" || node.opType == "LogSoftmax"; }

/// Unsupported nodes behind a pooling that are known to end a network and to hold no weights.
bool isHarmlessTail(const Node& node) {
  constexpr std::array<std::string_view, 12> harmless{"Softmax", "LogSoftmax", "Sigmoid", "ArgMax",
                                                      "TopK",    "Flatten",    "Reshape", "Squeeze",
                                                      "Cast",    "Identity",   "Dropout", "Unsqueeze"};
  return std::ranges::find(harmless, node.opType) != harmless.end();
}

/// Unsupported nodes that belong to the body of a network.
bool isBody(const Node& node) {
  constexpr std::array<std::string_view, 9> body{
      "Conv",   "ConvTranspose",      "MaxPool",       "AveragePool", "GlobalAveragePool",
      "LpPool", "BatchNormalization", "GlobalMaxPool", "Resize"};
  return std::ranges::find(body, node.opType) != body.end();
}

struct Behind {
  bool featureMap = false;  // a feature map, or a node that makes one
  bool weights = false;     // a layer that could be the classifier
  bool softmax = false;
};

Behind lookBehind(const Graph& graph, const GraphIndex& index, size_t start) {
  Behind behind;
  std::vector<bool> isReached(graph.nodes.size(), false);
  isReached[start] = true;
  // Nodes are in topological order, so one sweep reaches everything.
  for (size_t i = start; i < graph.nodes.size(); ++i) {
    if (!isReached[i]) continue;
    for (TensorId output : graph.nodes[i].outputs) {
      for (int32_t user : index.consumers[static_cast<size_t>(output)])
        isReached[static_cast<size_t>(user)] = true;
    }
    if (i == start) continue;
    const Node& node = graph.nodes[i];
    const bool isRefused = node.op == Op::refused;
    behind.featureMap |= isRefused ? isBody(node) : isSpatial(graph.tensor(node.outputs[0]).shape);
    behind.weights |=
        isRefused ? !isHarmlessTail(node) : node.op == Op::conv || node.op == Op::fullyConnected;
    behind.softmax |= isSoftmax(node);
  }
  return behind;
}

const Node* producerOf(const Graph& graph, const GraphIndex& index, TensorId id) {
  const int32_t producer = index.producer[static_cast<size_t>(id)];
  return producer < 0 ? nullptr : &graph.nodes[static_cast<size_t>(producer)];
}

/// The convolution whose result, perhaps normalised and clamped, is `id`.
const Node* convolutionBefore(const Graph& graph, const GraphIndex& index, TensorId id) {
  const Node* node = producerOf(graph, index, id);
  while (node && (passesThrough(*node) || node->op == Op::clamp || node->op == Op::batchNormalization)) {
    node = producerOf(graph, index, node->inputs[0]);
  }
  return node && node->op == Op::conv ? node : nullptr;
}

bool isClassifier(const Graph& graph, const GraphIndex& index, const Node& conv, bool softmaxBehind) {
  if (softmaxBehind) return true;
  const Node* before = producerOf(graph, index, conv.inputs[0]);
  if (before && before->op == Op::dropout) return true;
  const Shape& weights = graph.tensor(conv.inputs[1]).shape;
  return weights[2] == 1 && weights[3] == 1 &&
         std::ranges::find(classCounts, weights[0]) != classCounts.end();
}

TensorId skipBackwards(const Graph& graph, const GraphIndex& index, TensorId id) {
  const Node* node = producerOf(graph, index, id);
  while (node && passesThrough(*node)) {
    id = node->inputs[0];
    node = producerOf(graph, index, id);
  }
  return id;
}

std::optional<size_t> lastGlobalPooling(const Graph& graph, const GraphIndex& index) {
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    if (isGlobalPooling(graph, graph.nodes[i]) && !lookBehind(graph, index, i).featureMap) return i;
  }
  return std::nullopt;
}

/// The map that becomes [1, N] without pooling, where there is exactly one.
TensorId flattenedMap(const Graph& graph) {
  TensorId found = noTensor;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::reshape || !isVector(graph.tensor(node.outputs[0]).shape)) continue;
    if (!isFeatureMap(graph.tensor(node.inputs[0]).shape)) continue;
    if (found != noTensor) return noTensor;
    found = node.inputs[0];
  }
  return found;
}

/// Levenshtein's distance of two short names.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string candidateText(const Graph& graph) {
  std::string text;
  const auto taps = listTaps(graph, noTensor);
  const size_t first = taps.size() > 8 ? taps.size() - 8 : 0;
  for (size_t i = first; i < taps.size(); ++i) {
    text += (text.empty() ? "" : ", ") + quotedName(taps[i].tensor) + " " + shapeText(taps[i].shape);
  }
  return text.empty() ? "none" : text;
}

Error unknownName(const Graph& graph, std::string_view name) {
  constexpr size_t longest = 128, mostTensors = 4096;
  std::vector<std::pair<size_t, std::string_view>> close;
  for (size_t i = 0; i < std::min(graph.tensors.size(), mostTensors) && name.size() <= longest; ++i) {
    const Tensor& tensor = graph.tensors[i];
    if (tensor.isConstant || tensor.name.size() > longest) continue;
    const size_t steps = distance(name, tensor.name);
    if (steps <= name.size() / 2) close.emplace_back(steps, tensor.name);
  }
  std::ranges::sort(close);
  std::string hint;
  for (size_t i = 0; i < std::min<size_t>(close.size(), 3); ++i)
    hint += (i == 0 ? " Close to it: " : ", ") + quotedName(close[i].second);
  return {ErrorCode::tapNotFound, "The network has no tensor " + quotedName(name) + "." +
                                      (hint.empty() ? "" : hint + ".") +
                                      " Taps that are allowed: " + candidateText(graph) + "."};
}

}  // namespace

Result<TensorId> findTap(const Graph& graph) {
  const GraphIndex index(graph);
  const auto pooling = lastGlobalPooling(graph, index);
  if (!pooling) {
    for (const Node& node : graph.nodes) {
      if (node.refusal) return *node.refusal;
    }
    const TensorId map = flattenedMap(graph);
    if (map != noTensor) return skipBackwards(graph, index, map);
    return Error{ErrorCode::tapNotFound,
                 "The network has no global pooling before its end; name a tap. Allowed: " +
                     candidateText(graph) + "."};
  }
  const Behind behind = lookBehind(graph, index, *pooling);
  const TensorId map = graph.nodes[*pooling].inputs[0];
  const Node* conv = convolutionBefore(graph, index, map);
  if (!behind.weights && conv && isClassifier(graph, index, *conv, behind.softmax) &&
      producerOf(graph, index, conv->inputs[0])) {
    return skipBackwards(graph, index, conv->inputs[0]);
  }
  return skipBackwards(graph, index, map);
}

Result<TensorId> namedTap(const Graph& graph, std::string_view name) {
  const auto found = std::ranges::find_if(
      graph.tensors, [&](const Tensor& tensor) { return tensor.name == name && !tensor.isConstant; });
  if (found == graph.tensors.end()) return unknownName(graph, name);
  if (found->refusal) return *found->refusal;
  const auto id = static_cast<TensorId>(found - graph.tensors.begin());
  const GraphIndex index(graph);
  if (!producerOf(graph, index, id) || !(isFeatureMap(found->shape) || isVector(found->shape))) {
    return Error{ErrorCode::tapNotFound,
                 "The tensor " + quotedName(name) + " has shape " + shapeText(found->shape) +
                     "; the result of a node of shape [1, C, H, W] or [1, N] is allowed: " +
                     candidateText(graph) + "."};
  }
  const Node* node = producerOf(graph, index, id);
  while (node && (passesThrough(*node) || node->op == Op::reshape))
    node = producerOf(graph, index, node->inputs[0]);
  const bool isPooled = !isSpatial(found->shape) && node && isGlobalPooling(graph, *node);
  return isPooled && producerOf(graph, index, node->inputs[0]) ? node->inputs[0] : id;
}

std::vector<TapCandidate> listTaps(const Graph& graph, TensorId chosen) {
  std::vector<bool> isListed(graph.tensors.size(), false);
  std::map<std::pair<int64_t, int64_t>, TensorId> lastOfSize;
  const auto list = [&](TensorId id) { isListed[static_cast<size_t>(id)] = true; };
  for (const Node& node : graph.nodes) {
    if (node.op == Op::refused || passesThrough(node)) continue;
    const Shape& shape = graph.tensor(node.outputs[0]).shape;
    if (isSpatial(shape) && node.op != Op::transpose) lastOfSize[{shape[2], shape[3]}] = node.outputs[0];
    if (node.op == Op::fullyConnected) list(node.outputs[0]);
    if (isGlobalPooling(graph, node) && isSpatial(graph.tensor(node.inputs[0]).shape)) list(node.inputs[0]);
  }
  for (const auto& [size, id] : lastOfSize) list(id);
  std::ranges::for_each(graph.outputs, list);
  if (chosen != noTensor) list(chosen);

  std::vector<TapCandidate> taps;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::refused) continue;
    const TensorId id = node.outputs[0];
    const Tensor& tensor = graph.tensor(id);
    if (!isListed[static_cast<size_t>(id)] || !(isFeatureMap(tensor.shape) || isVector(tensor.shape)))
      continue;
    taps.push_back({tensor.name, node.name, tapShape(tensor.shape), id == chosen});
  }
  return taps;
}

Shape tapShape(const Shape& shape) {
  if (shape.size() == 4) return {shape[2], shape[3], shape[1]};
  return {shape.begin() + 1, shape.end()};
}

}  // namespace pith
