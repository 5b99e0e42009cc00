// SPDX-License-Identifier: Apache-2.0
#include "pith/model/tap_patterns.h"

#include <algorithm>

namespace pith {
namespace {

using Axes = std::vector<int64_t>;

const Axes toChannelsLast{0, 2, 3, 1}, toChannelsFirst{0, 3, 1, 2}, swapTokens{0, 2, 1};

const Axes* permutationOf(const Node* node) {
  const auto* transpose = node ? std::get_if<TransposeAttributes>(&node->attributes) : nullptr;
  return transpose ? &transpose->permutation : nullptr;
}

Layout transposed(Layout layout, const Axes& permutation) {
  if (layout == Layout::channelsFirst && permutation == toChannelsLast) return Layout::channelsLast;
  if (layout == Layout::channelsLast && permutation == toChannelsFirst) return Layout::channelsFirst;
  return Layout::unknown;
}

/// Convolutions and windows say what axes are; what keeps a shape, or joins and pads maps, keeps them.
Layout layoutAfter(const Graph& graph, const Node& node, const std::vector<Layout>& layouts) {
  const Shape& shape = graph.tensor(node.outputs[0]).shape;
  if (shape.size() != 4) return Layout::unknown;
  if (node.op == Op::conv || node.op == Op::convTranspose || node.op == Op::averagePool ||
      node.op == Op::lpPool || node.op == Op::maxPool)
    return Layout::channelsFirst;
  if (const Axes* permutation = permutationOf(&node))
    return transposed(layouts[static_cast<size_t>(node.inputs[0])], *permutation);
  for (TensorId input : node.inputs) {
    if (input == noTensor) continue;
    const bool keeps = node.op == Op::concat || node.op == Op::pad || node.op == Op::resize ||
                       node.op == Op::slice || graph.tensor(input).shape == shape;
    if (keeps && node.op != Op::reshape && layouts[static_cast<size_t>(input)] != Layout::unknown)
      return layouts[static_cast<size_t>(input)];
  }
  return Layout::unknown;
}

template <typename Pads>
bool isZero(const Pads& pads) {
  return std::ranges::all_of(pads, [](int64_t pad) { return pad == 0; });
}

/// The window of a pooling is all of its input.
bool coversMap(const Window& window, const Shape& shape) {
  return shape.size() == 4 && window.kernel[0] == shape[2] && window.kernel[1] == shape[3] &&
         isZero(window.pads);
}

}  // namespace

bool passesThrough(const Node& node) { return node.op == Op::identity || node.op == Op::dropout; }
bool isSpatial(const Shape& shape) {
  return shape.size() == 4 &&
         std::ranges::count_if(shape.begin() + 1, shape.end(), [](int64_t n) { return n > 1; }) > 1;
}

bool isTokens(const Shape& shape) { return shape.size() == 3 && shape[0] == 1 && shape[1] > 1 && shape[2] > 1; }

TapSearch::TapSearch(const Graph& graph)
    : graph_(graph), index_(graph), layouts_(graph.tensors.size(), Layout::unknown) {
  layouts_[static_cast<size_t>(graph.input())] =
      graph.inputIsNhwc ? Layout::channelsLast : Layout::channelsFirst;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::refused) continue;
    layouts_[static_cast<size_t>(node.outputs[0])] = layoutAfter(graph, node, layouts_);
    noteChannelsLast(node);
  }
  findClassTokens();
}

/// What is pooled over its first two axes has its channels last, also where reshapes hid that (Swin), and by whatever name.
void TapSearch::noteChannelsLast(const Node& node) {
  const auto* reduce = std::get_if<ReduceAttributes>(&node.attributes);
  const bool pools = reduce && reduce->axes == Axes{1, 2} && (node.op == Op::reduceMean || reduce->kind == ReduceKind::maximum);
  if (!pools || shape(node.inputs[0]).size() != 4) return;
  for (const Node* before = &node; before; before = producer(before->inputs[0])) {
    if (before != &node && !passesThrough(*before)) return;
    Layout& known = layouts_[static_cast<size_t>(before->inputs[0])];
    if (known == Layout::unknown) known = Layout::channelsLast;
  }
}

const Node* TapSearch::producer(TensorId id) const {
  const int32_t node = id == noTensor ? -1 : index_.producer[static_cast<size_t>(id)];
  return node < 0 ? nullptr : &graph_.nodes[static_cast<size_t>(node)];
}

TensorId TapSearch::behindIdentities(TensorId id) const {
  const Node* node = producer(id);
  while (node && passesThrough(*node)) {
    id = node->inputs[0];
    node = producer(id);
  }
  return id;
}

/// The shapes of tokens before which a single one was put.
void TapSearch::findClassTokens() {
  for (const Node& node : graph_.nodes) {
    const auto* join = std::get_if<AxisAttributes>(&node.attributes);
    if (node.op != Op::concat || !join || join->axis != 1) continue;
    const Shape& first = shape(node.inputs[0]);
    if (first.size() == 3 && first[1] == 1) withClassToken_[shape(node.outputs[0])] = node.outputs[0];
  }
}

/// The map [1, C, H, W] of which [1, C, H * W] was made; else nothing.
TensorId TapSearch::mapBehindTokens(TensorId id) const {
  const Node* node = producer(id);
  if (!node || node->op != Op::reshape) return noTensor;
  const TensorId map = node->inputs[0];
  const Shape& from = shape(map);
  const bool isFlattened = layout(map) == Layout::channelsFirst && from[1] == shape(id)[1];
  return isFlattened && isSpatial(from) ? map : noTensor;
}

std::optional<Tap> TapSearch::tapAt(TensorId id) const {
  if (id == noTensor) return std::nullopt;
  const Tensor& tensor = graph_.tensor(id);
  const Shape& s = tensor.shape;
  if (tensor.type == DataType::int64 || s.empty() || s[0] != 1 || !producer(id)) return std::nullopt;
  if (s.size() == 4) {
    // A vector whose axes were kept has its channels where it has more than one value.
    const bool isLastAlone = layout(id) == Layout::unknown && s[1] == 1 && s[2] == 1;
    const bool last = layout(id) == Layout::channelsLast || isLastAlone;
    const Shape map = last ? Shape{s[1], s[2], s[3]} : Shape{s[2], s[3], s[1]};
    return Tap{id, TapKind::featureMap, last, Pooling::average, map};
  }
  if (isTokens(s)) {
    if (const TensorId map = mapBehindTokens(id); map != noTensor) return tapAt(map);
    const Pooling pooling = withClassToken_.contains(s) ? Pooling::classToken : Pooling::average;
    return Tap{id, TapKind::tokens, false, pooling, {s[1], s[2]}};
  }
  const bool isVector = s.size() == 2 || s.size() == 3;
  return isVector ? std::optional(Tap{id, TapKind::vector, false, Pooling::none, {s[1] * (s.size() == 3 ? s[2] : 1)}}) : std::nullopt;
}

std::optional<Tap> TapSearch::tapAt(TensorId id, Pooling pooling) const {
  std::optional<Tap> tap = tapAt(behindIdentities(id));
  if (tap) tap->pooling = pooling;
  return tap;
}

/// Axes of a map are its height and width; of tokens, the one that counts them. A transpose before is looked
/// through.
std::optional<Tap> TapSearch::reducedBy(const Node& node, const Axes& axes, Pooling pooling) const {
  const TensorId source = behindIdentities(node.inputs[0]);
  const Node* before = producer(source);
  const Axes* permutation = permutationOf(before);
  const Shape& s = shape(source);
  if (s.size() == 4 && axes == Axes{2, 3} && layout(source) != Layout::channelsLast)
    return tapAt(source, pooling);
  if (s.size() == 4 && axes == Axes{1, 2} && layout(source) != Layout::channelsFirst)
    return tapAt(permutation && *permutation == toChannelsLast ? before->inputs[0] : source, pooling);
  if (s.size() == 3 && axes == Axes{1} && isTokens(s)) return tapAt(source, pooling);
  if (s.size() != 3 || axes != Axes{2} || !before) return std::nullopt;
  if (permutation && *permutation == swapTokens && isTokens(shape(before->inputs[0])))
    return tapAt(before->inputs[0], pooling);
  // A map whose places were put into one axis, or of whose width the mean was taken already.
  const Shape& earlier = shape(before->inputs[0]);
  const auto* inner = std::get_if<ReduceAttributes>(&before->attributes);
  const bool isFlattened =
      before->op == Op::reshape && s[2] == (earlier.size() == 4 ? earlier[2] * earlier[3] : -1);
  const bool isWidth = inner && before->opType == node.opType && inner->axes == Axes{3};
  // Attention has reshapes like these, and a LayerNorm behind them takes means as well; only maps are known to have channels first.
  if (layout(before->inputs[0]) == Layout::channelsFirst && earlier[1] == s[1] && (isFlattened || isWidth))
    return tapAt(before->inputs[0], pooling);
  return std::nullopt;
}

TensorId TapSearch::userOf(TensorId id, std::string_view opType) const {
  if (id == noTensor) return noTensor;
  for (int32_t user : index_.consumers[static_cast<size_t>(id)]) {
    const Node& node = graph_.nodes[static_cast<size_t>(user)];
    if (node.opType == opType && node.op != Op::refused) return node.outputs[0];
  }
  return noTensor;
}

/// As one node, or as exporters before operator set 17 write it: x minus its mean, over the root of its mean
/// square, times a scale, plus a bias. A choice of one token keeps its axis at first.
TensorId TapSearch::layerNormOf(TensorId id) const {
  for (int32_t user : index_.consumers[static_cast<size_t>(id)]) {
    const Node& node = graph_.nodes[static_cast<size_t>(user)];
    if (node.op == Op::reshape || passesThrough(node)) return layerNormOf(node.outputs[0]);
  }
  if (const TensorId whole = userOf(id, "LayerNormalization"); whole != noTensor) return whole;
  if (userOf(id, "ReduceMean") == noTensor) return noTensor;
  for (std::string_view step : {"Sub", "Div", "Mul", "Add"}) id = userOf(id, step);
  return id;
}

bool TapSearch::choosesFirstToken(const Node& node) const {
  const auto* slice = std::get_if<SliceAttributes>(&node.attributes);
  if (!slice || node.op != Op::slice || !isTokens(shape(node.inputs[0]))) return false;
  return shape(node.outputs[0]) == Shape{1, 1, shape(node.inputs[0])[2]} && slice->starts[1] == 0;
}

std::optional<Tap> TapSearch::pooledBy(const Node& node) const {
  // What is limited after it was pooled is no longer what was pooled.
  if (node.op == Op::refused || node.inputs.empty() || !node.clamp.isOpen()) return std::nullopt;
  if (const auto* reduce = std::get_if<ReduceAttributes>(&node.attributes)) {
    if (node.op == Op::reduceMean) return reducedBy(node, reduce->axes, Pooling::average);
    if (reduce->kind == ReduceKind::maximum) return reducedBy(node, reduce->axes, Pooling::maximum);
    return std::nullopt;
  }
  const Shape& s = shape(node.inputs[0]);
  const auto* average = std::get_if<AveragePoolAttributes>(&node.attributes);
  if (average && isZero(average->zeroPads) && coversMap(average->window, s))
    return reducedBy(node, {2, 3}, Pooling::average);
  const auto* maximum = std::get_if<MaxPoolAttributes>(&node.attributes);
  if (maximum && coversMap(maximum->window, s)) return reducedBy(node, {2, 3}, Pooling::maximum);
  if (choosesFirstToken(node)) return tapAt(node.inputs[0], Pooling::classToken);
  return std::nullopt;
}

}  // namespace pith
