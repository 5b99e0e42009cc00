// SPDX-License-Identifier: Apache-2.0
/// @file The records' columns as they lie in a file (inflated where they are compressed): views, and no object for each
/// record. spec/container.md, "Sections".
#pragma once

#include <cmath>
#include <cstring>
#include <string_view>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/container/container.h"
#include "pith/container/layout.h"

namespace pith::format {

/// Any address: a file may lie at an odd one.
template <typename T>
[[nodiscard]] T valueAt(ByteView bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

struct LabelBytes {
  ByteView values;  // of texts their offsets
  ByteView texts;
};

/// Views of every record section; what the file does not have is empty.
struct RecordBytes {
  size_t count = 0;
  ByteView ids;
  ByteView parents, transforms;
  ByteView nameOffsets, nameTexts;
  std::vector<ByteView> groups, splits;
  std::vector<LabelBytes> labels;
};

[[nodiscard]] inline std::string_view textAt(ByteView offsets, ByteView texts, size_t row) {
  const auto begin = static_cast<size_t>(valueAt<uint64_t>(offsets, row));
  return asText(texts.subspan(begin, static_cast<size_t>(valueAt<uint64_t>(offsets, row + 1)) - begin));
}

[[nodiscard]] std::optional<uint32_t> indexAt(ByteView indices, size_t row);
[[nodiscard]] std::optional<uint8_t> partAt(ByteView parts, size_t row);
[[nodiscard]] LabelValue labelAt(const LabelColumn& column, const LabelBytes& bytes, size_t row);
[[nodiscard]] Record recordAt(const ContainerHeader& header, const RecordBytes& bytes, size_t row);

}  // namespace pith::format
