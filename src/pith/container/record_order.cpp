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
  explicit ContentHash(std::string_view domain) { text(domain); }

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

/// What a record holds, its group left out: the numbers of groups mean nothing, only who shares one.
Sha256Digest contentOf(const Record& record, std::span<const float> features) {
  ContentHash hash("pith record content 1");
  hash.number(static_cast<uint8_t>(record.split));
  hash.text(record.name.value_or(""));
  hash.number(uint64_t{record.labels.size()});
  for (const LabelValue& label : record.labels) {
    hash.number(static_cast<uint8_t>(label.index()));
    if (const auto* index = std::get_if<uint32_t>(&label)) hash.number(*index);
    if (const auto* number = std::get_if<double>(&label)) hash.number(*number);
    if (const auto* text = std::get_if<std::string>(&label)) hash.text(*text);
  }
  hash.number(uint64_t{features.size()});
  hash.bytes({reinterpret_cast<const uint8_t*>(features.data()), features.size_bytes()});
  return hash.finish();
}

struct Group {
  Sha256Digest content{};  // of its members' contents, sorted; zero for "no group"
  uint64_t ordinal = 0;    // among the groups of equal content, which are interchangeable
};

using Groups = std::unordered_map<uint32_t, Group>;

Groups describeGroups(std::span<const Record> records, const std::vector<Sha256Digest>& contents) {
  std::unordered_map<uint32_t, std::vector<Sha256Digest>> members;
  for (size_t row = 0; row < records.size(); ++row) {
    if (records[row].group) members[*records[row].group].push_back(contents[row]);
  }
  Groups groups;
  std::map<Sha256Digest, uint64_t> seen;
  for (auto& [number, digests] : members) {
    std::ranges::sort(digests);
    ContentHash hash("pith group content 1");
    for (const Sha256Digest& digest : digests) hash.bytes(digest);
    const Sha256Digest content = hash.finish();
    groups[number] = {content, seen[content]++};
  }
  return groups;
}

RecordId drawId(const std::array<uint8_t, 32>& seed, const Sha256Digest& content, const Group& group, uint64_t copy) {
  ContentHash hash("pith record id 1");
  hash.bytes(seed);
  hash.bytes(content);
  hash.bytes(group.content);
  hash.number(group.ordinal);
  hash.number(copy);
  const Sha256Digest digest = hash.finish();
  RecordId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::vector<uint32_t> renumberGroups(std::span<const Record> records, const std::vector<size_t>& rows) {
  std::vector<uint32_t> numbers;
  numbers.reserve(rows.size());
  std::unordered_map<uint32_t, uint32_t> renumbered;
  for (size_t row : rows) {
    const std::optional<uint32_t>& group = records[row].group;
    numbers.push_back(group ? renumbered.try_emplace(*group, static_cast<uint32_t>(renumbered.size())).first->second
                            : missingIndex);
  }
  return numbers;
}

}  // namespace

Result<RecordOrder> orderRecords(std::span<const Record> records, std::span<const float> features, size_t featureCount,
                                 const std::array<uint8_t, 32>& seed) {
  std::vector<Sha256Digest> contents;
  contents.reserve(records.size());
  for (size_t row = 0; row < records.size(); ++row) {
    contents.push_back(contentOf(records[row], features.subspan(row * featureCount, featureCount)));
  }
  const Groups groups = describeGroups(records, contents);

  std::map<std::tuple<Sha256Digest, Sha256Digest, uint64_t>, uint64_t> copies;
  std::vector<RecordId> ids;
  ids.reserve(records.size());
  for (size_t row = 0; row < records.size(); ++row) {
    const Group group = records[row].group ? groups.at(*records[row].group) : Group{};
    const uint64_t copy = copies[{contents[row], group.content, group.ordinal}]++;
    ids.push_back(drawId(seed, contents[row], group, copy));
  }

  RecordOrder order;
  order.rows.resize(records.size());
  std::iota(order.rows.begin(), order.rows.end(), size_t{0});
  std::ranges::sort(order.rows, {}, [&](size_t row) { return ids[row]; });
  for (size_t row : order.rows) order.ids.push_back(ids[row]);
  if (std::ranges::adjacent_find(order.ids) != order.ids.end()) {
    return Error{ErrorCode::internalError, "two records drew the same id"};
  }
  order.groups = renumberGroups(records, order.rows);
  return order;
}

}  // namespace pith::format
