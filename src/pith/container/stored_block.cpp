// SPDX-License-Identifier: Apache-2.0
#include "pith/container/stored_block.h"

#include <algorithm>

namespace pith::format {

Result<StoredBlock> StoredBlock::open(ByteView stored, Encoding encoding, FeatureType type, size_t rowCount,
                                      size_t featureCount) {
  StoredBlock block;
  block.stored_ = stored;
  block.type_ = type;
  block.featureCount_ = featureCount;
  block.rowLength_ = static_cast<size_t>(rowBytes(type, featureCount));
  block.isRaw_ = encoding == Encoding::raw;
  if (!block.isRaw_) {
    PITH_ASSIGN_OR_RETURN(block.chunks_, ChunkedSection::open(stored, encoding, elementTypeOf(type),
                                                              uint64_t{rowCount} * block.rowLength_));
  }
  return block;
}

Status StoredBlock::inflate(size_t chunk) {
  if (inflated_ == chunk) return {};
  inflated_ = SIZE_MAX;
  chunk_.resize(chunks_.rawChunkBytes(chunk));
  PITH_RETURN_IF_ERROR(chunks_.inflate(chunk, chunk_));
  inflated_ = chunk;
  return {};
}

Result<ByteView> StoredBlock::row(size_t index) {
  if (isRaw_) return stored_.subspan(index * rowLength_, rowLength_);
  const uint64_t begin = uint64_t{index} * rowLength_;
  size_t chunk = static_cast<size_t>(begin / chunkBytes);
  size_t at = static_cast<size_t>(begin % chunkBytes);
  PITH_RETURN_IF_ERROR(inflate(chunk));
  if (at + rowLength_ <= chunk_.size()) return ByteView(chunk_).subspan(at, rowLength_);
  row_.clear();
  while (row_.size() < rowLength_) {
    PITH_RETURN_IF_ERROR(inflate(chunk));
    const ByteView part = ByteView(chunk_).subspan(at, std::min(rowLength_ - row_.size(), chunk_.size() - at));
    row_.insert(row_.end(), part.begin(), part.end());
    ++chunk;
    at = 0;
  }
  return ByteView(row_);
}

bool hasCleanEnd(FeatureType type, size_t featureCount, ByteView row) {
  return type != FeatureType::i4 || featureCount % 2 == 0 || row.back() >> 4 == 0;
}

}  // namespace pith::format
