// SPDX-License-Identifier: Apache-2.0
#include "pith/container/record_bytes.h"

namespace pith::format {

std::optional<uint32_t> indexAt(ByteView indices, size_t row) {
  const auto index = valueAt<uint32_t>(indices, row);
  return index == missingIndex ? std::nullopt : std::optional(index);
}

std::optional<uint8_t> partAt(ByteView parts, size_t row) {
  return parts[row] == missingPart ? std::nullopt : std::optional(parts[row]);
}

LabelValue labelAt(const LabelColumn& column, const LabelBytes& bytes, size_t row) {
  switch (column.type) {
    case LabelType::categorical:
    case LabelType::ordinal: {
      const std::optional<uint32_t> index = indexAt(bytes.values, row);
      return index ? LabelValue(*index) : LabelValue();
    }
    case LabelType::number: {
      const auto number = valueAt<double>(bytes.values, row);
      return std::isnan(number) ? LabelValue() : LabelValue(number);
    }
    case LabelType::text: {
      const std::string_view text = textAt(bytes.values, bytes.texts, row);
      return text.empty() ? LabelValue() : LabelValue(std::string(text));
    }
    case LabelType::multiLabel: {
      const size_t count = column.categories.size();
      States states(count);
      std::memcpy(states.data(), bytes.values.data() + row * count, count);
      return states;
    }
    case LabelType::year: {
      const auto year = valueAt<int32_t>(bytes.values, row);
      return year == missingYear ? LabelValue() : LabelValue(Year{year});
    }
  }
  return {};
}

Record recordAt(const ContainerHeader& header, const RecordBytes& bytes, size_t row) {
  Record record;
  record.id = valueAt<RecordId>(bytes.ids, row);
  if (!bytes.nameOffsets.empty()) {
    const std::string_view name = textAt(bytes.nameOffsets, bytes.nameTexts, row);
    if (!name.empty()) record.name = std::string(name);
  }
  for (const ByteView groups : bytes.groups) record.groups.push_back(indexAt(groups, row));
  for (const ByteView parts : bytes.splits) record.splits.push_back(partAt(parts, row));
  for (size_t k = 0; k < bytes.labels.size(); ++k) {
    record.labels.push_back(labelAt(header.labelColumns[k], bytes.labels[k], row));
  }
  if (!bytes.parents.empty()) {
    if (const std::optional<uint32_t> parent = indexAt(bytes.parents, row)) {
      record.view = {*parent, valueAt<uint32_t>(bytes.transforms, row)};
    }
  }
  return record;
}

}  // namespace pith::format
