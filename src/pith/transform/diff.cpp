// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "pith/container/describe.h"
#include "pith/transform/names.h"

namespace pith {
namespace {

using RowPairs = std::vector<std::pair<uint32_t, uint32_t>>;
using Flat = std::map<std::string, std::string>;

/// Entries of a list go by their names where all have one of their own.
bool areNamed(const Json::Array& array) {
  std::set<std::string> names;
  return std::ranges::all_of(array, [&](const Json& entry) {
    const Json* const name = entry.find("name");
    return name && name->asString() && !name->asString()->empty() && names.insert(*name->asString()).second;
  });
}

void flatten(const Json& json, const std::string& path, Flat& flat) {
  const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
  if (const Json::Object* const object = json.asObject()) {
    for (const auto& [name, value] : *object) flatten(value, below(name), flat);
  } else if (const Json::Array* const array = json.asArray();
             array && !array->empty() && array->front().asObject()) {
    const bool named = areNamed(*array);
    for (size_t i = 0; i < array->size(); ++i) {
      flatten((*array)[i], below(named ? *(*array)[i].find("name")->asString() : std::to_string(i)), flat);
    }
  } else {
    flat[path] = json.dump();
  }
}

/// Fields that follow from the records and the documents, from how the file is stored, or from the program.
bool isDerived(std::string_view path) {
  constexpr std::string_view starts[] = {"writer", "recordCount", "rootSha256", "sections", "signatures"};
  constexpr std::string_view ends[] = {
      "counts",           "missingCount",        "uncertainCount",       "minimum",
      "maximum",          "groupCount",          "groupsInSeveralParts", "duplicateCount",
      "maxAbsoluteError", "rootMeanSquareError", "relativeL2Error"};
  const std::string_view first = path.substr(0, path.find('.'));
  const std::string_view last = path.substr(path.rfind('.') + 1);
  // Model information has keys of its own, which may be called like a count.
  const bool isCounted = first == "features" || first == "labels" || first == "groupings" || first == "splits";
  const bool ofDocument = first == "documents" && (last == "length" || last == "sha256");
  return ofDocument || std::ranges::any_of(starts, [&](std::string_view name) { return first == name; }) ||
         (isCounted && std::ranges::any_of(ends, [&](std::string_view name) { return last == name; }));
}

std::vector<FieldDifference> diffFields(const Container& first, const Container& second) {
  Flat a, b;
  flatten(describeContainer(first), "", a);
  flatten(describeContainer(second), "", b);
  for (const auto& [path, text] : a) b.try_emplace(path);
  std::vector<FieldDifference> differences;
  for (const auto& [path, text] : b) {
    const std::string& other = a[path];
    if (other != text && !isDerived(path)) differences.push_back({path, other, text});
  }
  return differences;
}

/// The rows of the ids that both hold; both files are sorted by them.
RowPairs commonRows(const Container& first, const Container& second) {
  RowPairs pairs;
  for (uint32_t a = 0, b = 0; a < first.recordCount() && b < second.recordCount();) {
    const RecordId idA = first.id(a), idB = second.id(b);
    if (idA == idB) pairs.emplace_back(a, b);
    if (idA <= idB) ++a;
    if (idB <= idA) ++b;
  }
  return pairs;
}

/// A label in words that do not depend on the order of the vocabulary.
std::string wordOf(const LabelColumn& column, const LabelValue& label) {
  if (const auto* index = std::get_if<uint32_t>(&label)) return "c" + column.categories[*index];
  if (const auto* number = std::get_if<double>(&label)) return "n" + Json(*number).dump();
  if (const auto* text = std::get_if<std::string>(&label)) return "t" + *text;
  if (const auto* year = std::get_if<Year>(&label)) return "y" + std::to_string(year->value);
  const auto* const states = std::get_if<States>(&label);
  if (!states) return {};
  std::map<std::string_view, State> sorted;
  for (size_t c = 0; c < states->size(); ++c) sorted.emplace(column.categories[c], (*states)[c]);
  std::string word = "s";
  for (const auto& [category, state] : sorted) {
    if (state == State::missing) continue;
    word.append(category).push_back('\0');
    word.push_back(static_cast<char>(state));
  }
  return word == "s" ? std::string() : word;
}

std::vector<ColumnDifference> diffLabels(const Container& first, const Container& second,
                                         const RowPairs& rows) {
  std::vector<ColumnDifference> differences;
  const auto& columns = first.header().labelColumns;
  const auto& others = second.header().labelColumns;
  for (size_t a = 0; a < columns.size(); ++a) {
    const size_t b = findName(others, columns[a].name);
    if (b == others.size()) continue;
    ColumnDifference difference{columns[a].name, 0};
    for (const auto& [i, j] : rows) {
      difference.different +=
          wordOf(columns[a], first.label(a, i)) != wordOf(others[b], second.label(b, j)) ? 1 : 0;
    }
    differences.push_back(difference);
  }
  return differences;
}

std::vector<ColumnDifference> diffSplits(const Container& first, const Container& second,
                                         const RowPairs& rows) {
  std::vector<ColumnDifference> differences;
  const auto& splits = first.header().splits;
  const auto& others = second.header().splits;
  const auto wordOfPart = [](const Split& split, std::optional<uint8_t> part) {
    return part ? split.parts[*part] : std::string();
  };
  for (size_t a = 0; a < splits.size(); ++a) {
    const size_t b = findName(others, splits[a].name);
    if (b == others.size()) continue;
    ColumnDifference difference{splits[a].name, 0};
    for (const auto& [i, j] : rows) {
      difference.different +=
          wordOfPart(splits[a], first.part(a, i)) != wordOfPart(others[b], second.part(b, j)) ? 1 : 0;
    }
    differences.push_back(difference);
  }
  return differences;
}

/// Group numbers mean nothing; who is together with whom does. Counts the records that break a one-to-one
/// match.
uint64_t countRegrouped(const Container& first, size_t a, const Container& second, size_t b,
                        const RowPairs& rows) {
  std::unordered_map<uint32_t, uint32_t> forward, backward;
  uint64_t different = 0;
  for (const auto& [i, j] : rows) {
    const auto groupA = first.group(a, i), groupB = second.group(b, j);
    if (groupA.has_value() != groupB.has_value()) {
      ++different;
    } else if (groupA) {
      const bool fits = forward.try_emplace(*groupA, *groupB).first->second == *groupB &&
                        backward.try_emplace(*groupB, *groupA).first->second == *groupA;
      different += fits ? 0 : 1;
    }
  }
  return different;
}

std::vector<ColumnDifference> diffGroupings(const Container& first, const Container& second,
                                            const RowPairs& rows) {
  std::vector<ColumnDifference> differences;
  const auto& groupings = first.header().groupings;
  for (size_t a = 0; a < groupings.size(); ++a) {
    const size_t b = findName(second.header().groupings, groupings[a].name);
    if (b == second.header().groupings.size()) continue;
    differences.push_back({groupings[a].name, countRegrouped(first, a, second, b, rows)});
  }
  return differences;
}

Result<BlockDifference> diffBlock(const Container& first, size_t a, const Container& second, size_t b,
                                  const RowPairs& rows) {
  const FeatureBlock& block = first.header().features[a];
  BlockDifference difference{block.name, 0, 0, 0, 0};
  // Both are as near as this to what the network gave; the factor is for the rounding of these sums.
  const double allowed =
      (block.narrowing.maxAbsolute + second.header().features[b].narrowing.maxAbsolute) * (1 + 1e-12);
  std::vector<float> x(first.featureCount(a)), y(second.featureCount(b));
  for (const auto& [i, j] : rows) {
    PITH_RETURN_IF_ERROR(first.readFeatures(a, i, x));
    PITH_RETURN_IF_ERROR(second.readFeatures(b, j, y));
    double largest = 0;
    for (size_t d = 0; d < x.size(); ++d) {
      largest = std::max(largest, std::abs(static_cast<double>(x[d]) - static_cast<double>(y[d])));
    }
    (largest == 0         ? difference.equal
     : largest <= allowed ? difference.withinNarrowing
                          : difference.different) += 1;
    difference.maxAbsolute = std::max(difference.maxAbsolute, largest);
  }
  return difference;
}

Status diffBlocks(const Container& first, const Container& second, const RowPairs& rows,
                  std::vector<BlockDifference>& differences) {
  for (size_t a = 0; a < first.header().features.size(); ++a) {
    const size_t b = findName(second.header().features, first.header().features[a].name);
    // Another number of features stands among the fields.
    if (b == second.header().features.size() || first.featureCount(a) != second.featureCount(b)) continue;
    PITH_ASSIGN_OR_RETURN(BlockDifference difference, diffBlock(first, a, second, b, rows));
    differences.push_back(std::move(difference));
  }
  return {};
}

void diffViewsAndNames(const Container& first, const Container& second, const RowPairs& rows,
                       ContainerDifference& difference) {
  const auto originOf = [](const Container& container,
                           const Record& record) -> std::optional<std::pair<RecordId, std::string>> {
    if (!record.view) return std::nullopt;
    return std::pair{container.id(record.view->parent),
                     container.header().transforms[record.view->transform]};
  };
  if (!first.hasNames() && !second.hasNames() && first.header().transforms.empty() &&
      second.header().transforms.empty()) {
    return;
  }
  for (const auto& [i, j] : rows) {
    const Record a = first.record(i), b = second.record(j);
    difference.viewsDiffer += originOf(first, a) != originOf(second, b) ? 1 : 0;
    difference.namesDiffer += a.name != b.name ? 1 : 0;
  }
}

Status diffDocuments(const Container& first, const Container& second, std::vector<std::string>& differences) {
  const size_t countA = first.header().documents.size(), countB = second.header().documents.size();
  for (size_t k = 0; k < std::min(countA, countB); ++k) {
    PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> a, first.document(k));
    PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> b, second.document(k));
    if (a != b) differences.push_back("documents." + std::to_string(k));
  }
  return {};
}

}  // namespace

bool ContainerDifference::same() const {
  const auto differs = [](const auto& entry) { return entry.different > 0; };
  return onlyInFirst == 0 && onlyInSecond == 0 && fields.empty() && viewsDiffer == 0 && namesDiffer == 0 &&
         documentsDiffer.empty() && std::ranges::none_of(labels, differs) &&
         std::ranges::none_of(splits, differs) && std::ranges::none_of(groupings, differs) &&
         std::ranges::none_of(blocks, differs);
}

Result<ContainerDifference> diffContainers(const Container& first, const Container& second) try {
  ContainerDifference difference;
  difference.sameRoot = first.rootSha256() == second.rootSha256();
  const RowPairs rows = commonRows(first, second);
  difference.commonRecords = rows.size();
  difference.onlyInFirst = first.recordCount() - rows.size();
  difference.onlyInSecond = second.recordCount() - rows.size();
  difference.fields = diffFields(first, second);
  difference.labels = diffLabels(first, second, rows);
  difference.splits = diffSplits(first, second, rows);
  difference.groupings = diffGroupings(first, second, rows);
  diffViewsAndNames(first, second, rows, difference);
  PITH_RETURN_IF_ERROR(diffBlocks(first, second, rows, difference.blocks));
  PITH_RETURN_IF_ERROR(diffDocuments(first, second, difference.documentsDiffer));
  return difference;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory to compare the records"};
}

}  // namespace pith
