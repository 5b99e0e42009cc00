// SPDX-License-Identifier: Apache-2.0
// findTap: the headless cut, without help.
#include <algorithm>
#include <array>
#include <cmath>

#include "pith/model/tap.h"
#include "pith/model/tap_patterns.h"

namespace pith {
namespace {

/// CIFAR-10 and -100, Places365, ImageNet-1k without and with a background class, ImageNet-21k in two
/// editions.
constexpr std::array<int64_t, 7> classCounts{10, 100, 365, 1000, 1001, 21841, 21843};

bool isSoftmax(const Node& node) {
  return node.op == Op::softmax || node.opType == "Softmax" || node.opType == "LogSoftmax" ||
         node.opType == "LOG_SOFTMAX";
}

/// Unsupported nodes behind a pooling that are known to end a network and to hold no weights.
bool isHarmlessTail(const Node& node) {
  constexpr std::array<std::string_view, 20> harmless{
      "Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "TopK", "Flatten", "Reshape", "Squeeze", "Cast",
      "Identity", "Dropout", "Unsqueeze",
      // as TensorFlow Lite calls them
      "SOFTMAX", "LOG_SOFTMAX", "LOGISTIC", "ARG_MAX", "TOPK_V2", "RESHAPE", "SQUEEZE", "CAST"};
  return std::ranges::find(harmless, node.opType) != harmless.end();
}

/// Unsupported nodes that belong to the body of a network.
bool isBody(const Node& node) {
  constexpr std::array<std::string_view, 16> body{
      "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "LpPool", "BatchNormalization",
      "GlobalMaxPool", "Resize",
      // as TensorFlow Lite calls them
      "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "MAX_POOL_2D", "AVERAGE_POOL_2D", "RESIZE_BILINEAR",
      "RESIZE_NEAREST_NEIGHBOR"};
  return std::ranges::find(body, node.opType) != body.end();
}

/// What matters of a node to those before it.
enum Behind : uint8_t {
  body = 1,     // a feature map or tokens, or a node that makes them
  weights = 2,  // a layer that could be the classifier
  softmax = 4,
};

uint8_t seenIn(const TapSearch& search, const Node& node) {
  const bool isRefused = node.op == Op::refused;
  const Shape& shape = search.shape(node.outputs[0]);
  uint8_t seen = isSoftmax(node) ? softmax : 0;
  if (isRefused ? isBody(node) : isSpatial(shape) || isTokens(shape)) seen |= body;
  if (isRefused ? !isHarmlessTail(node) : node.op == Op::conv || node.op == Op::fullyConnected) seen |= weights;
  return seen;
}

/// What lies behind each node. Users come after what they use, so one sweep backwards reaches everything.
std::vector<uint8_t> lookBehind(const TapSearch& search) {
  const Graph& graph = search.graph();
  std::vector<uint8_t> behind(graph.nodes.size());
  for (size_t i = behind.size(); i-- > 0;) {
    const auto seen = static_cast<uint8_t>(behind[i] | seenIn(search, graph.nodes[i]));
    for (TensorId input : graph.nodes[i].inputs) {
      const int32_t maker = input == noTensor ? -1 : search.index().producer[static_cast<size_t>(input)];
      if (maker >= 0) behind[static_cast<size_t>(maker)] |= seen;
    }
  }
  return behind;
}

struct FoundPooling {
  Tap tap;
  size_t node;
};

/// The last pooling behind which there is only a head; an average and a maximum of the same map are one.
std::optional<FoundPooling> lastPooling(const TapSearch& search) {
  const std::vector<uint8_t> behind = lookBehind(search);
  std::optional<FoundPooling> last;
  for (size_t i = behind.size(); i-- > 0;) {
    const std::optional<Tap> tap = search.pooledBy(search.graph().nodes[i]);
    if (!tap || (last && tap->tensor != last->tap.tensor) || (behind[i] & body) != 0) continue;
    if (!last) {
      last = FoundPooling{*tap, i};
    } else if (tap->pooling != last->tap.pooling && tap->kind != TapKind::vector) {
      last->tap.pooling = Pooling::averageAndMaximum;
    }
  }
  return last;
}

/// The convolution whose result, perhaps normalised and clamped, is `id`.
const Node* convolutionBefore(const TapSearch& search, TensorId id) {
  const Node* node = search.producer(id);
  while (node && (passesThrough(*node) || node->op == Op::clamp || node->op == Op::convert ||
                  node->op == Op::batchNormalization))
    node = search.producer(node->inputs[0]);
  return node && node->op == Op::conv ? node : nullptr;
}

bool isClassifier(const TapSearch& search, const Node& conv, bool softmaxBehind) {
  if (softmaxBehind) return true;
  const Node* before = search.producer(conv.inputs[0]);
  if (before && before->op == Op::dropout) return true;
  constexpr int64_t fewTimesSmaller = 8;  // features are hardly ever narrowed so much, classes of one's own are few
  const Shape& weights = search.shape(conv.inputs[1]);
  return weights[2] == 1 && weights[3] == 1 &&
         (weights[0] * fewTimesSmaller <= weights[1] || std::ranges::find(classCounts, weights[0]) != classCounts.end());
}

/// The only node that uses a tensor, behind what reshapes it or renames it; null where there is none, or several.
const Node* onlyUserOf(const TapSearch& search, TensorId id) {
  for (;;) {
    const auto& users = search.index().consumers[static_cast<size_t>(id)];
    if (users.size() != 1) return nullptr;
    const Node& user = search.graph().nodes[static_cast<size_t>(users[0])];
    if (user.op != Op::reshape && !passesThrough(user)) return &user;
    id = user.outputs[0];
  }
}

/// Where poolings of several maps or tokens, or windows of one, are joined into the vector that the head takes.
std::optional<Tap> jointOf(const TapSearch& search, const FoundPooling& pooling) {
  const Node* joint = onlyUserOf(search, search.graph().nodes[pooling.node].outputs[0]);
  if (!joint || joint->op != Op::concat) return std::nullopt;
  bool hasOther = false;
  for (TensorId input : joint->inputs) {
    const Node* node = search.producer(input);
    while (node && (node->op == Op::reshape || passesThrough(*node))) node = search.producer(node->inputs[0]);
    const std::optional<Tap> pooled = node ? search.pooledBy(*node) : std::nullopt;
    if (!pooled && !(node && (node->op == Op::averagePool || node->op == Op::maxPool))) return std::nullopt;
    hasOther = hasOther || !pooled || pooled->tensor != pooling.tap.tensor;
  }
  return hasOther ? search.tapAt(joint->outputs[0]) : std::nullopt;
}

/// The exponent of a power, where it is one number.
std::optional<double> exponentOf(const TapSearch& search, const Node& node) {
  if (const auto* unary = std::get_if<UnaryAttributes>(&node.attributes)) {
    if (unary->kind == UnaryKind::square) return 2.0;
    return unary->kind == UnaryKind::squareRoot ? std::optional(0.5) : std::nullopt;
  }
  if (node.op == Op::multiply) {  // how a third power is imported
    const Node* square = search.producer(node.inputs[0]);
    const auto* inner = square ? std::get_if<UnaryAttributes>(&square->attributes) : nullptr;
    const bool isCube = inner && inner->kind == UnaryKind::square && square->inputs[0] == node.inputs[1];
    return isCube ? std::optional(3.0) : std::nullopt;
  }
  if (node.op != Op::power) return std::nullopt;
  const Tensor& exponent = search.graph().tensor(node.inputs[1]);
  const bool isOneNumber = exponent.isConstant && exponent.floats.size() == 1;
  return isOneNumber ? std::optional(double{exponent.floats[0]}) : std::nullopt;
}

/// The root behind a mean of powers, which together are a generalised mean; else nothing.
TensorId rootOfMean(const TapSearch& search, const FoundPooling& pooling) {
  constexpr double closeness = 1e-4;  // of an exponent that was trained, and its reciprocal
  const Node* before = search.producer(search.graph().nodes[pooling.node].inputs[0]);
  while (before && (passesThrough(*before) || before->op == Op::pad)) before = search.producer(before->inputs[0]);
  const auto power = before ? exponentOf(search, *before) : std::nullopt;
  if (!power) return noTensor;
  const Node* user = onlyUserOf(search, search.graph().nodes[pooling.node].outputs[0]);
  const auto root = user && user->op != Op::refused ? exponentOf(search, *user) : std::nullopt;
  return root && std::abs(*power * *root - 1) < closeness ? user->outputs[0] : noTensor;
}

/// The cut that a pooling stands for.
Tap cutAt(const TapSearch& search, const FoundPooling& pooling) {
  const Tap& tap = pooling.tap;
  if (const auto joint = jointOf(search, pooling)) return *joint;
  if (tap.pooling == Pooling::average) {
    if (const TensorId root = rootOfMean(search, pooling); root != noTensor) return search.tapAt(root).value_or(tap);
  }
  if (tap.pooling == Pooling::classToken) {
    const TensorId token = search.graph().nodes[pooling.node].outputs[0];
    return search.tapAt(search.layerNormOf(token)).value_or(tap);
  }
  if (tap.kind != TapKind::featureMap) return tap;
  const uint8_t behind = lookBehind(search)[pooling.node];
  const Node* conv = convolutionBefore(search, tap.tensor);
  if ((behind & weights) != 0 || !conv || !isClassifier(search, *conv, (behind & softmax) != 0)) return tap;
  std::optional<Tap> before = search.tapAt(search.behindIdentities(conv->inputs[0]));
  if (before) before->pooling = tap.pooling;
  return before.value_or(tap);
}

/// The map that becomes [1, N] without pooling, where there is exactly one.
std::optional<Tap> flattenedMap(const TapSearch& search) {
  std::optional<Tap> found;
  for (const Node& node : search.graph().nodes) {
    const bool flattens = node.op == Op::reshape && search.shape(node.outputs[0]).size() == 2 &&
                          search.shape(node.inputs[0]).size() == 4;
    if (!flattens) continue;
    if (found) return std::nullopt;
    found = search.tapAt(search.behindIdentities(node.inputs[0]));
    if (!found) return std::nullopt;
  }
  return found;
}

/// No layer with weights, or a map whose places are all kept, lies before the vector.
bool isPictureItself(const TapSearch& search, TensorId id) {
  const Node* node = search.producer(id);
  while (node && (node->op == Op::reshape || node->op == Op::transpose || passesThrough(*node))) {
    id = node->inputs[0];
    node = search.producer(id);
  }
  return !node || isSpatial(search.shape(id)) || isTokens(search.shape(id));
}

/// The vector that enters the last layers with weights, where there is exactly one: what a pooling gives that is no plain
/// average (attention, a logarithm of exponentials, several windows joined).
std::optional<Tap> classifierInput(const TapSearch& search) {
  TensorId found = noTensor;
  const Graph& graph = search.graph();
  const std::vector<uint8_t> behind = lookBehind(search);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != Op::fullyConnected || search.shape(node.inputs[0]).size() != 2) continue;
    if ((behind[i] & (body | weights)) != 0) continue;
    const TensorId input = search.behindIdentities(node.inputs[0]);
    if (found != noTensor && found != input) return std::nullopt;
    found = input;
  }
  if (found == noTensor || isPictureItself(search, found)) return std::nullopt;
  return search.tapAt(found);
}

/// What a file without any head gives: a map that is much smaller than the picture, or tokens. Outputs of
/// other kinds of networks (boxes, segments, pictures) have few channels or many places.
std::optional<Tap> headlessOutput(const TapSearch& search) {
  constexpr int64_t leastChannels = 32, leastReduction = 64;
  const std::optional<Tap> tap = search.tapAt(search.behindIdentities(search.graph().outputs.front()));
  if (!tap || tap->kind == TapKind::vector || tap->shape.back() < leastChannels) return std::nullopt;
  const Shape& input = search.shape(search.graph().input());
  const int64_t places = tap->kind == TapKind::tokens ? tap->shape[0] : tap->shape[0] * tap->shape[1];
  const int64_t pixels = search.graph().inputIsNhwc ? input[1] * input[2] : input[2] * input[3];
  return places * leastReduction <= pixels ? tap : std::nullopt;
}

}  // namespace

Result<Tap> findTap(const Graph& graph) {
  const TapSearch search(graph);
  if (const auto pooling = lastPooling(search)) return cutAt(search, *pooling);
  for (const Node& node : graph.nodes) {
    if (node.refusal) return *node.refusal;
  }
  if (const auto map = flattenedMap(search)) return *map;
  if (const auto vector = classifierInput(search)) return *vector;
  if (const auto output = headlessOutput(search)) return *output;
  return Error{ErrorCode::tapNotFound,
               "The network has no pooling before its end; name a tap. Allowed: " + tapListText(graph) + "."};
}

}  // namespace pith
