// SPDX-License-Identifier: Apache-2.0
#include "pith/model/passes.h"

#include <algorithm>
#include <cmath>

#include "pith/model/concatenations.h"
#include "pith/model/json_text.h"
#include "pith/model/patterns.h"

namespace pith {
namespace {

void removeNodes(Graph& graph, const std::vector<bool>& isDead) {
  size_t kept = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (isDead[i]) continue;
    if (kept != i) graph.nodes[kept] = std::move(graph.nodes[i]);
    ++kept;
  }
  graph.nodes.resize(kept);
}

/// The node gives the same numbers for the same integers, so that what is done to them may be done elsewhere.
bool keepsQuantization(const Graph& graph, const Node& node) {
  const Tensor& from = graph.tensor(node.inputs[0]);
  const Tensor& to = graph.tensor(node.outputs[0]);
  return from.type == to.type && from.quantization == to.quantization;
}

bool isOutput(const Graph& graph, TensorId id) {
  return std::ranges::find(graph.outputs, id) != graph.outputs.end();
}

/// Drops tensors that no node, input or output names, and renumbers the rest.
void compactTensors(Graph& graph) {
  std::vector<TensorId> renumbered(graph.tensors.size(), noTensor);
  const auto keep = [&](TensorId id) {
    if (id != noTensor) renumbered[static_cast<size_t>(id)] = 0;
  };
  std::ranges::for_each(graph.inputs, keep);
  std::ranges::for_each(graph.outputs, keep);
  for (const Node& node : graph.nodes) {
    std::ranges::for_each(node.inputs, keep);
    std::ranges::for_each(node.outputs, keep);
  }
  std::vector<Tensor> kept;
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (renumbered[i] == noTensor) continue;
    renumbered[i] = static_cast<TensorId>(kept.size());
    kept.push_back(std::move(graph.tensors[i]));
  }
  graph.tensors = std::move(kept);
  const auto renumber = [&](TensorId& id) {
    if (id != noTensor) id = renumbered[static_cast<size_t>(id)];
  };
  std::ranges::for_each(graph.inputs, renumber);
  std::ranges::for_each(graph.outputs, renumber);
  for (Node& node : graph.nodes) {
    std::ranges::for_each(node.inputs, renumber);
    std::ranges::for_each(node.outputs, renumber);
  }
}

/// Removes identities. An output keeps its name, so one that is an identity's result is taken over by what
/// made it, which is possible where that is a node's result and no output itself.
void removeIdentities(Graph& graph) {
  std::vector<bool> isDead(graph.nodes.size(), false);
  std::vector<TensorId> alias(graph.tensors.size(), noTensor);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    for (TensorId& input : node.inputs) {
      if (input != noTensor && alias[static_cast<size_t>(input)] != noTensor)
        input = alias[static_cast<size_t>(input)];
    }
    const bool isIdentity = node.op == Op::identity || node.op == Op::dropout;
    if (!isIdentity || isOutput(graph, node.outputs[0]) || !keepsQuantization(graph, node)) continue;
    alias[static_cast<size_t>(node.outputs[0])] = node.inputs[0];
    isDead[i] = true;
  }
  removeNodes(graph, isDead);
}

/// Who makes and who uses each tensor, kept up to date while nodes are merged into what comes before them.
class Merger {
 public:
  explicit Merger(Graph& graph) : graph_(graph), index_(graph), isDead_(graph.nodes.size(), false) {}

  /// The node that makes `id`, if only one node uses `id` and it is no output: the two may then become one.
  Node* soleProducer(TensorId id) {
    const auto at = static_cast<size_t>(id);
    const bool mayMerge =
        index_.producer[at] >= 0 && index_.consumers[at].size() == 1 && !isOutput(graph_, id);
    return mayMerge ? &graph_.nodes[static_cast<size_t>(index_.producer[at])] : nullptr;
  }
  /// `before`, the sole producer of `node`'s input, now makes what `node` made.
  void mergeInto(Node& before, const Node& node) {
    index_.producer[static_cast<size_t>(node.outputs[0])] =
        static_cast<int32_t>(&before - graph_.nodes.data());
    before.outputs = node.outputs;
    drop(node);
  }
  void drop(const Node& node) { isDead_[static_cast<size_t>(&node - graph_.nodes.data())] = true; }
  /// Weights that a pass made itself have one user, and are not known here.
  bool isShared(TensorId id) const {
    const auto at = static_cast<size_t>(id);
    return isOutput(graph_, id) || (at < index_.consumers.size() && index_.consumers[at].size() > 1);
  }
  void finish() { removeNodes(graph_, isDead_); }

 private:
  Graph& graph_;
  GraphIndex index_;
  std::vector<bool> isDead_;
};

/// Zeros around [H, W], which a convolution can put there itself.
bool isZeroBorder(const Graph& graph, const Node& node) {
  const auto* pad = std::get_if<PadAttributes>(&node.attributes);
  return pad && pad->mode == PadMode::constant && pad->value == 0.0F && pad->before.size() == 4 &&
         pad->before[0] + pad->after[0] + pad->before[1] + pad->after[1] == 0 && keepsQuantization(graph, node);
}

/// Whether a convolution that pads less makes what the slice leaves of it; then it does so.
bool padsLess(const Graph& graph, const Node& slice, Node& before) {
  auto* conv = std::get_if<ConvAttributes>(&before.attributes);
  const auto& cut = std::get<SliceAttributes>(slice.attributes);
  const Shape &from = graph.tensor(slice.inputs[0]).shape, &to = graph.tensor(slice.outputs[0]).shape;
  if (!conv || from.size() != 4 || from[0] != to[0] || from[1] != to[1] || !isOne(conv->window.stride) || !isOne(cut.steps) ||
      !keepsQuantization(graph, slice))
    return false;
  std::vector<int64_t> pads = conv->window.pads;
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t start = cut.starts[axis + 2];
    pads[axis] -= start;
    pads[axis + 2] -= from[axis + 2] - to[axis + 2] - start;
  }
  if (std::ranges::any_of(pads, [](int64_t pad) { return pad < 0; })) return false;
  conv->window.pads = std::move(pads);
  return true;
}

void mergeBorders(Graph& graph) {
  Merger merger(graph);
  for (Node& node : graph.nodes) {
    if (node.op == Op::slice) {
      Node* before = merger.soleProducer(node.inputs[0]);
      if (before && padsLess(graph, node, *before)) merger.mergeInto(*before, node);
      continue;
    }
    auto* conv = std::get_if<ConvAttributes>(&node.attributes);
    if (!conv) continue;
    const Node* before = merger.soleProducer(node.inputs[0]);
    const bool isPictureOnly = std::ranges::count(node.inputs, node.inputs[0]) == 1;  // and not the weights as well
    if (!before || !isPictureOnly || !isZeroBorder(graph, *before)) continue;
    const auto& pad = std::get<PadAttributes>(before->attributes);
    auto& pads = conv->window.pads;
    pads = {pads[0] + pad.before[2], pads[1] + pad.before[3], pads[2] + pad.after[2], pads[3] + pad.after[3]};
    node.inputs[0] = before->inputs[0];
    merger.drop(*before);
  }
  merger.finish();
}

struct ScaleAndShift {
  std::vector<double> scale, shift;
};

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, as x * scale + shift.
Result<ScaleAndShift> scaleAndShift(const Graph& graph, const Node& node) {
  const auto& gamma = graph.tensor(node.inputs[1]).floats;
  const auto& beta = graph.tensor(node.inputs[2]).floats;
  const auto& mean = graph.tensor(node.inputs[3]).floats;
  const auto& variance = graph.tensor(node.inputs[4]).floats;
  const double epsilon = std::get<BatchNormalizationAttributes>(node.attributes).epsilon;
  ScaleAndShift result;
  for (size_t c = 0; c < gamma.size(); ++c) {
    const double scale = gamma[c] / std::sqrt(double{variance[c]} + epsilon);
    const double shift = beta[c] - mean[c] * scale;
    if (!std::isfinite(scale) || !std::isfinite(shift)) {
      return Error{ErrorCode::corruptModel, nodeText(node) + " has no finite scale in channel " +
                                                std::to_string(c) + "; its variance is " +
                                                numberText(variance[c]) + "."};
    }
    result.scale.push_back(scale);
    result.shift.push_back(shift);
  }
  return result;
}

/// A constant made by a pass. Their total is bounded, because weights that several nodes share are copied.
class ConstantMaker {
 public:
  ConstantMaker(Graph& graph, const Limits& limits) : graph_(graph), room_(limits.maxTensorElements) {}
  Result<TensorId> add(std::string name, Shape shape, std::vector<float> floats) {
    room_ -= static_cast<int64_t>(floats.size());
    if (room_ < 0)
      return Error{ErrorCode::modelTooLarge,
                   "Weights that are shared between nodes grow beyond the limit when they are folded."};
    Tensor tensor;
    tensor.name = std::move(name);
    tensor.shape = std::move(shape);
    tensor.floats = std::move(floats);
    tensor.isConstant = true;
    return graph_.addTensor(std::move(tensor));
  }

 private:
  Graph& graph_;
  int64_t room_;
};

std::vector<float> rounded(const std::vector<double>& values) {
  std::vector<float> result;
  for (double value : values) result.push_back(static_cast<float>(value));
  return result;
}

/// Weights are [O, ...] for convolutions and matrix products alike.
Status foldInto(Graph& graph, const Merger& merger, ConstantMaker& maker, Node& target,
                const ScaleAndShift& affine) {
  const size_t outputs = affine.scale.size();
  const TensorId weightsId = target.inputs[1];
  const Shape shape = graph.tensor(weightsId).shape;
  const bool isShared = merger.isShared(weightsId);
  std::vector<float> weights =
      isShared ? graph.tensor(weightsId).floats : std::move(graph.tensor(weightsId).floats);
  const size_t perOutput = weights.size() / outputs;
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<float>(weights[i] * affine.scale[i / perOutput]);
  std::vector<double> bias = affine.shift;
  if (target.inputs.size() > 2) {
    const auto& old = graph.tensor(target.inputs[2]).floats;
    for (size_t c = 0; c < outputs; ++c) bias[c] += old[c] * affine.scale[c];
  }
  const std::string name = target.name;
  if (isShared) {
    PITH_ASSIGN_OR_RETURN(target.inputs[1], maker.add(name + "/weights", shape, std::move(weights)));
  } else {
    graph.tensor(weightsId).floats = std::move(weights);
  }
  target.inputs.resize(2);
  PITH_ASSIGN_OR_RETURN(const TensorId biasId,
                        maker.add(name + "/bias", {static_cast<int64_t>(outputs)}, rounded(bias)));
  target.inputs.push_back(biasId);
  return {};
}

/// Without a convolution before it, the normalisation itself becomes one: depthwise, 1x1.
Status becomeDepthwise(ConstantMaker& maker, Node& node, const ScaleAndShift& affine) {
  const auto channels = static_cast<int64_t>(affine.scale.size());
  PITH_ASSIGN_OR_RETURN(const TensorId weights,
                        maker.add(node.name + "/weights", {channels, 1, 1, 1}, rounded(affine.scale)));
  PITH_ASSIGN_OR_RETURN(const TensorId bias,
                        maker.add(node.name + "/bias", {channels}, rounded(affine.shift)));
  node.op = Op::conv;
  node.attributes = ConvAttributes{{}, channels};
  node.inputs = {node.inputs[0], weights, bias};
  return {};
}

/// All inputs but the first.
bool hasConstantParameters(const Graph& graph, const Node& node) {
  return std::ranges::all_of(node.inputs.begin() + 1, node.inputs.end(),
                             [&](TensorId id) { return id == noTensor || graph.tensor(id).isConstant; });
}

Status foldBatchNormalizations(Graph& graph, const Limits& limits) {
  Merger merger(graph);
  ConstantMaker maker(graph, limits);
  for (Node& node : graph.nodes) {
    if (node.op != Op::batchNormalization || !hasConstantParameters(graph, node)) continue;
    PITH_ASSIGN_OR_RETURN(const auto affine, scaleAndShift(graph, node));
    Node* before = merger.soleProducer(node.inputs[0]);
    const bool isMatrix = graph.tensor(node.inputs[0]).shape.size() == 2;
    const bool isFloat = graph.tensor(node.inputs[0]).type == DataType::float32;
    if (affine.scale.empty()) continue;
    if (before && isFloat && before->clamp.isOpen() && hasConstantParameters(graph, *before) &&
        (before->op == Op::conv || (before->op == Op::fullyConnected && isMatrix))) {
      PITH_RETURN_IF_ERROR(foldInto(graph, merger, maker, *before, affine));
      merger.mergeInto(*before, node);
    } else if (graph.tensor(node.inputs[0]).shape.size() == 4) {
      PITH_RETURN_IF_ERROR(becomeDepthwise(maker, node, affine));
    }
  }
  merger.finish();
  return {};
}

/// What is added to a matrix product, one number for each column, becomes its bias.
void foldBiases(Graph& graph) {
  Merger merger(graph);
  for (Node& node : graph.nodes) {
    if (node.op != Op::add || node.inputs.size() != 2) continue;
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const Tensor& bias = graph.tensor(node.inputs[i]);
      Node* before = bias.isConstant ? merger.soleProducer(node.inputs[1 - i]) : nullptr;
      if (!before || before->op != Op::fullyConnected || before->inputs.size() != 2 || !before->clamp.isOpen()) continue;
      const Tensor& product = graph.tensor(before->outputs[0]);
      const bool fits = bias.shape == Shape{product.shape.back()} && bias.type == DataType::float32 && !product.quantization &&
                        product.shape == graph.tensor(node.outputs[0]).shape;
      if (!fits) continue;
      before->inputs.push_back(node.inputs[i]);
      before->clamp = node.clamp;
      merger.mergeInto(*before, node);
      break;
    }
  }
  merger.finish();
}

Status fuseClamps(Graph& graph) {
  constexpr Op takesClamp[] = {Op::add,    Op::averagePool,    Op::clamp,   Op::conv,     Op::convTranspose,
                               Op::divide, Op::fullyConnected, Op::maxPool, Op::multiply, Op::subtract};
  Merger merger(graph);
  for (Node& node : graph.nodes) {
    if (node.op != Op::clamp || !keepsQuantization(graph, node)) continue;
    Node* before = merger.soleProducer(node.inputs[0]);
    if (!before || std::ranges::find(takesClamp, before->op) == std::end(takesClamp)) continue;
    const ClampRange both{std::clamp(before->clamp.min, node.clamp.min, node.clamp.max),
                          std::clamp(before->clamp.max, node.clamp.min, node.clamp.max)};
    if (!(both.min < both.max)) {
      // XNNPACK would merge the two by itself, and wrongly.
      return Error{ErrorCode::unsupportedOperator, nodeText(node) + " leaves a single value of what " +
                                                       nodeText(*before) +
                                                       " gives; ranges that overlap are allowed."};
    }
    before->clamp = both;
    merger.mergeInto(*before, node);
  }
  merger.finish();
  return {};
}

}  // namespace

namespace {

/// Nodes from the last to the first: what a needed one reads is needed.
std::vector<bool> needed(const Graph& graph, const std::vector<TensorId>& outputs, std::vector<bool>& isDead) {
  std::vector<bool> isNeeded(graph.tensors.size(), false);
  for (TensorId output : outputs) isNeeded[static_cast<size_t>(output)] = true;
  isDead.assign(graph.nodes.size(), true);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    if (std::ranges::none_of(node.outputs, [&](TensorId id) { return isNeeded[static_cast<size_t>(id)]; })) continue;
    isDead[i] = false;
    for (TensorId input : node.inputs) {
      if (input != noTensor) isNeeded[static_cast<size_t>(input)] = true;
    }
  }
  return isNeeded;
}

}  // namespace

std::vector<bool> neededTensors(const Graph& graph, const std::vector<TensorId>& outputs) {
  std::vector<bool> isDead;
  return needed(graph, outputs, isDead);
}

Graph cutGraph(Graph graph, const std::vector<TensorId>& outputs) {
  graph.outputs = outputs;
  std::vector<bool> isDead;
  needed(graph, outputs, isDead);
  removeNodes(graph, isDead);
  compactTensors(graph);
  return graph;
}

namespace {

void dropUnused(Graph& graph) {
  const std::vector<TensorId> outputs = graph.outputs;
  graph = cutGraph(std::move(graph), outputs);
}

}  // namespace

Status simplify(Graph& graph, const Limits& limits) {
  removeIdentities(graph);
  recognisePatterns(graph);
  dropUnused(graph);
  mergeBorders(graph);
  PITH_RETURN_IF_ERROR(foldBatchNormalizations(graph, limits));
  foldBiases(graph);
  PITH_RETURN_IF_ERROR(fuseClamps(graph));
  shareConcatenations(graph);
  dropUnused(graph);
  return {};
}

}  // namespace pith
