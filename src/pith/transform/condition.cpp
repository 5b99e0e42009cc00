// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/condition.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "pith/transform/names.h"

namespace pith {
namespace {

Error argumentError(std::string detail) { return {ErrorCode::invalidArgument, std::move(detail)}; }

struct OperatorName {
  std::string_view text;
  Comparison comparison;
};
constexpr OperatorName operatorNames[] = {  // the longer ones first
    {"!=", Comparison::notEqual}, {"<=", Comparison::lessOrEqual}, {">=", Comparison::greaterOrEqual},
    {"=", Comparison::equal},     {"<", Comparison::less},         {">", Comparison::greater}};

struct Parsed {
  size_t column;
  Comparison comparison;
  std::string_view value;
};

/// Names may hold operators: the longest column name that is followed by one is meant.
std::optional<Parsed> splitCondition(std::string_view text, const ContainerHeader& header) {
  std::optional<Parsed> best;
  size_t bestLength = 0;
  for (size_t i = 0; i < header.labelColumns.size(); ++i) {
    const std::string& name = header.labelColumns[i].name;
    if (!text.starts_with(name) || (best && name.size() <= bestLength)) continue;
    const std::string_view rest = text.substr(name.size());
    const auto found = std::ranges::find_if(
        operatorNames, [&](const OperatorName& op) { return rest.starts_with(op.text); });
    if (found == std::end(operatorNames)) continue;
    best = Parsed{i, found->comparison, rest.substr(found->text.size())};
    bestLength = name.size();
  }
  return best;
}

bool isOrder(Comparison comparison) {
  return comparison != Comparison::equal && comparison != Comparison::notEqual;
}

Result<uint32_t> findCategory(const LabelColumn& column, std::string_view name) {
  const auto found = std::ranges::find(column.categories, name);
  if (found != column.categories.end()) return static_cast<uint32_t>(found - column.categories.begin());
  return argumentError("the label " + inMarks(column.name) + " has no category " + inMarks(name) +
                       "; there are " + listOfNames(column.categories));
}

template <typename Number>
std::optional<Number> parseWhole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

Status readStates(LabelCondition& condition, const LabelColumn& column, std::string_view value) {
  constexpr std::pair<std::string_view, State> states[] = {{":present", State::present},
                                                           {":absent", State::absent},
                                                           {":uncertain", State::uncertain},
                                                           {":missing", State::missing}};
  if (std::ranges::find(column.categories, value) == column.categories.end()) {
    for (const auto& [suffix, state] : states) {
      if (!value.ends_with(suffix)) continue;
      value.remove_suffix(suffix.size());
      condition.state = state;
      break;
    }
  }
  PITH_ASSIGN_OR_RETURN(condition.category, findCategory(column, value));
  return {};
}

Status readValue(LabelCondition& condition, const LabelColumn& column, std::string_view value) {
  switch (column.type) {
    case LabelType::categorical:
    case LabelType::ordinal: {
      PITH_ASSIGN_OR_RETURN(condition.value, findCategory(column, value));
      return {};
    }
    case LabelType::multiLabel:
      return readStates(condition, column, value);
    case LabelType::text:
      condition.value = std::string(value);
      return {};
    case LabelType::number: {
      const auto number = parseWhole<double>(value);
      if (!number || !std::isfinite(*number)) {
        return argumentError("the label " + inMarks(column.name) + " is a number; " + inMarks(value) +
                             " is none");
      }
      condition.value = *number;
      return {};
    }
    case LabelType::year: {
      const auto year = parseWhole<int32_t>(value);
      if (!year || *year < 1 || *year > 9999) {
        return argumentError("the label " + inMarks(column.name) + " is a year, 1 to 9999; " + inMarks(value) +
                             " is none");
      }
      condition.value = Year{*year};
      return {};
    }
  }
  return {};
}

/// -1, 0, 1; nothing where the two cannot be compared, which never happens to labels of an open container.
std::optional<int> compare(const LabelValue& a, const LabelValue& b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.index() != b.index()) return std::nullopt;
  if (const auto* index = std::get_if<uint32_t>(&a)) return order(*index, std::get<uint32_t>(b));
  if (const auto* number = std::get_if<double>(&a)) return order(*number, std::get<double>(b));
  if (const auto* text = std::get_if<std::string>(&a)) return order(*text, std::get<std::string>(b));
  if (const auto* year = std::get_if<Year>(&a)) return order(year->value, std::get<Year>(b).value);
  return std::nullopt;
}

}  // namespace

Result<LabelCondition> parseLabelCondition(std::string_view text, const ContainerHeader& header) {
  const auto parsed = splitCondition(text, header);
  if (!parsed) {
    return argumentError(
        inMarks(text) + " does not begin with the name of a label and =, !=, <, <=, > or >=; the labels are " +
        listOfNames(namesOf(header.labelColumns)));
  }
  const LabelColumn& column = header.labelColumns[parsed->column];
  LabelCondition condition;
  condition.column = parsed->column;
  condition.comparison = parsed->comparison;
  const bool ordered =
      column.type == LabelType::number || column.type == LabelType::year || column.type == LabelType::ordinal;
  if (isOrder(parsed->comparison) && !ordered) {
    return argumentError("the label " + inMarks(column.name) + " is " + std::string(nameOf(column.type)) +
                         "; less and greater are for numbers, years and ordinal labels");
  }
  const bool isName = std::ranges::find(column.categories, "missing") != column.categories.end();
  if (parsed->value == "missing" && !isName && !isOrder(parsed->comparison)) {
    condition.missing = true;
    return condition;
  }
  PITH_RETURN_IF_ERROR(readValue(condition, column, parsed->value));
  return condition;
}

bool holds(const LabelCondition& condition, const LabelValue& label) {
  const bool equal = condition.comparison == Comparison::equal;
  if (const auto* states = std::get_if<States>(&label)) {
    if (condition.missing) {
      return std::ranges::all_of(*states, [](State state) { return state == State::missing; }) == equal;
    }
    const State state = (*states)[condition.category];
    if (state == State::missing && condition.state != State::missing) return false;
    return (state == condition.state) == equal;
  }
  const bool isMissing = std::holds_alternative<std::monostate>(label);
  if (condition.missing) return isMissing == equal;
  const std::optional<int> order = isMissing ? std::nullopt : compare(label, condition.value);
  if (!order) return false;
  switch (condition.comparison) {
    case Comparison::equal:
      return *order == 0;
    case Comparison::notEqual:
      return *order != 0;
    case Comparison::less:
      return *order < 0;
    case Comparison::lessOrEqual:
      return *order <= 0;
    case Comparison::greater:
      return *order > 0;
    case Comparison::greaterOrEqual:
      return *order >= 0;
  }
  return false;
}

Result<PartCondition> parsePartCondition(std::string_view text, const ContainerHeader& header) {
  if (header.splits.empty()) return argumentError("the file has no split; `pith split` makes one");
  std::vector<std::string> all;
  for (size_t s = 0; s < header.splits.size(); ++s) {
    const Split& split = header.splits[s];
    for (size_t p = 0; p <= split.parts.size(); ++p) {
      const std::string part = p < split.parts.size() ? split.parts[p] : "none";
      const PartCondition condition{
          s, p < split.parts.size() ? std::optional(static_cast<uint8_t>(p)) : std::nullopt};
      if (text == split.name + ":" + part || (header.splits.size() == 1 && text == part)) return condition;
      if (p < split.parts.size()) all.push_back(split.name + ":" + part);
    }
  }
  return argumentError("there is no part " + inMarks(text) + " of a split; there are " + listOfNames(all));
}

}  // namespace pith
