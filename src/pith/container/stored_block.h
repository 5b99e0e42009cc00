// SPDX-License-Identifier: Apache-2.0
/// @file One block's features as they lie in a file, row by row.
#pragma once

#include <vector>

#include "pith/base/result.h"
#include "pith/container/compress.h"
#include "pith/container/narrow.h"

namespace pith::format {

class StoredBlock {
 public:
  /// @param stored        the section's bytes, which outlive this; raw, they have rowCount * rowBytes(type, D)
  /// @errors corruptContainer (the table of a compressed section)
  [[nodiscard]] static Result<StoredBlock> open(ByteView stored, Encoding encoding, FeatureType type, size_t rowCount,
                                                size_t featureCount);

  /// Valid until the next call where the section is compressed.
  /// @errors corruptContainer where a chunk does not inflate
  [[nodiscard]] Result<ByteView> row(size_t index);

  [[nodiscard]] ByteView stored() const { return stored_; }
  [[nodiscard]] size_t rowLength() const { return rowLength_; }
  [[nodiscard]] size_t featureCount() const { return featureCount_; }
  [[nodiscard]] FeatureType type() const { return type_; }

 private:
  Status inflate(size_t chunk);

  ByteView stored_;
  FeatureType type_ = FeatureType::f32;
  bool isRaw_ = true;
  size_t rowLength_ = 0;  // bytes
  size_t featureCount_ = 0;
  ChunkedSection chunks_;
  size_t inflated_ = SIZE_MAX;  // number of the chunk in `chunk_`
  std::vector<uint8_t> chunk_;
  std::vector<uint8_t> row_;  // of a row that begins in one chunk and ends in another
};

/// The last four bits of a row of i4 with an odd number of features are zero.
[[nodiscard]] bool hasCleanEnd(FeatureType type, size_t featureCount, ByteView row);

}  // namespace pith::format
