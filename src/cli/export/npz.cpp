// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "export/formats.h"
#include "export/npy.h"
#include "export/zip_writer.h"

namespace pith::cli {
namespace {

constexpr uint64_t largestTextBytes = uint64_t{1} << 30;

/// The characters of valid UTF-8.
std::u32string characters(const std::string& text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const uint8_t lead = static_cast<uint8_t>(text[i++]);
    char32_t character = lead < 0x80   ? lead
                         : lead < 0xE0 ? lead & 0x1Fu
                         : lead < 0xF0 ? lead & 0x0Fu
                                       : lead & 0x07u;
    while (i < text.size() && (static_cast<uint8_t>(text[i]) & 0xC0) == 0x80) {
      character = (character << 6) | (static_cast<uint8_t>(text[i++]) & 0x3Fu);
    }
    out += character;
  }
  return out;
}

using TextAt = std::function<std::string(size_t row)>;

/// Texts as an array of one width, which is how NumPy has them.
Result<NamedArray> textArray(const std::string& name, size_t rows, const TextAt& textAt) {
  size_t longest = 1;
  for (size_t row = 0; row < rows; ++row) longest = std::max(longest, characters(textAt(row)).size());
  NamedArray array{
      .name = name, .type = ArrayType::text, .shape = {rows}, .bytes = uint64_t{rows} * longest * 4};
  if (array.bytes > largestTextBytes) {
    return Error{ErrorCode::invalidArgument,
                 "NumPy gives every text of a column the room of the longest, which would be " +
                     std::to_string(array.bytes) + " bytes here; parquet and csv have no such limit"};
  }
  array.write = [rows, longest, textAt](BufferedSink& sink) -> Status {
    for (size_t row = 0; row < rows; ++row) {
      std::u32string text = characters(textAt(row));
      text.resize(longest, U'\0');
      PITH_RETURN_IF_ERROR(
          sink.write({reinterpret_cast<const uint8_t*>(text.data()), text.size() * sizeof(char32_t)}));
    }
    return {};
  };
  return array;
}

/// Ids, names, texts and parts of splits are texts here; other categories are their index, with the
/// vocabulary beside it.
Status addColumn(const ExportTable& table, const ExportColumn& column, std::vector<NamedArray>& arrays) {
  const bool asText = column.kind == CellKind::text || column.origin == ColumnOrigin::split;
  if (asText) {
    const TextAt textAt = [&column](size_t row) {
      const Cell cell = column.cell(row);
      if (const auto* text = std::get_if<std::string>(&cell)) return *text;
      if (const auto* index = std::get_if<int64_t>(&cell))
        return column.categories[static_cast<size_t>(*index)];
      return std::string();
    };
    PITH_ASSIGN_OR_RETURN(NamedArray array, textArray(arrayName(column), table.rows, textAt));
    arrays.push_back(std::move(array));
    return {};
  }
  arrays.push_back(numericArray(table, column));
  if (column.categories.empty()) return {};
  const TextAt categoryAt = [&column](size_t i) { return column.categories[i]; };
  PITH_ASSIGN_OR_RETURN(NamedArray vocabulary,
                        textArray(arrayName(column) + "/categories", column.categories.size(), categoryAt));
  arrays.push_back(std::move(vocabulary));
  return {};
}

/// A name that stays inside of its folder where somebody unpacks the archive, and that no other member has.
std::string memberName(const NamedArray& array, std::set<std::string>& taken) {
  const size_t slash = array.name.find('/');
  std::string name = array.name;
  constexpr std::string_view vocabulary = "/categories";
  const size_t end = name.ends_with(vocabulary) ? name.size() - vocabulary.size() : name.size();
  for (size_t i = slash == std::string::npos ? end : slash + 1; i < end; ++i) {
    if (name[i] == '/' || name[i] == '\\' || name[i] == ':' || (name[i] == '.' && name[i - 1] == '/'))
      name[i] = '_';
  }
  while (!taken.insert(name).second) name += "_";
  return name + ".npy";
}

}  // namespace

Status writeNpz(const ExportTable& table, BufferedSink& sink) {
  std::vector<NamedArray> arrays;
  for (size_t block = 0; block < table.features.size(); ++block)
    arrays.push_back(featureArray(table, block, true));
  for (const ExportColumn& column : table.columns) PITH_RETURN_IF_ERROR(addColumn(table, column, arrays));

  ZipWriter zip(sink);
  std::set<std::string> taken;
  for (const NamedArray& array : arrays) {
    const size_t width = array.type == ArrayType::text && array.shape[0] > 0
                             ? static_cast<size_t>(array.bytes / array.shape[0] / 4)
                             : 1;
    const std::string header = npyHeader(npyType(array.type, width), array.shape);
    const auto write = [&](BufferedSink& member) -> Status {
      PITH_RETURN_IF_ERROR(member.write(asBytes(header)));
      return array.write(member);
    };
    PITH_RETURN_IF_ERROR(zip.add(memberName(array, taken), write));
  }
  const std::string description = table.description.dump(true);
  PITH_RETURN_IF_ERROR(
      zip.add("description.json", [&](BufferedSink& member) { return member.write(asBytes(description)); }));
  return zip.finish();
}

}  // namespace pith::cli
