// SPDX-License-Identifier: Apache-2.0
#include "export/arrays.h"

#include <limits>

namespace pith::cli {
namespace {

Status writeCells(const ExportTable& table, const ExportColumn& column, BufferedSink& sink) {
  for (size_t row = 0; row < table.rows; ++row) {
    const Cell cell = column.cell(row);
    if (const auto* states = std::get_if<std::vector<int8_t>>(&cell)) {
      PITH_RETURN_IF_ERROR(sink.write(bytesOf(*states)));
    } else if (column.kind == CellKind::states) {
      PITH_RETURN_IF_ERROR(sink.write(bytesOf(std::vector<int8_t>(column.categories.size(), missingState))));
    } else if (column.kind == CellKind::number) {
      const double* const number = std::get_if<double>(&cell);
      PITH_RETURN_IF_ERROR(sink.writeNumber(number ? *number : std::numeric_limits<double>::quiet_NaN()));
    } else {
      const int64_t* const integer = std::get_if<int64_t>(&cell);
      PITH_RETURN_IF_ERROR(sink.writeNumber(integer ? *integer : int64_t{-1}));
    }
  }
  return {};
}

Status writeFloats(const ExportTable& table, const ExportFeatures& features, BufferedSink& sink) {
  std::vector<float> values(features.count);
  for (size_t row = 0; row < table.rows; ++row) {
    PITH_RETURN_IF_ERROR(features.readFloats(row, values));
    PITH_RETURN_IF_ERROR(sink.write(bytesOf(values)));
  }
  return {};
}

Status writeRows(const ExportTable& table, const ExportFeatures& features, size_t rowBytes,
                 BufferedSink& sink) {
  std::vector<uint8_t> stored(rowBytes);
  for (size_t row = 0; row < table.rows; ++row) {
    PITH_RETURN_IF_ERROR(features.readRow(row, stored));
    PITH_RETURN_IF_ERROR(sink.write(stored));
  }
  return {};
}

}  // namespace

size_t arrayTypeBytes(ArrayType type) {
  switch (type) {
    case ArrayType::f64:
    case ArrayType::i64:
      return 8;
    case ArrayType::f32:
    case ArrayType::text:
      return 4;
    case ArrayType::f16:
    case ArrayType::bf16:
      return 2;
    case ArrayType::i8:
    case ArrayType::u8:
      return 1;
  }
  return 0;
}

NamedArray featureArray(const ExportTable& table, size_t block, bool widenBf16) {
  const ExportFeatures& features = table.features[block];
  NamedArray array{.name = "features/" + std::to_string(block),
                   .type = features.type,
                   .shape = {table.rows, features.count}};
  if (widenBf16 && array.type == ArrayType::bf16) array.type = ArrayType::f32;
  const size_t rowBytes = features.count * arrayTypeBytes(array.type);
  array.bytes = uint64_t{table.rows} * rowBytes;
  const bool widen = array.type == ArrayType::f32;
  array.write = [&table, &features, rowBytes, widen](BufferedSink& sink) {
    return widen ? writeFloats(table, features, sink) : writeRows(table, features, rowBytes, sink);
  };
  return array;
}

NamedArray numericArray(const ExportTable& table, const ExportColumn& column) {
  NamedArray array{.name = arrayName(column), .type = ArrayType::i64, .shape = {table.rows}};
  if (column.kind == CellKind::number) array.type = ArrayType::f64;
  if (column.kind == CellKind::states) {
    array.type = ArrayType::i8;
    array.shape.push_back(column.categories.size());
  }
  array.bytes = arrayTypeBytes(array.type);
  for (const uint64_t extent : array.shape) array.bytes *= extent;
  array.write = [&table, &column](BufferedSink& sink) { return writeCells(table, column, sink); };
  return array;
}

std::string arrayName(const ExportColumn& column) {
  switch (column.origin) {
    case ColumnOrigin::id:
      return "ids";
    case ColumnOrigin::name:
      return "names";
    case ColumnOrigin::split:
      return "splits/" + column.name;
    case ColumnOrigin::group:
      return "groups/" + column.name;
    case ColumnOrigin::label:
      return "labels/" + column.name;
    case ColumnOrigin::information:
      return "information/" + column.name;
  }
  return column.name;
}

}  // namespace pith::cli
