// SPDX-License-Identifier: Apache-2.0
/// @file `pith export`: features as a NumPy array, records as a table.
#include <algorithm>
#include <charconv>
#include <set>

#include "atomic_file.h"
#include "csv.h"
#include "files.h"
#include "interrupt.h"
#include "output.h"
#include "pith/container/reader.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

/// The header of an array in row-major order, padded to a multiple of 64 bytes.
/// @source NumPy's documentation, numpy.lib.format, version 1.0
std::string npyHeader(std::string_view type, size_t rows, size_t columns) {
  std::string text = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (" +
                     std::to_string(rows) + ", " + std::to_string(columns) + "), }";
  constexpr size_t fixedBytes = 10;  // magic, version, length
  text.resize((fixedBytes + text.size() + 1 + 63) / 64 * 64 - fixedBytes - 1, ' ');
  text += '\n';
  const std::string length{static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + text;
}

/// f32 and f16 as they are stored; i8 as the float32 that its scale and zero point mean.
Status writeNpy(const Container& container, AtomicFile& file) {
  const FeatureType type = container.header().featureType;
  const bool narrow = type == FeatureType::f16;
  PITH_RETURN_IF_ERROR(file.write(
      asBytes(npyHeader(narrow ? "<f2" : "<f4", container.recordCount(), container.featureCount()))));
  if (type != FeatureType::i8) return file.write(container.rawFeatures());
  for (size_t row = 0; row < container.recordCount(); ++row) {
    const std::vector<float> values = container.features(row);
    PITH_RETURN_IF_ERROR(
        file.write({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)}));
  }
  return {};
}

std::string labelText(const LabelColumn& column, const LabelValue& value) {
  if (const uint32_t* category = std::get_if<uint32_t>(&value)) return column.categories[*category];
  if (const std::string* text = std::get_if<std::string>(&value)) return *text;
  const double* const number = std::get_if<double>(&value);
  if (!number) return {};
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
}

/// The names of the columns; a label that is called like a column before it gets "label_" in front.
std::vector<std::string> csvColumns(const ContainerHeader& header, bool withNames) {
  std::vector<std::string> columns{"id"};
  if (withNames) columns.emplace_back("name");
  columns.insert(columns.end(), {"split", "group"});
  std::set<std::string> taken(columns.begin(), columns.end());
  for (const LabelColumn& column : header.labelColumns) {
    std::string name = column.name;
    while (!taken.insert(name).second) name = "label_" + name;
    columns.push_back(name);
  }
  return columns;
}

std::string csvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + csvCell(cells[i]);
  return line + "\r\n";
}

Status writeCsv(const Container& container, AtomicFile& file) {
  const ContainerHeader& header = container.header();
  const bool withNames = std::any_of(header.records.begin(), header.records.end(),
                                     [](const Record& record) { return record.name.has_value(); });
  std::string text = csvLine(csvColumns(header, withNames));
  for (const Record& record : header.records) {
    std::vector<std::string> cells{toHex(record.id)};
    if (withNames) cells.push_back(record.name.value_or(""));
    cells.emplace_back(splitName(record.split));
    cells.push_back(record.group ? std::to_string(*record.group) : "");
    for (size_t i = 0; i < header.labelColumns.size(); ++i)
      cells.push_back(labelText(header.labelColumns[i], record.labels[i]));
    text += csvLine(cells);
    if (text.size() < (size_t{1} << 20)) continue;
    PITH_RETURN_IF_ERROR(file.write(asBytes(text)));
    text.clear();
  }
  return file.write(asBytes(text));
}

}  // namespace

ExitCode runExport(const ExportArguments& arguments) {
  catchInterrupts();
  const std::string cannotWrite = "Cannot write " + inQuotes(arguments.output);
  const std::string cannotRead = "Cannot export " + inQuotes(arguments.file);
  const MappedFile input = require(MappedFile::open(arguments.file), cannotRead);
  const Container container = require(Container::open(input.bytes()), cannotRead);
  require(container.verify(), cannotRead);
  require(checkWritable(arguments.output, arguments.force, 0), cannotWrite);
  AtomicFile file = require(AtomicFile::create(arguments.output), cannotWrite);
  const bool isNpy = arguments.format == "npy";
  require(isNpy ? writeNpy(container, file) : writeCsv(container, file), cannotWrite);
  require(file.commit(arguments.force), cannotWrite);
  if (arguments.json) {
    printJson(Json::Object{{"output", validUtf8(arguments.output)},
                           {"format", arguments.format},
                           {"records", container.recordCount()},
                           {"features", container.featureCount()}});
  } else if (isNpy) {
    printText("Wrote " + printable(arguments.output) + ": " + counted(container.recordCount(), "row") +
              " of " + counted(container.featureCount(), "feature") + ", for numpy.load\n");
  } else {
    printText("Wrote " + printable(arguments.output) + ": " + counted(container.recordCount(), "record") +
              ", in the order of the features\n");
  }
  return ExitCode::success;
}

}  // namespace pith::cli
