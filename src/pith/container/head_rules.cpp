// SPDX-License-Identifier: Apache-2.0
// What binds in a suggested head. spec/container.md, "Heads".
#include <algorithm>
#include <cmath>

#include "pith/container/header_rules.h"
#include "pith/container/layout.h"
#include "pith/container/text.h"

namespace pith::format {
namespace {

constexpr uint32_t maxOutputs = uint32_t{1} << 20;

bool isFiniteAndNotNegative(double value) { return std::isfinite(value) && value >= 0; }

bool isNormalisation(LayerKind kind) {
  return kind == LayerKind::standardize || kind == LayerKind::l2Normalize || kind == LayerKind::batchNormalization ||
         kind == LayerKind::layerNormalization;
}

Status checkLayer(const Layer& layer, ErrorCode code) {
  const std::string kind(nameOf(layer.kind));
  const bool isLinear = layer.kind == LayerKind::linear;
  if (isLinear ? layer.outputs < 1 || layer.outputs > maxOutputs : layer.outputs != 0) {
    return Error{code, "a layer " + kind + " has " + std::to_string(layer.outputs) + " outputs; " +
                           (isLinear ? "1 to 1048576 are allowed" : "0 is allowed")};
  }
  const bool isDropout = layer.kind == LayerKind::dropout;
  if (isDropout ? !(layer.rate >= 0 && layer.rate < 1) : layer.rate != 0) {
    return Error{code, "the rate of a layer " + kind + " is outside of [0, 1), or 0 where it is no dropout"};
  }
  if (isNormalisation(layer.kind) ? !isFiniteAndNotNegative(static_cast<double>(layer.epsilon)) : layer.epsilon != 0) {
    return Error{code, "the epsilon of a layer " + kind + " is not finite and not negative, or 0 where it is no normalisation"};
  }
  return {};
}

/// How many numbers the head must give, and for which loss. 0: the label does not suit the task.
size_t outputsFor(HeadTask task, const LabelColumn& label) {
  const bool isClassed = label.type == LabelType::categorical || label.type == LabelType::ordinal;
  switch (task) {
    case HeadTask::classification: return isClassed ? label.categories.size() : 0;
    case HeadTask::multiLabel: return label.type == LabelType::multiLabel ? label.categories.size() : 0;
    case HeadTask::regression: return label.type == LabelType::number || label.type == LabelType::year ? 1 : 0;
  }
  return 0;
}

bool suits(Loss loss, HeadTask task) {
  switch (task) {
    case HeadTask::classification: return loss == Loss::crossEntropy;
    case HeadTask::multiLabel: return loss == Loss::binaryCrossEntropy;
    case HeadTask::regression: return loss == Loss::meanSquaredError || loss == Loss::meanAbsoluteError;
  }
  return false;
}

Status checkInputs(const Head& head, const ContainerHeader& header, ErrorCode code) {
  if (head.label >= header.labelColumns.size()) {
    return Error{code, "a head is for label column " + std::to_string(head.label) + " of " +
                           std::to_string(header.labelColumns.size())};
  }
  if (head.features.empty() || head.features.size() > maxFeatureBlocks) {
    return Error{code, "a head takes " + std::to_string(head.features.size()) + " feature blocks; 1 to 256 are allowed"};
  }
  std::vector<bool> seen(header.features.size());
  for (const uint32_t block : head.features) {
    if (block >= seen.size() || seen[block]) {
      return Error{code, "a head takes feature block " + std::to_string(block) + ", which is not there or taken twice"};
    }
    seen[block] = true;
  }
  if (head.split && *head.split >= header.splits.size()) {
    return Error{code, "a head names split " + std::to_string(*head.split) + " of " + std::to_string(header.splits.size())};
  }
  return {};
}

Status checkScore(const Head& head, const ContainerHeader& header, ErrorCode code) {
  if (!head.score) return {};
  const HeadScore& score = *head.score;
  PITH_RETURN_IF_ERROR(checkText(score.metric, maxNameBytes, "a head's metric", code));
  if (score.metric.empty()) return Error{code, "a head's score has no metric"};
  if (!std::isfinite(score.value) || !std::isfinite(score.low) || !std::isfinite(score.high)) {
    return Error{code, "a head's score is not a finite number"};
  }
  const size_t parts = head.split ? header.splits[*head.split].parts.size() : 0;
  if (score.part && *score.part >= parts) {
    return Error{code, "a head's score is of part " + std::to_string(*score.part) + " of " + std::to_string(parts)};
  }
  return {};
}

}  // namespace

Status checkHead(const Head& head, const ContainerHeader& header, const RuleCodes& codes) {
  const ErrorCode code = codes.argument;
  PITH_RETURN_IF_ERROR(checkText(head.name, maxNameBytes, "a head's name", code));
  PITH_RETURN_IF_ERROR(checkText(head.note, maxTextBytes, "a head's note", code));
  PITH_RETURN_IF_ERROR(checkInputs(head, header, code));
  if (head.layers.empty() || head.layers.size() > maxLayers || head.layers.back().kind != LayerKind::linear) {
    return Error{code, "a head has " + std::to_string(head.layers.size()) +
                           " layers; 1 to 64 are allowed, and the last must be linear"};
  }
  for (const Layer& layer : head.layers) PITH_RETURN_IF_ERROR(checkLayer(layer, code));
  const size_t outputs = outputsFor(head.task, header.labelColumns[head.label]);
  if (outputs == 0 || head.layers.back().outputs != outputs) {
    return Error{code, "a head for " + std::string(nameOf(head.task)) + " gives " + std::to_string(head.layers.back().outputs) +
                           " numbers; its label column calls for " + std::to_string(outputs)};
  }
  if (!suits(head.loss, head.task)) {
    return Error{code, "the loss " + std::string(nameOf(head.loss)) + " is not one for " + std::string(nameOf(head.task))};
  }
  const bool weightsFit = head.classWeights.empty() || head.classWeights.size() == outputs;
  if (!weightsFit || !std::ranges::all_of(head.classWeights, [](float w) { return isFiniteAndNotNegative(static_cast<double>(w)); })) {
    return Error{code, "a head's class weights are not one finite, not negative number for each output"};
  }
  for (const double value : {head.learningRate, head.momentum, head.weightDecay}) {
    if (!isFiniteAndNotNegative(value)) {
      return Error{code, "a head's learning rate, momentum or weight decay is negative or not finite"};
    }
  }
  return checkScore(head, header, code);
}

}  // namespace pith::format
