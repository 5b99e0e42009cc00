// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/make_split.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "pith/transform/names.h"

namespace pith {
namespace {

constexpr size_t maxParts = 254;
constexpr std::string_view nonePart = "none";
constexpr uint32_t bins = 5;  // of numbers and years

Error argumentError(std::string detail) { return {ErrorCode::invalidArgument, std::move(detail)}; }

/// Records that have to stay together, as sets that are joined.
class Together {
 public:
  explicit Together(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(size_t a, size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<size_t> parent_;
};

/// What is dealt out in one piece.
struct Unit {
  Sha256Digest key{};
  std::vector<uint32_t> records;
};

std::vector<Unit> makeUnits(const std::vector<Record>& records, const SplitRequest& request) {
  Together together(records.size());
  std::vector<size_t> firstOfGroup;
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].view) together.join(i, records[i].view->parent);
    const auto group = request.grouping ? records[i].groups[*request.grouping] : std::nullopt;
    if (!group) continue;
    if (*group >= firstOfGroup.size()) firstOfGroup.resize(size_t{*group} + 1, records.size());
    size_t& first = firstOfGroup[*group];
    if (first == records.size()) first = i;
    together.join(i, first);
  }
  std::vector<Unit> units;
  std::vector<size_t> unitOf(records.size(), records.size());
  for (uint32_t i = 0; i < records.size(); ++i) {
    size_t& unit = unitOf[together.find(i)];
    if (unit == records.size()) {
      unit = units.size();
      units.emplace_back();
    }
    units[unit].records.push_back(i);
  }
  std::array<uint8_t, sizeof request.seed> seed{};
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(request.seed >> (8 * i));
  for (Unit& unit : units) {
    RecordId smallest = records[unit.records[0]].id;
    for (uint32_t i : unit.records) smallest = std::min(smallest, records[i].id);
    Sha256 hash;
    hash.update(asBytes("pith split 1"));
    hash.update(seed);
    hash.update(smallest);
    unit.key = hash.finish();
  }
  std::ranges::sort(units, {}, &Unit::key);
  return units;
}

/// Numbers and years in `bins` classes of about equal size.
std::vector<uint32_t> binned(const std::vector<std::optional<double>>& values) {
  std::vector<double> sorted;
  for (const auto& value : values) {
    if (value) sorted.push_back(*value);
  }
  std::ranges::sort(sorted);
  std::vector<uint32_t> classes;
  for (const auto& value : values) {
    const auto below = std::ranges::lower_bound(sorted, value.value_or(0)) - sorted.begin();
    classes.push_back(value ? static_cast<uint32_t>(static_cast<uint64_t>(below) * bins / sorted.size())
                            : bins);
  }
  return classes;
}

/// The classes of each record: one, or of a multi-label column each category that is present.
Result<std::vector<std::vector<uint32_t>>> classesOf(const std::vector<Record>& records,
                                                     const LabelColumn& column, size_t k) {
  std::vector<std::vector<uint32_t>> classes(records.size());
  if (column.type == LabelType::text) {
    return argumentError("the label " + inMarks(column.name) + " is text, which has no balance to keep");
  }
  if (column.type == LabelType::number || column.type == LabelType::year) {
    std::vector<std::optional<double>> values;
    for (const Record& record : records) {
      const auto* const number = std::get_if<double>(&record.labels[k]);
      const auto* const year = std::get_if<Year>(&record.labels[k]);
      values.push_back(number ? std::optional(*number)
                       : year ? std::optional<double>(year->value)
                              : std::nullopt);
    }
    const std::vector<uint32_t> bin = binned(values);
    for (size_t i = 0; i < records.size(); ++i) classes[i] = {bin[i]};
    return classes;
  }
  const uint32_t missing = static_cast<uint32_t>(column.categories.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (const auto* const states = std::get_if<States>(&records[i].labels[k])) {
      for (uint32_t c = 0; c < states->size(); ++c) {
        if ((*states)[c] == State::present) classes[i].push_back(c);
      }
    } else if (const auto* const index = std::get_if<uint32_t>(&records[i].labels[k])) {
      classes[i] = {*index};
    }
    if (classes[i].empty()) classes[i] = {missing};
  }
  return classes;
}

/// How full each part is, in records and in each class.
class Parts {
 public:
  Parts(const std::vector<PartShare>& shares, const std::vector<std::vector<uint32_t>>& classes)
      : classes_(classes) {
    for (const auto& list : classes) {
      for (uint32_t c : list) classCount_ = std::max(classCount_, size_t{c} + 1);
    }
    std::vector<double> totals(classCount_);
    for (const auto& list : classes) {
      for (uint32_t c : list) totals[c] += 1;
    }
    for (const PartShare& share : shares) {
      Part part{share.share * static_cast<double>(classes.size()), 0, {}, std::vector<double>(classCount_)};
      for (double total : totals) part.classTargets.push_back(total * share.share);
      parts_.push_back(std::move(part));
    }
  }

  /// The part that is emptiest in the classes that the unit brings, among those in which at least half of it
  /// has room.
  uint8_t choose(const Unit& unit) const {
    size_t best = 0;
    bool bestFits = false;
    double bestFill = 0;
    for (size_t p = 0; p < parts_.size(); ++p) {
      const Part& part = parts_[p];
      const bool fits = part.count + static_cast<double>(unit.records.size()) / 2 <= part.target;
      const double fill = fillOf(part, unit);
      const bool better = fits != bestFits ? fits : fill < bestFill;
      if (p > 0 && !better) continue;
      best = p;
      bestFits = fits;
      bestFill = fill;
    }
    return static_cast<uint8_t>(best);
  }

  void add(size_t part, const Unit& unit) {
    parts_[part].count += static_cast<double>(unit.records.size());
    for (uint32_t record : unit.records) {
      for (uint32_t c : classes_[record]) parts_[part].classCounts[c] += 1;
    }
  }

 private:
  struct Part {
    double target, count;
    std::vector<double> classTargets, classCounts;
  };

  double fillOf(const Part& part, const Unit& unit) const {
    double fill = 0, cells = 0;
    for (uint32_t record : unit.records) {
      for (uint32_t c : classes_[record]) {
        fill += part.classCounts[c] / part.classTargets[c];
        cells += 1;
      }
    }
    // How full the part is as a whole only decides between parts that are equally full in these classes.
    return fill / cells + 1e-6 * part.count / part.target;
  }

  const std::vector<std::vector<uint32_t>>& classes_;
  size_t classCount_ = 0;
  std::vector<Part> parts_;
};

Status checkRequest(const ContainerHeader& header, const SplitRequest& request) {
  double sum = 0;
  std::set<std::string> names;
  for (const PartShare& part : request.parts) {
    if (part.name.empty() || !names.insert(part.name).second) {
      return argumentError("the part " + inMarks(part.name) + " has no name or stands twice");
    }
    if (!(part.share > 0))
      return argumentError("the share of the part " + inMarks(part.name) + " is not above 0");
    sum += part.share;
  }
  if (request.parts.size() < 2 || request.parts.size() > maxParts) {
    return argumentError(std::to_string(request.parts.size()) + " parts; 2 to 254 are allowed");
  }
  if (std::abs(sum - 1) > 1e-6)
    return argumentError("the shares add up to " + std::to_string(sum) + " instead of 1");
  if (request.grouping && *request.grouping >= header.groupings.size())
    return argumentError("there is no such grouping");
  if (request.stratifyBy && *request.stratifyBy >= header.labelColumns.size()) {
    return argumentError("there is no such label");
  }
  return {};
}

}  // namespace

Result<std::vector<PartShare>> parseParts(std::string_view text) {
  std::vector<PartShare> parts;
  double sum = 0;
  for (size_t start = 0; start <= text.size();) {
    const size_t comma = std::min(text.find(',', start), text.size());
    const std::string_view word = text.substr(start, comma - start);
    const size_t equals = word.rfind('=');
    double share = 0;
    const bool parsed = equals != std::string_view::npos && [&] {
      const auto [end, error] = std::from_chars(word.data() + equals + 1, word.data() + word.size(), share);
      return error == std::errc() && end == word.data() + word.size();
    }();
    if (!parsed || !(share > 0) || !std::isfinite(share) || equals == 0) {
      return argumentError(inMarks(word) +
                           " is no part; NAME=SHARE with a share above 0 is, for example train=0.7");
    }
    parts.push_back({std::string(word.substr(0, equals)), share});
    sum += share;
    start = comma + 1;
  }
  const double whole = std::abs(sum - 100) < 1e-6 ? 100 : 1;
  if (std::abs(sum - whole) > 1e-6) {
    return argumentError("the shares add up to " + std::to_string(sum) +
                         "; they must add up to 1 (or 100). none=SHARE leaves records without a part");
  }
  for (PartShare& part : parts) part.share /= whole;
  return parts;
}

Result<std::vector<PartShare>> makeFolds(uint32_t count) {
  if (count < 2 || count > maxParts)
    return argumentError(std::to_string(count) + " folds; 2 to 254 are allowed");
  std::vector<PartShare> parts;
  for (uint32_t i = 1; i <= count; ++i) parts.push_back({"fold-" + std::to_string(i), 1.0 / count});
  return parts;
}

Result<std::vector<std::optional<uint8_t>>> drawSplit(const std::vector<Record>& records,
                                                      const ContainerHeader& header,
                                                      const SplitRequest& request) {
  PITH_RETURN_IF_ERROR(checkRequest(header, request));
  std::vector<std::vector<uint32_t>> classes(records.size(), {0});
  if (request.stratifyBy) {
    PITH_ASSIGN_OR_RETURN(classes,
                          classesOf(records, header.labelColumns[*request.stratifyBy], *request.stratifyBy));
  }
  const std::vector<Unit> units = makeUnits(records, request);
  Parts parts(request.parts, classes);
  std::vector<std::optional<uint8_t>> partOf(records.size());
  std::vector<size_t> counts(request.parts.size());
  for (const Unit& unit : units) {
    const uint8_t part = parts.choose(unit);
    parts.add(part, unit);
    counts[part] += unit.records.size();
    for (uint32_t record : unit.records) partOf[record] = part;
  }
  for (size_t p = 0; p < counts.size(); ++p) {
    if (counts[p] > 0) continue;
    return argumentError("the part " + inMarks(request.parts[p].name) + " would be empty: there are only " +
                         std::to_string(units.size()) + " groups of records to deal out");
  }
  const auto none = std::ranges::find(request.parts, nonePart, &PartShare::name);
  const size_t noneAt = static_cast<size_t>(none - request.parts.begin());
  for (std::optional<uint8_t>& part : partOf) {
    if (*part == noneAt) {
      part.reset();
    } else if (*part > noneAt) {
      --*part;
    }
  }
  return partOf;
}

Status addSplit(Draft& draft, const SplitRequest& request) {
  ContainerHeader& header = draft.header;
  if (findName(header.splits, request.name) < header.splits.size()) {
    return argumentError("the file has a split " + inMarks(request.name) + " already");
  }
  PITH_ASSIGN_OR_RETURN(const auto partOf, drawSplit(draft.records, header, request));
  Split split;
  split.name = request.name;
  split.kind = request.kind;
  for (const PartShare& part : request.parts) {
    if (part.name != nonePart) split.parts.push_back(part.name);
  }
  split.grouping = request.grouping;
  split.stratifiedBy = request.stratifyBy;
  split.seed = request.seed;
  split.method = "pith " PITH_VERSION ", pith split 1";
  header.splits.push_back(std::move(split));
  for (size_t i = 0; i < draft.records.size(); ++i) draft.records[i].splits.push_back(partOf[i]);
  return {};
}

}  // namespace pith
