// SPDX-License-Identifier: Apache-2.0
#include "pith/image/formats.h"

namespace pith::formats {

int exifOrientation(ByteView tiff) {
  if (tiff.size() < 8) return 1;
  const bool isLittle = tiff[0] == 'I' && tiff[1] == 'I';
  if (!isLittle && !(tiff[0] == 'M' && tiff[1] == 'M')) return 1;
  const auto u16 = [&](ByteReader& reader) { return isLittle ? reader.u16le() : reader.u16be(); };
  const auto u32 = [&](ByteReader& reader) { return isLittle ? reader.u32le() : reader.u32be(); };

  ByteReader header(tiff, 2);
  if (u16(header) != 42) return 1;
  const uint32_t directoryOffset = u32(header);
  if (directoryOffset > tiff.size()) return 1;
  ByteReader directory(tiff, directoryOffset);
  const int entryCount = u16(directory);
  for (int i = 0; i < entryCount && !directory.failed(); ++i) {
    const int tag = u16(directory);
    const int type = u16(directory);
    const uint32_t count = u32(directory);
    ByteReader value(directory.take(4));
    constexpr int orientationTag = 0x0112, shortType = 3, longType = 4;
    if (tag != orientationTag || count < 1) continue;
    const uint32_t orientation = type == shortType ? u16(value) : type == longType ? u32(value) : 1;
    return !value.failed() && orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

}  // namespace pith::formats
