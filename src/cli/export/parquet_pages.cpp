// SPDX-License-Identifier: Apache-2.0
#include "export/parquet_pages.h"

#include <algorithm>

#include "export/thrift.h"

namespace pith::cli::parquet {
namespace {

// parquet.thrift: PageType, Encoding
constexpr int32_t dataPage = 0, dictionaryPage = 2;
constexpr int32_t plain = 0, rle = 3, rleDictionary = 8;
constexpr size_t pageBytes = size_t{1} << 20;

struct Run {
  uint64_t count;
  uint32_t value;
};

/// A run of one value: its count, shifted, and the value in whole bytes.
void appendRun(std::vector<uint8_t>& out, Run run, int bits) {
  appendVarint(out, run.count << 1);
  for (int done = 0; done < bits; done += 8) out.push_back(static_cast<uint8_t>(run.value >> done));
}

/// The hybrid of runs and packed bits: one run where all values are equal, else all of them packed in groups
/// of eight.
void appendHybrid(std::vector<uint8_t>& out, const std::vector<uint32_t>& values, int bits) {
  if (std::ranges::all_of(values, [&](uint32_t value) { return value == values[0]; })) {
    if (!values.empty()) appendRun(out, {values.size(), values[0]}, bits);
    return;
  }
  const size_t groups = (values.size() + 7) / 8;
  appendVarint(out, groups << 1 | 1);
  uint64_t pending = 0;
  int pendingBits = 0;
  for (size_t i = 0; i < groups * 8; ++i) {
    pending |= static_cast<uint64_t>(i < values.size() ? values[i] : 0) << pendingBits;
    for (pendingBits += bits; pendingBits >= 8; pendingBits -= 8, pending >>= 8)
      out.push_back(static_cast<uint8_t>(pending));
  }
}

/// Levels stand in front of a page's values, after their length.
void appendLevels(std::vector<uint8_t>& out, const std::vector<uint8_t>& levels) {
  append(out, static_cast<uint32_t>(levels.size()));
  append(out, ByteView(levels));
}

Status writePage(int32_t type, const std::vector<uint8_t>& content, int32_t valueCount, int32_t encoding,
                 BufferedSink& sink) {
  ThriftWriter header;
  header.i32(1, type);
  header.i32(2, static_cast<int32_t>(content.size()));
  header.i32(3, static_cast<int32_t>(content.size()));
  if (type == dataPage) {
    header.structure(5, [&] {
      header.i32(1, valueCount);
      header.i32(2, encoding);
      header.i32(3, rle);
      header.i32(4, rle);
    });
  } else {
    header.structure(7, [&] {
      header.i32(1, valueCount);
      header.i32(2, encoding);
    });
  }
  PITH_RETURN_IF_ERROR(sink.write(header.finish()));
  return sink.write(content);
}

void appendPlain(std::vector<uint8_t>& out, const std::string& text) {
  append(out, static_cast<uint32_t>(text.size()));
  append(out, asBytes(text));
}

void appendPlain(std::vector<uint8_t>& out, const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) appendPlain(out, *text);
  if (const auto* integer = std::get_if<int64_t>(&cell)) append(out, *integer);
  if (const auto* number = std::get_if<double>(&cell)) append(out, *number);
}

int bitsFor(size_t categoryCount) {
  int bits = 1;
  while (bits < 32 && (uint64_t{1} << bits) < categoryCount) ++bits;
  return bits;
}

/// The rows of one page of single values.
struct FlatPage {
  std::vector<uint32_t> present, indices;
  std::vector<uint8_t> values;

  bool full() const { return values.size() + 4 * indices.size() + present.size() / 8 >= pageBytes; }

  Status write(const FlatColumn& column, const Leaf& leaf, BufferedSink& sink) {
    std::vector<uint8_t> levels, content;
    appendHybrid(levels, present, 1);
    appendLevels(content, levels);
    if (leaf.hasDictionary) {
      const int bits = bitsFor(column.categories.size());
      content.push_back(static_cast<uint8_t>(bits));
      appendHybrid(content, indices, bits);
    } else {
      append(content, ByteView(values));
    }
    const auto count = static_cast<int32_t>(present.size());
    *this = {};
    return writePage(dataPage, content, count, leaf.hasDictionary ? rleDictionary : plain, sink);
  }
};

}  // namespace

Result<Chunk> writeFlatChunk(const FlatColumn& column, const Leaf& leaf, Rows rows, BufferedSink& sink) {
  Chunk chunk{.leaf = &leaf,
              .valueCount = static_cast<int64_t>(rows.end - rows.first),
              .start = static_cast<int64_t>(sink.written())};
  if (leaf.hasDictionary) {
    std::vector<uint8_t> dictionary;
    for (const std::string& category : column.categories) appendPlain(dictionary, category);
    chunk.dictionaryStart = chunk.start;
    PITH_RETURN_IF_ERROR(
        writePage(dictionaryPage, dictionary, static_cast<int32_t>(column.categories.size()), plain, sink));
  }
  chunk.dataStart = static_cast<int64_t>(sink.written());
  FlatPage page;
  for (size_t row = rows.first; row < rows.end; ++row) {
    const Cell cell = column.cell(row);
    const bool isPresent = !std::holds_alternative<std::monostate>(cell);
    page.present.push_back(isPresent);
    if (isPresent && leaf.hasDictionary) {
      page.indices.push_back(static_cast<uint32_t>(std::get<int64_t>(cell)));
    } else {
      appendPlain(page.values, cell);
    }
    if (page.full() && row + 1 < rows.end) PITH_RETURN_IF_ERROR(page.write(column, leaf, sink));
  }
  PITH_RETURN_IF_ERROR(page.write(column, leaf, sink));
  chunk.bytes = static_cast<int64_t>(sink.written()) - chunk.start;
  return chunk;
}

Result<Chunk> writeListChunk(const ExportFeatures& features, const Leaf& leaf, Rows rows,
                             BufferedSink& sink) {
  Chunk chunk{.leaf = &leaf, .start = static_cast<int64_t>(sink.written())};
  chunk.valueCount = static_cast<int64_t>((rows.end - rows.first) * features.count);
  chunk.dataStart = chunk.start;
  const size_t rowsInPage = std::max<size_t>(1, pageBytes / (features.count * sizeof(float)));
  std::vector<float> values(features.count);
  for (size_t row = rows.first; row < rows.end;) {
    const size_t pageEnd = std::min(row + rowsInPage, rows.end);
    const size_t count = (pageEnd - row) * features.count;
    std::vector<uint8_t> repetition, definition, content;
    for (size_t i = row; i < pageEnd; ++i) {  // 0 starts a list, 1 goes on with it
      appendRun(repetition, {1, 0}, 1);
      if (features.count > 1) appendRun(repetition, {features.count - 1, 1}, 1);
    }
    appendRun(definition, {count, 1}, 1);
    appendLevels(content, repetition);
    appendLevels(content, definition);
    for (; row < pageEnd; ++row) {
      PITH_RETURN_IF_ERROR(features.readFloats(row, values));
      append(content, bytesOf(values));
    }
    PITH_RETURN_IF_ERROR(writePage(dataPage, content, static_cast<int32_t>(count), plain, sink));
  }
  chunk.bytes = static_cast<int64_t>(sink.written()) - chunk.start;
  return chunk;
}

}  // namespace pith::cli::parquet
