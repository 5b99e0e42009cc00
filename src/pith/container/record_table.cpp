// SPDX-License-Identifier: Apache-2.0
#include "pith/container/record_table.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "pith/container/record_facts.h"
#include "pith/container/section_name.h"

namespace pith::format {

void RecordTable::Texts::add(std::string_view text) {
  joined.insert(joined.end(), text.begin(), text.end());
  ends.push_back(joined.size());
}

std::string_view RecordTable::Texts::at(size_t row) const {
  const auto begin = static_cast<size_t>(row == 0 ? 0 : ends[row - 1]);
  return asText(ByteView(joined).subspan(begin, static_cast<size_t>(ends[row]) - begin));
}

RecordTable::RecordTable(const ContainerHeader& header)
    : groups_(header.groupings.size()), splits_(header.splits.size()) {
  for (const LabelColumn& column : header.labelColumns) {
    stateCounts_.push_back(column.categories.size());
    switch (column.type) {
      case LabelType::categorical:
      case LabelType::ordinal: labels_.emplace_back(std::vector<uint32_t>()); break;
      case LabelType::number: labels_.emplace_back(std::vector<double>()); break;
      case LabelType::text: labels_.emplace_back(Texts()); break;
      case LabelType::multiLabel: labels_.emplace_back(std::vector<int8_t>()); break;
      case LabelType::year: labels_.emplace_back(std::vector<int32_t>()); break;
    }
  }
}

void RecordTable::add(const Record& record) {
  if (record.view && parents_.empty()) {
    parents_.resize(size(), missingIndex);
    transforms_.resize(size(), missingIndex);
  }
  if (!parents_.empty() || record.view) {
    parents_.push_back(record.view ? static_cast<uint32_t>(record.view->parent) : missingIndex);
    transforms_.push_back(record.view ? record.view->transform : missingIndex);
  }
  hasNames_ = hasNames_ || (record.name && !record.name->empty());
  names_.add(record.name ? std::string_view(*record.name) : std::string_view());
  for (size_t k = 0; k < groups_.size(); ++k) groups_[k].push_back(record.groups[k].value_or(missingIndex));
  for (size_t k = 0; k < splits_.size(); ++k) splits_[k].push_back(record.splits[k].value_or(missingPart));
  for (size_t k = 0; k < labels_.size(); ++k) addLabel(k, record.labels[k]);
  ids_.push_back(record.id);
}

void RecordTable::addLabel(size_t column, const LabelValue& label) {
  Values& values = labels_[column];
  if (auto* indices = std::get_if<std::vector<uint32_t>>(&values)) {
    const auto* index = std::get_if<uint32_t>(&label);
    indices->push_back(index ? *index : missingIndex);
  } else if (auto* numbers = std::get_if<std::vector<double>>(&values)) {
    const auto* number = std::get_if<double>(&label);
    numbers->push_back(number ? *number : std::numeric_limits<double>::quiet_NaN());
  } else if (auto* texts = std::get_if<Texts>(&values)) {
    const auto* text = std::get_if<std::string>(&label);
    texts->add(text ? std::string_view(*text) : std::string_view());
  } else if (auto* states = std::get_if<std::vector<int8_t>>(&values)) {
    const auto* known = std::get_if<States>(&label);
    for (size_t i = 0; i < stateCounts_[column]; ++i) {
      states->push_back(static_cast<int8_t>(known ? (*known)[i] : State::missing));
    }
  } else if (auto* years = std::get_if<std::vector<int32_t>>(&values)) {
    const auto* year = std::get_if<Year>(&label);
    years->push_back(year ? year->value : missingYear);
  }
}

/// Puts columns into the file's order.
class RecordTable::Encoder {
 public:
  Encoder(const ContainerHeader& header, const std::vector<size_t>& rows) : header_(header), rows_(rows) {}

  template <typename T>
  ByteView put(SectionKind kind, size_t index, const std::vector<T>& values) {
    Column column{expectedSection(header_, rows_.size(), {kind, index}), {}};
    column.bytes.resize(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(column.bytes.data(), values.data(), column.bytes.size());
    if (column.section.shape == std::vector<uint64_t>{0}) column.section.shape = {values.size()};
    column.section.lengthBytes = column.bytes.size();
    columns_.push_back(std::move(column));
    return columns_.back().bytes;
  }

  /// @param width  values of one record
  template <typename T>
  ByteView gather(SectionKind kind, size_t index, const std::vector<T>& values, size_t width = 1) {
    std::vector<T> gathered;
    gathered.reserve(rows_.size() * width);
    for (const size_t row : rows_) {
      for (size_t i = 0; i < width; ++i) gathered.push_back(values[row * width + i]);
    }
    return put(kind, index, gathered);
  }

  LabelBytes gatherTexts(SectionKind offset, SectionKind text, size_t index, const Texts& texts) {
    Texts gathered;
    gathered.ends.reserve(rows_.size() + 1);
    gathered.ends.push_back(0);
    gathered.joined.reserve(texts.joined.size());
    for (const size_t row : rows_) gathered.add(texts.at(row));
    const ByteView offsets = put(offset, index, gathered.ends);
    return {offsets, put(text, index, gathered.joined)};
  }

  ByteView gatherGroups(size_t k, const std::vector<uint32_t>& groups) {
    std::unordered_map<uint32_t, uint32_t> numbers;
    std::vector<uint32_t> renumbered;
    renumbered.reserve(rows_.size());
    for (const size_t row : rows_) {
      const uint32_t group = groups[row];
      renumbered.push_back(group == missingIndex
                               ? missingIndex
                               : numbers.try_emplace(group, static_cast<uint32_t>(numbers.size())).first->second);
    }
    return put(SectionKind::group, k, renumbered);
  }

  LabelBytes gatherLabels(size_t k, const Values& values, size_t stateCount) {
    const SectionKind kind = labelKind(header_.labelColumns[k].type);
    if (const auto* texts = std::get_if<Texts>(&values)) return gatherTexts(kind, SectionKind::labelText, k, *texts);
    if (const auto* states = std::get_if<std::vector<int8_t>>(&values)) return {gather(kind, k, *states, stateCount), {}};
    if (const auto* numbers = std::get_if<std::vector<double>>(&values)) return {gather(kind, k, *numbers), {}};
    if (const auto* years = std::get_if<std::vector<int32_t>>(&values)) return {gather(kind, k, *years), {}};
    return {gather(kind, k, *std::get_if<std::vector<uint32_t>>(&values)), {}};
  }

  std::vector<Column> take() { return std::move(columns_); }

 private:
  const ContainerHeader& header_;
  const std::vector<size_t>& rows_;
  std::vector<Column> columns_;
};

EncodedRecords RecordTable::encode(const ContainerHeader& header, const RecordOrder& order) const {
  EncodedRecords encoded;
  RecordBytes& bytes = encoded.bytes;
  bytes.count = order.rows.size();
  Encoder encoder(header, order.rows);
  bytes.ids = encoder.put(SectionKind::id, 0, order.ids);
  if (!order.parents.empty()) {
    bytes.parents = encoder.put(SectionKind::parent, 0, order.parents);
    bytes.transforms = encoder.gather(SectionKind::transform, 0, transforms_);
  }
  if (hasNames_) {
    const LabelBytes names = encoder.gatherTexts(SectionKind::nameOffset, SectionKind::nameText, 0, names_);
    bytes.nameOffsets = names.values;
    bytes.nameTexts = names.texts;
  }
  for (size_t k = 0; k < groups_.size(); ++k) bytes.groups.push_back(encoder.gatherGroups(k, groups_[k]));
  for (size_t k = 0; k < splits_.size(); ++k) bytes.splits.push_back(encoder.gather(SectionKind::split, k, splits_[k]));
  for (size_t k = 0; k < labels_.size(); ++k) bytes.labels.push_back(encoder.gatherLabels(k, labels_[k], stateCounts_[k]));
  encoded.columns = encoder.take();
  return encoded;
}

Result<EncodedRecords> encodeRecords(const RecordTable& table, const RecordOrder& order, ContainerHeader& header) {
  EncodedRecords encoded = table.encode(header, order);
  Result<RecordFacts> facts = checkRecords(header, encoded.bytes);
  if (!facts.ok()) return Error{ErrorCode::invalidArgument, facts.error().detail};
  storeFacts(std::move(*facts), header);
  return encoded;
}

}  // namespace pith::format
