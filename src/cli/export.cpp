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

/// f16 as it is stored; every other type as the float32 that it means.
Status writeNpy(const Container& container, AtomicFile& file) {
  const bool narrow = container.header().features.front().type == FeatureType::f16;
  PITH_RETURN_IF_ERROR(file.write(
      asBytes(npyHeader(narrow ? "<f2" : "<f4", container.recordCount(), container.featureCount()))));
  std::vector<float> values(container.featureCount());
  for (size_t row = 0; row < container.recordCount(); ++row) {
    if (narrow) {
      PITH_ASSIGN_OR_RETURN(const ByteView stored, container.storedRow(0, row));
      PITH_RETURN_IF_ERROR(file.write(stored));
      continue;
    }
    PITH_RETURN_IF_ERROR(container.readFeatures(0, row, values));
    PITH_RETURN_IF_ERROR(
        file.write({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)}));
  }
  return {};
}

std::string numberText(double number) {
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// Of a multi-label column the categories that are present, with spaces between them.
std::string labelText(const LabelColumn& column, const LabelValue& value) {
  if (const uint32_t* category = std::get_if<uint32_t>(&value)) return column.categories[*category];
  if (const std::string* text = std::get_if<std::string>(&value)) return *text;
  if (const Year* year = std::get_if<Year>(&value)) return std::to_string(year->value);
  if (const double* number = std::get_if<double>(&value)) return numberText(*number);
  std::string present;
  if (const States* states = std::get_if<States>(&value)) {
    for (size_t i = 0; i < states->size(); ++i) {
      if ((*states)[i] == State::present) present += (present.empty() ? "" : " ") + column.categories[i];
    }
  }
  return present;
}

/// The names of the columns; a label that is called like a column before it gets "label_" in front, and so on.
std::vector<std::string> csvColumns(const ContainerHeader& header, bool withNames) {
  std::vector<std::string> columns{"id"};
  if (withNames) columns.emplace_back("name");
  std::set<std::string> taken(columns.begin(), columns.end());
  const auto add = [&](std::string name, const char* prefix) {
    while (!taken.insert(name).second) name = prefix + name;
    columns.push_back(std::move(name));
  };
  for (const Split& split : header.splits) add(split.name, "split_");
  for (const Grouping& grouping : header.groupings) add(grouping.name, "group_");
  for (const LabelColumn& column : header.labelColumns) add(column.name, "label_");
  return columns;
}

std::string csvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + csvCell(cells[i]);
  return line + "\r\n";
}

Status writeCsv(const Container& container, AtomicFile& file) {
  const ContainerHeader& header = container.header();
  const bool withNames = container.hasNames();
  std::string text = csvLine(csvColumns(header, withNames));
  for (size_t row = 0; row < container.recordCount(); ++row) {
    const Record record = container.record(row);
    std::vector<std::string> cells{toHex(record.id)};
    if (withNames) cells.push_back(record.name.value_or(""));
    for (size_t k = 0; k < header.splits.size(); ++k)
      cells.push_back(record.splits[k] ? header.splits[k].parts[*record.splits[k]] : "none");
    for (const std::optional<uint32_t>& group : record.groups) cells.push_back(group ? std::to_string(*group) : "");
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
