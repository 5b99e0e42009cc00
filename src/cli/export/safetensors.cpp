// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "export/arrays.h"
#include "export/formats.h"

namespace pith::cli {
namespace {

const char* typeName(ArrayType type) {
  switch (type) {
    case ArrayType::f64:
      return "F64";
    case ArrayType::i64:
      return "I64";
    case ArrayType::f32:
      return "F32";
    case ArrayType::f16:
      return "F16";
    case ArrayType::bf16:
      return "BF16";
    case ArrayType::i8:
      return "I8";
    default:
      return "U8";
  }
}

std::string textOf(const ExportColumn& column, size_t row) {
  Cell cell = column.cell(row);
  std::string* const text = std::get_if<std::string>(&cell);
  return text ? std::move(*text) : std::string();
}

/// Texts as UTF-8, one after another, and N + 1 offsets; a text that is missing is empty.
void addTexts(const ExportTable& table, const ExportColumn& column, std::vector<NamedArray>& arrays) {
  uint64_t total = 0;
  for (size_t row = 0; row < table.rows; ++row) total += textOf(column, row).size();
  arrays.push_back({.name = arrayName(column) + "/offset",
                    .type = ArrayType::i64,
                    .shape = {table.rows + 1},
                    .bytes = 8 * (uint64_t{table.rows} + 1),
                    .write = [&table, &column](BufferedSink& sink) -> Status {
                      int64_t offset = 0;
                      PITH_RETURN_IF_ERROR(sink.writeNumber(offset));
                      for (size_t row = 0; row < table.rows; ++row) {
                        offset += static_cast<int64_t>(textOf(column, row).size());
                        PITH_RETURN_IF_ERROR(sink.writeNumber(offset));
                      }
                      return {};
                    }});
  arrays.push_back({.name = arrayName(column) + "/text",
                    .type = ArrayType::u8,
                    .shape = {total},
                    .bytes = total,
                    .write = [&table, &column](BufferedSink& sink) -> Status {
                      for (size_t row = 0; row < table.rows; ++row)
                        PITH_RETURN_IF_ERROR(sink.write(asBytes(textOf(column, row))));
                      return {};
                    }});
}

/// What a tensor of a column means, as JSON in a text, because metadata are texts.
std::string columnMeaning(const ExportColumn& column) {
  Json::Object meaning;
  const auto kindName = [&] {
    switch (column.kind) {
      case CellKind::category:
        return "index of the category, -1: missing";
      case CellKind::integer:
        return "integer, -1: missing";
      case CellKind::number:
        return "number, NaN: missing";
      case CellKind::states:
        return "1 present, 0 absent, -1 uncertain, -128 missing, for each category";
      case CellKind::text:
        break;
    }
    return "UTF-8, text i from offset[i] to offset[i + 1]";
  };
  meaning.emplace_back("values", kindName());
  if (!column.categories.empty())
    meaning.emplace_back("categories", Json::Array(column.categories.begin(), column.categories.end()));
  if (!column.unit.empty()) meaning.emplace_back("unit", column.unit);
  if (!column.description.empty()) meaning.emplace_back("description", column.description);
  return Json(std::move(meaning)).dump();
}

}  // namespace

Status writeSafetensors(const ExportTable& table, BufferedSink& sink) {
  std::vector<NamedArray> arrays;
  Json::Object metadata;
  metadata.emplace_back("pith", table.description.dump());
  for (size_t block = 0; block < table.features.size(); ++block) {
    arrays.push_back(featureArray(table, block, false));
    metadata.emplace_back(arrays.back().name, table.features[block].name);
  }
  for (const ExportColumn& column : table.columns) {
    if (column.kind == CellKind::text) {
      addTexts(table, column, arrays);
    } else {
      arrays.push_back(numericArray(table, column));
    }
    metadata.emplace_back(arrayName(column), columnMeaning(column));
  }
  std::set<std::string> taken;  // a column may be called like a part of a text
  for (NamedArray& array : arrays) {
    while (!taken.insert(array.name).second) array.name += "_";
  }
  // The widest elements first: each tensor then starts at a multiple of its element's size, without the gaps
  // that the format forbids.
  const auto before = [](const NamedArray& a, const NamedArray& b) {
    return std::pair(arrayTypeBytes(b.type), a.name) < std::pair(arrayTypeBytes(a.type), b.name);
  };
  std::ranges::sort(arrays, before);

  Json::Object header;
  header.emplace_back("__metadata__", std::move(metadata));
  uint64_t offset = 0;
  for (const NamedArray& array : arrays) {
    Json::Array shape(array.shape.begin(), array.shape.end());
    header.emplace_back(array.name,
                        Json::Object{{"dtype", typeName(array.type)},
                                     {"shape", std::move(shape)},
                                     {"data_offsets", Json::Array{offset, offset + array.bytes}}});
    offset += array.bytes;
  }
  std::string text = Json(std::move(header)).dump();
  constexpr size_t lengthBytes = 8, alignment = 64;
  text.resize((lengthBytes + text.size() + alignment - 1) / alignment * alignment - lengthBytes, ' ');
  PITH_RETURN_IF_ERROR(sink.writeNumber(uint64_t{text.size()}));
  PITH_RETURN_IF_ERROR(sink.write(asBytes(text)));
  for (const NamedArray& array : arrays) PITH_RETURN_IF_ERROR(array.write(sink));
  return {};
}

}  // namespace pith::cli
