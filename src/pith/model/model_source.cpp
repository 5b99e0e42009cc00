// SPDX-License-Identifier: Apache-2.0
#include "pith/model/model_source.h"

#include <algorithm>
#include <cstring>

namespace pith {

Status MemorySource::read(uint64_t offset, std::span<uint8_t> to) {
  if (!to.empty()) std::memcpy(to.data(), bytes_.data() + offset, to.size());
  return {};
}

Status BufferedSource::read(uint64_t offset, std::span<uint8_t> to) {
  if (to.size() >= windowBytes) return source_.read(offset, to);
  const bool isHeld = offset >= begin_ && offset - begin_ <= window_.size() && to.size() <= window_.size() - (offset - begin_);
  if (!isHeld) {
    window_.resize(static_cast<size_t>(std::min<uint64_t>(windowBytes, sizeBytes() - offset)));
    begin_ = offset;
    if (Status status = source_.read(offset, window_); !status.ok()) {
      window_.clear();
      return status;
    }
  }
  if (!to.empty()) std::memcpy(to.data(), window_.data() + (offset - begin_), to.size());
  return {};
}

Status readFrom(const SourcePart& part, uint64_t offset, std::span<uint8_t> to) {
  const uint64_t size = part.source ? part.source->sizeBytes() : 0;
  const bool fits = part.offset <= size && part.length <= size - part.offset && offset <= part.length && to.size() <= part.length - offset;
  if (!fits) return Error{ErrorCode::corruptModel, "The model file ends before what it says it holds."};
  return part.source->read(part.offset + offset, to);
}

Result<Sha256Digest> sha256(ModelSource& source) {
  if (const auto bytes = source.inMemory()) return sha256(*bytes);
  Sha256 hash;
  std::vector<uint8_t> piece(size_t{1} << 20);
  for (uint64_t offset = 0; offset < source.sizeBytes(); offset += piece.size()) {
    piece.resize(static_cast<size_t>(std::min<uint64_t>(piece.size(), source.sizeBytes() - offset)));
    PITH_RETURN_IF_ERROR(source.read(offset, piece));
    hash.update(piece);
  }
  return hash.finish();
}

}  // namespace pith
