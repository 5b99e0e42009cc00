// SPDX-License-Identifier: Apache-2.0
/// @file A table as named arrays, for the formats that hold nothing else (npz, safetensors).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "export/sink.h"
#include "export/table.h"

namespace pith::cli {

struct NamedArray {
  std::string name;  // "features/0", "ids", "splits/NAME", "groups/NAME", "labels/NAME", "information/NAME"
  ArrayType type = ArrayType::f32;
  std::vector<uint64_t> shape;
  uint64_t bytes = 0;
  std::function<Status(BufferedSink& sink)> write{};
};

/// Bytes of one element; of text, of one character.
size_t arrayTypeBytes(ArrayType type);

NamedArray featureArray(const ExportTable& table, size_t block, bool widenBf16);

/// A column of numbers: categories as their index, with -1 where the value is missing; integers likewise;
/// numbers as f64 with NaN; states as i8 [N, K]. @param column  neither of texts nor of ids
NamedArray numericArray(const ExportTable& table, const ExportColumn& column);

/// "labels/NAME" and its kin.
std::string arrayName(const ExportColumn& column);

}  // namespace pith::cli
