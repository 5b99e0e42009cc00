// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "export/formats.h"
#include "export/parquet_pages.h"
#include "export/thrift.h"

namespace pith::cli {
namespace {

using namespace parquet;

// parquet.thrift: FieldRepetitionType, ConvertedType, Encoding, CompressionCodec
constexpr int32_t required = 0, optional = 1, repeated = 2;
constexpr int32_t convertedUtf8 = 0, convertedList = 3;
constexpr int32_t plain = 0, rle = 3, rleDictionary = 8;
constexpr int32_t uncompressed = 0;
constexpr size_t rowGroupBytes = size_t{64} << 20;  // of features
constexpr size_t rowGroupRows = size_t{1} << 20;

struct RowGroup {
  std::vector<Chunk> chunks;
  int64_t rows = 0;
};

struct File {
  const ExportTable& table;
  std::vector<FlatColumn> columns;
  std::vector<Leaf> leaves;  // of the columns, then of the features
  std::vector<RowGroup> groups;
};

PhysicalType physicalType(CellKind kind) {
  if (kind == CellKind::integer) return PhysicalType::int64;
  return kind == CellKind::number ? PhysicalType::float64 : PhysicalType::bytes;
}

size_t rowsInGroup(const ExportTable& table) {
  size_t rowBytes = 1;
  for (const ExportFeatures& features : table.features) rowBytes += features.count * sizeof(float);
  return std::clamp<size_t>(rowGroupBytes / rowBytes, 1, rowGroupRows);
}

Result<RowGroup> writeRowGroup(const File& file, Rows rows, BufferedSink& sink) {
  RowGroup group{.chunks = {}, .rows = static_cast<int64_t>(rows.end - rows.first)};
  for (size_t i = 0; i < file.columns.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const Chunk chunk, writeFlatChunk(file.columns[i], file.leaves[i], rows, sink));
    group.chunks.push_back(chunk);
  }
  for (size_t i = 0; i < file.table.features.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(
        const Chunk chunk,
        writeListChunk(file.table.features[i], file.leaves[file.columns.size() + i], rows, sink));
    group.chunks.push_back(chunk);
  }
  return group;
}

/// An element of the schema, whose tree is written from the root down.
struct SchemaElement {
  std::string name;
  int32_t type = -1, repetition = -1, children = -1, converted = -1;
};

std::vector<SchemaElement> makeSchema(const File& file) {
  std::vector<SchemaElement> schema{{.name = "schema", .children = static_cast<int32_t>(file.leaves.size())}};
  for (const FlatColumn& column : file.columns) {
    const PhysicalType type = physicalType(column.kind);
    schema.push_back({.name = column.title,
                      .type = static_cast<int32_t>(type),
                      .repetition = optional,
                      .converted = type == PhysicalType::bytes ? convertedUtf8 : -1});
  }
  for (const ExportFeatures& features : file.table.features) {
    schema.push_back(
        {.name = features.title, .repetition = required, .children = 1, .converted = convertedList});
    schema.push_back({.name = "list", .repetition = repeated, .children = 1});
    schema.push_back(
        {.name = "element", .type = static_cast<int32_t>(PhysicalType::float32), .repetition = required});
  }
  return schema;
}

void writeSchemaElement(ThriftWriter& out, const SchemaElement& element) {
  if (element.type >= 0) out.i32(1, element.type);
  if (element.repetition >= 0) out.i32(3, element.repetition);
  out.text(4, element.name);
  if (element.children >= 0) out.i32(5, element.children);
  if (element.converted < 0) return;
  out.i32(6, element.converted);
  out.structure(10,
                [&] { out.structure(element.converted == convertedUtf8 ? 1 : 3, [] {}); });  // STRING or LIST
}

void writeChunkMetadata(ThriftWriter& out, const Chunk& chunk) {
  out.i64(2, chunk.start);
  out.structure(3, [&] {
    out.i32(1, static_cast<int32_t>(chunk.leaf->type));
    out.i32s(2, chunk.leaf->hasDictionary ? std::vector<int32_t>{plain, rle, rleDictionary}
                                          : std::vector<int32_t>{plain, rle});
    out.texts(3, chunk.leaf->path);
    out.i32(4, uncompressed);
    out.i64(5, chunk.valueCount);
    out.i64(6, chunk.bytes);
    out.i64(7, chunk.bytes);
    out.i64(9, chunk.dataStart);
    if (chunk.dictionaryStart >= 0) out.i64(11, chunk.dictionaryStart);
  });
}

std::vector<uint8_t> makeFooter(const File& file) {
  ThriftWriter out;
  out.i32(1, 1);
  out.structures(2, makeSchema(file),
                 [&](const SchemaElement& element) { writeSchemaElement(out, element); });
  out.i64(3, static_cast<int64_t>(file.table.rows));
  out.structures(4, file.groups, [&](const RowGroup& group) {
    int64_t bytes = 0;
    for (const Chunk& chunk : group.chunks) bytes += chunk.bytes;
    out.structures(1, group.chunks, [&](const Chunk& chunk) { writeChunkMetadata(out, chunk); });
    out.i64(2, bytes);
    out.i64(3, group.rows);
  });
  const std::vector<std::pair<std::string, std::string>> entries{{"pith", file.table.description.dump()}};
  out.structures(5, entries, [&](const auto& entry) {
    out.text(1, entry.first);
    out.text(2, entry.second);
  });
  out.text(6, "pith version " PITH_VERSION);
  return out.finish();
}

}  // namespace

Status writeParquet(const ExportTable& table, BufferedSink& sink) {
  constexpr std::string_view magic = "PAR1";
  File file{.table = table, .columns = flatColumns(table), .leaves = {}, .groups = {}};
  for (const FlatColumn& column : file.columns) {
    const bool hasDictionary = column.kind == CellKind::category && !column.categories.empty();
    file.leaves.push_back({{column.title}, physicalType(column.kind), hasDictionary});
  }
  for (const ExportFeatures& features : table.features)
    file.leaves.push_back({{features.title, "list", "element"}, PhysicalType::float32, false});

  PITH_RETURN_IF_ERROR(sink.write(asBytes(magic)));
  const size_t step = rowsInGroup(table);
  for (size_t row = 0; row < table.rows; row += step) {
    PITH_ASSIGN_OR_RETURN(RowGroup group, writeRowGroup(file, {row, std::min(row + step, table.rows)}, sink));
    file.groups.push_back(std::move(group));
  }
  const std::vector<uint8_t> footer = makeFooter(file);
  PITH_RETURN_IF_ERROR(sink.write(footer));
  PITH_RETURN_IF_ERROR(sink.writeNumber(static_cast<uint32_t>(footer.size())));
  return sink.write(asBytes(magic));
}

}  // namespace pith::cli
