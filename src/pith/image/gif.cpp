// SPDX-License-Identifier: Apache-2.0
/// @source CompuServe's "Graphics Interchange Format, version 89a", with its appendix F on LZW
#include <algorithm>
#include <array>

#include "pith/image/formats.h"

namespace pith::formats {
namespace {

constexpr int clearedCode = -1;
constexpr int tableSize = 4096;

/// Variable-length LZW: codes to palette indices.
class LzwDecoder {
 public:
  LzwDecoder(int rootBits, uint8_t* target, int64_t count)
      : rootBits_(rootBits), clearCode_(1 << rootBits), target_(target), end_(target + count) {
    for (int i = 0; i < clearCode_; ++i)
      entries_[static_cast<size_t>(i)] = {0, 1, static_cast<uint8_t>(i), static_cast<uint8_t>(i)};
    reset();
  }

  enum class State : uint8_t { more, finished, endsEarly, badCode };

  State add(ByteView block) {
    for (uint8_t byte : block) {
      bits_ |= uint32_t{byte} << bitCount_;
      bitCount_ += 8;
      while (bitCount_ >= codeBits_) {
        const int code = static_cast<int>(bits_ & ((1u << codeBits_) - 1));
        bits_ >>= codeBits_;
        bitCount_ -= codeBits_;
        const State state = addCode(code);
        if (state != State::more) return state;
      }
    }
    return State::more;
  }

 private:
  struct Entry {
    uint16_t prefix;
    uint16_t length;
    uint8_t first;
    uint8_t last;
  };

  void reset() {
    codeBits_ = rootBits_ + 1;
    nextCode_ = clearCode_ + 2;
    previous_ = clearedCode;
  }

  State addCode(int code) {
    if (code == clearCode_) {
      reset();
      return State::more;
    }
    if (code == clearCode_ + 1) return State::endsEarly;
    const bool isNew = code == nextCode_ && previous_ != clearedCode && nextCode_ < tableSize;
    if (code >= nextCode_ && !isNew) return State::badCode;
    if (previous_ != clearedCode && nextCode_ < tableSize) {
      const Entry& prefix = entries_[static_cast<size_t>(previous_)];
      const Entry& source = entries_[static_cast<size_t>(isNew ? previous_ : code)];
      entries_[static_cast<size_t>(nextCode_)] = {static_cast<uint16_t>(previous_),
                                                  static_cast<uint16_t>(prefix.length + 1), prefix.first,
                                                  source.first};
      ++nextCode_;
      if (nextCode_ == (1 << codeBits_) && codeBits_ < 12) ++codeBits_;
    }
    previous_ = code;
    return write(code);
  }

  /// The last index of a string is found first.
  State write(int code) {
    const Entry* entry = &entries_[static_cast<size_t>(code)];
    const int64_t length = entry->length;
    for (int64_t i = length - 1; i >= 0; --i) {
      if (i < end_ - target_) target_[i] = entry->last;
      entry = &entries_[entry->prefix];
    }
    target_ += std::min<int64_t>(length, end_ - target_);
    return target_ == end_ ? State::finished : State::more;
  }

  int rootBits_;
  int clearCode_;
  uint8_t* target_;
  uint8_t* end_;
  std::array<Entry, tableSize> entries_{};
  int codeBits_ = 0;
  int nextCode_ = 0;
  int previous_ = clearedCode;
  uint32_t bits_ = 0;
  int bitCount_ = 0;
};

using Palette = std::array<std::array<uint8_t, 3>, 256>;

struct Frame {
  int left = 0, top = 0, width = 0, height = 0;
  bool isInterlaced = false;
};

class GifReader {
 public:
  GifReader(ByteView bytes, const Limits& limits) : reader_(bytes, 6), limits_(limits) {
    for (size_t i = 0; i < palette_.size(); ++i) palette_[i].fill(static_cast<uint8_t>(i));
  }

  Result<Image> decode() {
    width_ = reader_.u16le();
    height_ = reader_.u16le();
    const int flags = reader_.u8();
    reader_.take(2);  // background index, which viewers ignore, and aspect ratio
    if (reader_.failed()) return endsEarly();
    PITH_RETURN_IF_ERROR(checkExtents(width_, height_, limits_));
    if (flags & 0x80) readPalette(flags & 7);
    PITH_RETURN_IF_ERROR(findFrame());
    PITH_ASSIGN_OR_RETURN(const Frame frame, readFrameHeader());
    PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> indices, readIndices(frame));
    return paint(frame, indices);
  }

 private:
  static Error endsEarly() { return truncated("the GIF ends before its first picture is complete"); }

  void readPalette(int sizeBits) {
    const int count = 2 << sizeBits;
    for (int i = 0; i < count; ++i) {
      for (uint8_t& value : palette_[static_cast<size_t>(i)]) value = reader_.u8();
    }
  }

  /// Goes behind the separator of the first picture.
  Status findFrame() {
    while (!reader_.failed()) {
      switch (reader_.u8()) {
        case 0x2C:
          return {};
        case 0x21:
          readExtension();
          break;
        case 0x00:
          break;  // some writers leave zeros between blocks
        case 0x3B:
          return Error{ErrorCode::emptyImage, "the GIF ends without a picture"};
        default:
          if (!reader_.failed()) return corrupt("a GIF block of a kind that the standard does not have");
      }
    }
    return endsEarly();
  }

  void readExtension() {
    const bool isGraphicControl = reader_.u8() == 0xF9;
    while (const int size = reader_.u8()) {
      ByteReader block(reader_.take(static_cast<uint64_t>(size)));
      if (!isGraphicControl || size < 4) continue;
      const bool hasTransparency = block.u8() & 1;
      block.take(2);  // delay
      const uint8_t index = block.u8();
      unpainted_ = hasTransparency ? index : 0;
    }
  }

  Result<Frame> readFrameHeader() {
    Frame frame;
    frame.left = reader_.u16le();
    frame.top = reader_.u16le();
    frame.width = reader_.u16le();
    frame.height = reader_.u16le();
    const int flags = reader_.u8();
    frame.isInterlaced = flags & 0x40;
    if (flags & 0x80) readPalette(flags & 7);
    if (reader_.failed()) return endsEarly();
    // A first picture that reaches over the screen enlarges it, as in Pillow.
    width_ = std::max(width_, frame.left + frame.width);
    height_ = std::max(height_, frame.top + frame.height);
    PITH_RETURN_IF_ERROR(checkExtents(width_, height_, limits_));
    PITH_RETURN_IF_ERROR(checkExtents(frame.width, frame.height, limits_));
    return frame;
  }

  Result<std::vector<uint8_t>> readIndices(const Frame& frame) {
    const int rootBits = reader_.u8();
    if (reader_.failed()) return endsEarly();
    if (rootBits > 8)
      return corrupt("GIF codes of " + std::to_string(rootBits) + " bits; allowed are 0 to 8");
    const int64_t count = int64_t{frame.width} * frame.height;
    // A code has at least 1 bit and stands for at most 4096 pixels.
    if (static_cast<uint64_t>(count) > uint64_t{reader_.remaining()} * 8 * tableSize) return endsEarly();
    std::vector<uint8_t> indices = makeImage(frame.width, frame.height, 1).u8;
    LzwDecoder decoder(rootBits, indices.data(), count);
    while (const int size = reader_.u8()) {
      switch (decoder.add(reader_.take(static_cast<uint64_t>(size)))) {
        case LzwDecoder::State::more:
          break;
        case LzwDecoder::State::finished:
          return indices;
        case LzwDecoder::State::endsEarly:
          return endsEarly();
        case LzwDecoder::State::badCode:
          return corrupt("the GIF's data holds a code that is not in its table");
      }
    }
    return endsEarly();
  }

  Image paint(const Frame& frame, const std::vector<uint8_t>& indices) const {
    Image image = makeImage(width_, height_, 3);
    for (size_t i = 0; i < image.u8.size(); i += 3)
      std::copy_n(palette_[unpainted_].begin(), 3, &image.u8[i]);
    const uint8_t* source = indices.data();
    const auto paintRow = [&](int row) {
      uint8_t* target = image.u8.data() + (int64_t{frame.top + row} * width_ + frame.left) * 3;
      for (int x = 0; x < frame.width; ++x, target += 3) std::copy_n(palette_[*source++].begin(), 3, target);
    };
    if (!frame.isInterlaced) {
      for (int row = 0; row < frame.height; ++row) paintRow(row);
      return image;
    }
    constexpr std::array<std::array<int, 2>, 4> passes = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    for (const auto& [start, step] : passes) {
      for (int row = start; row < frame.height; row += step) paintRow(row);
    }
    return image;
  }

  ByteReader reader_;
  const Limits& limits_;
  int width_ = 0, height_ = 0;
  Palette palette_{};     // without any palette in the file: grey
  size_t unpainted_ = 0;  // the index of what the picture does not cover
};

}  // namespace

Result<Image> decodeGif(ByteView bytes, const Limits& limits) { return GifReader(bytes, limits).decode(); }

}  // namespace pith::formats
