// SPDX-License-Identifier: Apache-2.0
/// @file `pith split`: who trains, who validates, who tests; nobody on both sides.
#include "container_verbs.h"
#include "pith/transform/make_split.h"

namespace pith::cli {
namespace {

constexpr const char* noGrouping = "none";

std::optional<uint32_t> chooseGrouping(const SplitArguments& arguments, const ContainerHeader& header,
                                       Draft& draft) {
  const std::vector<Grouping>& groupings = header.groupings;
  if (arguments.grouping == noGrouping && findName(groupings, noGrouping) == groupings.size())
    return std::nullopt;
  if (!arguments.grouping.empty()) return requireName(groupings, arguments.grouping, "grouping");
  if (!groupings.empty()) return 0;
  draft.notes.push_back(
      "the file has no groups: if one person has several records, they may stand on both sides");
  return std::nullopt;
}

SplitRequest readRequest(const SplitArguments& arguments, const ContainerHeader& header) {
  SplitRequest request;
  const bool folds = arguments.folds.has_value();
  if (folds == !arguments.parts.empty()) {
    failUsage("Say how to split", "either --parts or --folds is needed",
              "For example: --parts train=0.7,valid=0.15,test=0.15, or --folds 5.");
  }
  request.kind = folds ? SplitKind::folds : SplitKind::holdout;
  request.parts = require(folds ? makeFolds(*arguments.folds) : parseParts(arguments.parts),
                          folds ? "--folds is not understood" : "--parts is not understood", ExitCode::usage);
  request.name = !arguments.name.empty() ? arguments.name : folds ? "folds" : "holdout";
  if (findName(header.splits, request.name) < header.splits.size()) {
    failUsage("The file has a split " + inQuotes(request.name) + " already", "names of splits are unique",
              "Choose another --name, or remove that split first: pith edit FILE --remove-split " +
                  request.name + " -o OUT.");
  }
  if (!arguments.stratifyBy.empty()) {
    request.stratifyBy = requireName(header.labelColumns, arguments.stratifyBy, "label");
  }
  request.seed = arguments.seed;
  return request;
}

/// "train 700 (70.0 %)", and the balance of the stratified label in each part.
Saying describe(const Draft& draft) {
  const Split& split = draft.header.splits.back();
  std::vector<uint64_t> counts(split.parts.size());
  for (const Record& record : draft.records) {
    if (const auto part = record.splits.back()) ++counts[*part];
  }
  Saying saying;
  Json::Object parts;
  std::vector<std::string> words;
  for (size_t p = 0; p < counts.size(); ++p) {
    char percent[32];
    std::snprintf(percent, sizeof percent, " (%.1f %%)",
                  100.0 * static_cast<double>(counts[p]) / static_cast<double>(draft.records.size()));
    words.push_back(printable(split.parts[p]) + " " + std::to_string(counts[p]) + percent);
    parts.emplace_back(split.parts[p], counts[p]);
  }
  saying.lines.emplace_back("Split", inQuotes(split.name) + ": " + joined(words));
  saying.lines.emplace_back(
      "Groups", split.grouping ? "every " + printable(draft.header.groupings[*split.grouping].name) +
                                     " stands in one part only"
                               : std::string());
  saying.members.emplace_back("split", Json::Object{{"name", split.name}, {"parts", std::move(parts)}});
  return saying;
}

}  // namespace

ExitCode runSplit(const SplitArguments& arguments) {
  checkOutput(arguments);
  const OpenContainer source = openWhole(arguments.file);
  SplitRequest request = readRequest(arguments, source.container.header());
  Draft draft = require(draftOf(source.container), "Cannot split " + inQuotes(arguments.file));
  request.grouping = chooseGrouping(arguments, source.container.header(), draft);
  require(addSplit(draft, request), "Cannot split " + inQuotes(arguments.file));
  writeAndReport(draft, arguments, std::nullopt, describe(draft));
  return ExitCode::success;
}

}  // namespace pith::cli
