// SPDX-License-Identifier: Apache-2.0
#include <protozero/pbf_writer.hpp>

#include "export/formats.h"
#include "pith/base/crc32.h"

namespace pith::cli {
namespace {

// example.proto: Example.features, Features.feature (a map), Feature.{bytes_list, float_list, int64_list},
// *List.value
constexpr protozero::pbf_tag_type exampleFeatures = 1, featureEntry = 1, entryKey = 1, entryValue = 2;
constexpr protozero::pbf_tag_type bytesList = 1, floatList = 2, int64List = 3, listValue = 1;

/// A CRC-32C that may be stored beside what it covers.
uint32_t maskedCrc(ByteView bytes) {
  const uint32_t crc = crc32(CrcPolynomial::castagnoli, bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
}

Status writeRecord(const std::string& record, BufferedSink& sink) {
  const uint64_t length = record.size();
  PITH_RETURN_IF_ERROR(sink.writeNumber(length));
  PITH_RETURN_IF_ERROR(sink.writeNumber(maskedCrc(bytesOf(length))));
  PITH_RETURN_IF_ERROR(sink.write(asBytes(record)));
  return sink.writeNumber(maskedCrc(asBytes(record)));
}

/// One entry of the map. @param fill  adds the list's values to the writer it is given
template <typename Fill>
void addFeature(protozero::pbf_writer& features, const std::string& key, protozero::pbf_tag_type listType,
                Fill fill) {
  protozero::pbf_writer entry(features, featureEntry);
  entry.add_string(entryKey, key);
  protozero::pbf_writer feature(entry, entryValue);
  protozero::pbf_writer list(feature, listType);
  fill(list);
}

void addText(protozero::pbf_writer& features, const std::string& key, const std::string& text) {
  addFeature(features, key, bytesList, [&](protozero::pbf_writer& list) { list.add_bytes(listValue, text); });
}

template <typename Integers>
void addIntegers(protozero::pbf_writer& features, const std::string& key, const Integers& integers) {
  addFeature(features, key, int64List, [&](protozero::pbf_writer& list) {
    list.add_packed_int64(listValue, integers.begin(), integers.end());
  });
}

void addFloats(protozero::pbf_writer& features, const std::string& key, std::span<const float> floats) {
  addFeature(features, key, floatList, [&](protozero::pbf_writer& list) {
    list.add_packed_float(listValue, floats.begin(), floats.end());
  });
}

/// A missing value has no entry. A category has its text, and its index under "TITLE/index".
void addCell(protozero::pbf_writer& features, const ExportColumn& column, const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) addText(features, column.title, *text);
  if (const auto* states = std::get_if<std::vector<int8_t>>(&cell))
    addIntegers(features, column.title, *states);
  if (const auto* number = std::get_if<double>(&cell)) {
    const float value = static_cast<float>(*number);  // the format has no wider one
    addFloats(features, column.title, {&value, 1});
  }
  const auto* const integer = std::get_if<int64_t>(&cell);
  if (!integer) return;
  const bool isCategory = column.kind == CellKind::category;
  if (isCategory) addText(features, column.title, column.categories[static_cast<size_t>(*integer)]);
  addIntegers(features, isCategory ? column.title + "/index" : column.title,
              std::span<const int64_t>(integer, 1));
}

}  // namespace

Status writeTfrecord(const ExportTable& table, BufferedSink& sink) {
  std::string record;
  std::vector<float> values;
  for (size_t row = 0; row < table.rows; ++row) {
    record.clear();
    protozero::pbf_writer example(record);
    {
      protozero::pbf_writer features(example, exampleFeatures);
      for (const ExportFeatures& block : table.features) {
        values.resize(block.count);
        PITH_RETURN_IF_ERROR(block.readFloats(row, values));
        addFloats(features, block.title, values);
      }
      for (const ExportColumn& column : table.columns) addCell(features, column, column.cell(row));
    }
    PITH_RETURN_IF_ERROR(writeRecord(record, sink));
  }
  return {};
}

}  // namespace pith::cli
