// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/external.h"

namespace pith::onnx {

Result<SourcePart> ExternalReader::find(const TensorMessage& tensor, const Limits& limits) {
  const ExternalMessage& place = tensor.external;
  const auto refuse = [&](const std::string& what) {
    return Error{ErrorCode::corruptModel, "The weights " + quotedName(tensor.name) + " lie in another file, and " + what + "."};
  };
  if (!files_) {
    return Error{ErrorCode::unsupportedDataType, "The weights " + quotedName(tensor.name) +
                                                     " lie in another file; they must be inside the model file."};
  }
  if (!staysInFolder(place.location)) return refuse("its name leaves the model's folder");
  const auto count = elementCount(tensor.dims, limits);
  const int bits = numberBits(tensor.dataType);
  if (!count || bits == 0) return refuse("their shape or type is not allowed");
  const int64_t length = (*count * bits + 7) / 8;
  if (place.length.value_or(length) != length)
    return refuse("their length is " + std::to_string(*place.length) + "; " + std::to_string(length) + " is expected");
  PITH_ASSIGN_OR_RETURN(const ByteView file, files_->open(place.location));
  MemorySource& source = sources_.try_emplace(place.location, file).first->second;
  const auto size = static_cast<int64_t>(file.size());
  if (place.offset > size || length > size - place.offset) return refuse("they reach beyond its end");
  auto& parts = parts_[place.location];
  const auto after = parts.lower_bound(place.offset);
  const bool overlaps = (after != parts.end() && after->first < place.offset + length) ||
                        (after != parts.begin() && std::prev(after)->second > place.offset);
  if (overlaps) return refuse("they overlap with other weights");
  if (length > 0) parts.emplace(place.offset, place.offset + length);
  return SourcePart{&source, static_cast<uint64_t>(place.offset), static_cast<uint64_t>(length)};
}

}  // namespace pith::onnx
