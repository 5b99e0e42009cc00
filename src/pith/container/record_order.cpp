// SPDX-License-Identifier: Apache-2.0
#include "pith/container/record_order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "pith/container/layout.h"

namespace pith::format {
namespace {

/// Feeds values to SHA-256 so that different sequences of values never give the same bytes.
class ContentHash {
 public:
  explicit ContentHash(std::string_view domain) { bytes(asBytes(domain)); }

  void bytes(ByteView value) { hash_.update(value); }
  template <typename T>
  void number(T value) {
    hash_.update({reinterpret_cast<const uint8_t*>(&value), sizeof(value)});
  }
  void text(std::string_view value) {
    number(uint64_t{value.size()});
    bytes(asBytes(value));
  }
  [[nodiscard]] Sha256Digest finish() { return hash_.finish(); }

 private:
  Sha256 hash_;
};

void addLabel(ContentHash& hash, const LabelValue& label) {
  hash.number(static_cast<uint8_t>(label.index()));
  if (const auto* index = std::get_if<uint32_t>(&label)) hash.number(*index);
  if (const auto* number = std::get_if<double>(&label)) hash.number(*number);
  if (const auto* text = std::get_if<std::string>(&label)) hash.text(*text);
  if (const auto* year = std::get_if<Year>(&label)) hash.number(year->value);
  if (const auto* states = std::get_if<States>(&label)) {
    hash.number(uint64_t{states->size()});
    for (const State state : *states) hash.number(static_cast<int8_t>(state));
  }
}

Status checkParents(const RecordTable& table) {
  for (const uint32_t parent : table.parents()) {
    if (parent == missingIndex) continue;
    if (parent >= table.size() || table.parents()[parent] != missingIndex) {
      return Error{ErrorCode::invalidArgument, "a view's parent is not a record that was added, or is a view itself"};
    }
  }
  return {};
}

/// The contents of views hold those of their parents.
std::vector<Sha256Digest> withParents(const RecordTable& table, std::span<const Sha256Digest> own,
                                      std::span<const std::string> transforms) {
  std::vector<Sha256Digest> contents(own.begin(), own.end());
  for (size_t row = 0; row < table.parents().size(); ++row) {
    if (table.parents()[row] == missingIndex) continue;
    ContentHash hash("pith view content 1");
    hash.bytes(own[row]);
    hash.text(transforms[table.transforms()[row]]);
    hash.bytes(own[table.parents()[row]]);  // no view itself, so its content is its own
    contents[row] = hash.finish();
  }
  return contents;
}

struct Group {
  Sha256Digest content{};  // of its members' contents, sorted; zero for "no group"
  uint64_t number = 0;     // among the groups of equal content, which are interchangeable
};

using Groups = std::unordered_map<uint32_t, Group>;

Groups describeGroups(const std::vector<uint32_t>& groupOf, const std::vector<Sha256Digest>& contents) {
  std::unordered_map<uint32_t, std::vector<Sha256Digest>> members;
  std::vector<uint32_t> byAppearance;
  for (size_t row = 0; row < groupOf.size(); ++row) {
    if (groupOf[row] == missingIndex) continue;
    std::vector<Sha256Digest>& digests = members[groupOf[row]];
    if (digests.empty()) byAppearance.push_back(groupOf[row]);
    digests.push_back(contents[row]);
  }
  Groups groups;
  std::map<Sha256Digest, uint64_t> seen;
  for (const uint32_t group : byAppearance) {
    std::vector<Sha256Digest>& digests = members[group];
    std::ranges::sort(digests);
    ContentHash hash("pith group content 1");
    for (const Sha256Digest& digest : digests) hash.bytes(digest);
    const Sha256Digest content = hash.finish();
    groups[group] = {content, seen[content]++};
  }
  return groups;
}

/// Content and groups of each record as bytes: equal where records are interchangeable.
class Classes {
 public:
  Classes(const RecordTable& table, std::vector<Sha256Digest> contents) : table_(table), contents_(std::move(contents)) {
    for (size_t k = 0; k < table.groupingCount(); ++k) groups_.push_back(describeGroups(table.groups(k), contents_));
    keys_.reserve(table.size());
    for (size_t row = 0; row < table.size(); ++row) {
      ContentHash hash("");
      feed(hash, row);
      keys_.push_back(hash.finish());
    }
  }

  void feed(ContentHash& hash, size_t row) const {
    hash.bytes(contents_[row]);
    for (size_t k = 0; k < groups_.size(); ++k) {
      const uint32_t number = table_.groups(k)[row];
      const Group group = number == missingIndex ? Group{} : groups_[k].at(number);
      hash.bytes(group.content);
      hash.number(group.number);
    }
  }

  [[nodiscard]] const Sha256Digest& key(size_t row) const { return keys_[row]; }

  /// The records in the order of their classes, those of one class in the order of adding.
  [[nodiscard]] std::vector<size_t> sorted() const {
    std::vector<size_t> rows(keys_.size());
    std::iota(rows.begin(), rows.end(), size_t{0});
    std::ranges::sort(rows, [&](size_t a, size_t b) { return std::tie(keys_[a], a) < std::tie(keys_[b], b); });
    return rows;
  }

 private:
  const RecordTable& table_;
  std::vector<Sha256Digest> contents_;
  std::vector<Groups> groups_;
  std::vector<Sha256Digest> keys_;
};

std::vector<RecordId> drawIds(const Classes& classes, const std::vector<size_t>& byClass, const std::array<uint8_t, 32>& seed) {
  std::vector<RecordId> ids(byClass.size());
  uint64_t copy = 0;
  for (size_t i = 0; i < byClass.size(); ++i) {
    const size_t row = byClass[i];
    copy = i > 0 && classes.key(byClass[i - 1]) == classes.key(row) ? copy + 1 : 0;
    ContentHash hash("pith record id 2");
    hash.bytes(seed);
    classes.feed(hash, row);
    hash.number(copy);
    const Sha256Digest digest = hash.finish();
    std::copy_n(digest.begin(), ids[row].size(), ids[row].begin());
  }
  return ids;
}

RecordOrder sortById(const std::vector<RecordId>& ids) {
  RecordOrder order;
  order.rows.resize(ids.size());
  std::iota(order.rows.begin(), order.rows.end(), size_t{0});
  std::ranges::sort(order.rows, {}, [&](size_t row) { return ids[row]; });
  order.ids.reserve(ids.size());
  for (const size_t row : order.rows) order.ids.push_back(ids[row]);
  return order;
}

bool haveEqual(const std::vector<RecordId>& ascending) {
  return std::ranges::adjacent_find(ascending) != ascending.end();
}

/// @param standIn  of each record: the one that is named as a parent in its place
void placeParents(const RecordTable& table, const std::vector<size_t>& standIn, RecordOrder& order) {
  if (table.parents().empty()) return;
  std::vector<uint32_t> places(order.rows.size());
  for (size_t place = 0; place < order.rows.size(); ++place) places[order.rows[place]] = static_cast<uint32_t>(place);
  for (const size_t row : order.rows) {
    const uint32_t parent = table.parents()[row];
    if (parent == missingIndex) {
      order.parents.push_back(missingIndex);
    } else {
      order.parents.push_back(places[standIn.empty() ? parent : standIn[parent]]);
    }
  }
}

/// Of each record, the record of its class that comes first in the file.
std::vector<size_t> firstOfClass(const Classes& classes, const std::vector<size_t>& byClass, const std::vector<RecordId>& ids) {
  std::vector<size_t> first(byClass.size());
  for (size_t begin = 0, end = 0; begin < byClass.size(); begin = end) {
    size_t best = byClass[begin];
    for (end = begin; end < byClass.size() && classes.key(byClass[end]) == classes.key(byClass[begin]); ++end) {
      if (ids[byClass[end]] < ids[best]) best = byClass[end];
    }
    for (size_t i = begin; i < end; ++i) first[byClass[i]] = best;
  }
  return first;
}

}  // namespace

Sha256Digest contentOf(const Record& record, std::span<const std::span<const float>> features) {
  ContentHash hash("pith record content 2");
  hash.text(record.name ? std::string_view(*record.name) : std::string_view());
  hash.number(uint64_t{record.labels.size()});
  for (const LabelValue& label : record.labels) addLabel(hash, label);
  hash.number(uint64_t{record.splits.size()});
  for (const std::optional<uint8_t>& part : record.splits) hash.number(part.value_or(missingPart));
  hash.number(uint64_t{features.size()});
  for (const std::span<const float> block : features) {
    hash.number(uint64_t{block.size()});
    hash.bytes({reinterpret_cast<const uint8_t*>(block.data()), block.size_bytes()});
  }
  return hash.finish();
}

Result<RecordOrder> drawOrder(const RecordTable& table, std::span<const Sha256Digest> contents,
                              std::span<const std::string> transforms, const std::array<uint8_t, 32>& seed) {
  PITH_RETURN_IF_ERROR(checkParents(table));
  const Classes classes(table, withParents(table, contents, transforms));
  const std::vector<size_t> byClass = classes.sorted();
  const std::vector<RecordId> ids = drawIds(classes, byClass, seed);
  RecordOrder order = sortById(ids);
  if (haveEqual(order.ids)) return Error{ErrorCode::internalError, "two records drew the same id"};
  placeParents(table, table.parents().empty() ? std::vector<size_t>() : firstOfClass(classes, byClass, ids), order);
  return order;
}

Result<RecordOrder> keepOrder(const RecordTable& table) {
  PITH_RETURN_IF_ERROR(checkParents(table));
  RecordOrder order = sortById(table.ids());
  if (haveEqual(order.ids)) return Error{ErrorCode::invalidArgument, "two records have the same id"};
  placeParents(table, {}, order);
  return order;
}

}  // namespace pith::format
