// SPDX-License-Identifier: Apache-2.0
/// @file The pages of one column of one row group of a Parquet file, and what its metadata say of them.
#pragma once

#include <string>
#include <vector>

#include "export/flat.h"
#include "export/sink.h"

namespace pith::cli::parquet {

enum class PhysicalType : int32_t { int64 = 2, float32 = 4, float64 = 5, bytes = 6 };

/// A leaf of the schema.
struct Leaf {
  std::vector<std::string> path;
  PhysicalType type = PhysicalType::bytes;
  bool hasDictionary = false;
};

struct Chunk {
  const Leaf* leaf = nullptr;
  int64_t valueCount = 0;
  int64_t start = 0, dictionaryStart = -1, dataStart = 0, bytes = 0;
};

struct Rows {
  size_t first, end;
};

/// A column of single values, each of which may be missing. @errors those of the sink
Result<Chunk> writeFlatChunk(const FlatColumn& column, const Leaf& leaf, Rows rows, BufferedSink& sink);

/// A column of lists of D floats, none missing. @errors those of the sink and of the container
Result<Chunk> writeListChunk(const ExportFeatures& features, const Leaf& leaf, Rows rows, BufferedSink& sink);

}  // namespace pith::cli::parquet
