// SPDX-License-Identifier: Apache-2.0
#include "pith/container/writer_check.h"

#include <algorithm>
#include <cmath>

#include "pith/container/layout.h"
#include "pith/container/text.h"

namespace pith::format {
namespace {

Error wrongLabel(std::string detail) { return {ErrorCode::invalidLabel, std::move(detail)}; }
Error wrongArgument(std::string detail) { return {ErrorCode::invalidArgument, std::move(detail)}; }

bool hasTypeOf(const LabelValue& label, LabelType type) {
  switch (type) {
    case LabelType::categorical:
    case LabelType::ordinal: return std::holds_alternative<uint32_t>(label);
    case LabelType::number: return std::holds_alternative<double>(label);
    case LabelType::text: return std::holds_alternative<std::string>(label);
    case LabelType::multiLabel: return std::holds_alternative<States>(label);
    case LabelType::year: return std::holds_alternative<Year>(label);
  }
  return false;
}

bool isState(State state) {
  return state == State::present || state == State::absent || state == State::uncertain || state == State::missing;
}

Status checkStates(const States& states, size_t categories) {
  if (states.size() != categories) {
    return wrongLabel("a label has " + std::to_string(states.size()) + " states; the column has " +
                      std::to_string(categories) + " categories");
  }
  if (!std::ranges::all_of(states, isState)) return wrongLabel("a state is none of 1, 0, -1 and -128");
  return {};
}

Status checkLabel(LabelValue& label, const LabelColumn& column) {
  if (std::holds_alternative<std::monostate>(label)) {
    if (column.type == LabelType::multiLabel) label = States(column.categories.size(), State::missing);
    return {};
  }
  if (!hasTypeOf(label, column.type)) return wrongLabel("a label has another type than its column");
  if (const auto* index = std::get_if<uint32_t>(&label); index && *index >= column.categories.size()) {
    return wrongLabel("a label is category " + std::to_string(*index) + "; the column has " +
                      std::to_string(column.categories.size()));
  }
  if (const auto* number = std::get_if<double>(&label); number && !std::isfinite(*number)) {
    return wrongLabel("a label is not a finite number");
  }
  if (const auto* year = std::get_if<Year>(&label); year && (year->value < 1 || year->value > 9999)) {
    return wrongLabel("a label is the year " + std::to_string(year->value) + "; 1 to 9999 are allowed");
  }
  if (const auto* states = std::get_if<States>(&label)) return checkStates(*states, column.categories.size());
  if (const auto* text = std::get_if<std::string>(&label)) {
    PITH_RETURN_IF_ERROR(checkText(*text, maxTextBytes, "a label", ErrorCode::invalidLabel));
    if (text->empty()) label = LabelValue{};
  }
  return {};
}

Status checkGroupsAndSplits(const Record& record, const ContainerHeader& header) {
  if (record.groups.size() != header.groupings.size()) {
    return wrongArgument(std::to_string(record.groups.size()) + " groups; there are " +
                         std::to_string(header.groupings.size()) + " groupings");
  }
  if (record.splits.size() != header.splits.size()) {
    return wrongArgument("parts of " + std::to_string(record.splits.size()) + " splits; there are " +
                         std::to_string(header.splits.size()));
  }
  for (const std::optional<uint32_t>& group : record.groups) {
    if (group == missingIndex) return wrongArgument("a group has the number 4294967295, which means none");
  }
  for (size_t k = 0; k < record.splits.size(); ++k) {
    if (record.splits[k] && *record.splits[k] >= header.splits[k].parts.size()) {
      return wrongArgument("a record is in part " + std::to_string(*record.splits[k]) + " of a split that has " +
                           std::to_string(header.splits[k].parts.size()));
    }
  }
  if (record.view && (record.view->transform >= header.transforms.size() || record.view->parent > maxRecordCount)) {
    return wrongArgument("a view has transform " + std::to_string(record.view->transform) + " of " +
                         std::to_string(header.transforms.size()) + ", or a parent that cannot be");
  }
  return {};
}

}  // namespace

Status checkRecord(Record& record, const ContainerHeader& header) {
  if (record.labels.size() != header.labelColumns.size()) {
    return wrongLabel(std::to_string(record.labels.size()) + " labels; there are " +
                      std::to_string(header.labelColumns.size()) + " columns");
  }
  for (size_t k = 0; k < record.labels.size(); ++k) {
    PITH_RETURN_IF_ERROR(checkLabel(record.labels[k], header.labelColumns[k]));
  }
  if (record.name) PITH_RETURN_IF_ERROR(checkText(*record.name, maxNameBytes, "a name", ErrorCode::invalidLabel));
  return checkGroupsAndSplits(record, header);
}

Status checkFeatures(std::span<const std::span<const float>> features, const ContainerHeader& header) {
  if (features.size() != header.features.size()) {
    return Error{ErrorCode::shapeMismatch, "features of " + std::to_string(features.size()) + " blocks; there are " +
                                               std::to_string(header.features.size())};
  }
  for (size_t i = 0; i < features.size(); ++i) {
    const uint32_t encoder = header.features[i].encoder;
    const int expected = encoder < header.encoders.size() ? header.encoders[encoder].info.featureCount : 0;
    if (features[i].size() != static_cast<size_t>(expected)) {
      return Error{ErrorCode::shapeMismatch, std::to_string(features[i].size()) + " features; the encoder gives " +
                                                 std::to_string(expected)};
    }
    if (!std::ranges::all_of(features[i], [](float value) { return std::isfinite(value); })) {
      return Error{ErrorCode::nonFiniteFeature, "a feature is infinite or not a number"};
    }
  }
  return {};
}

}  // namespace pith::format
