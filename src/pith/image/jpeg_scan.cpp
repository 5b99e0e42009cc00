// SPDX-License-Identifier: Apache-2.0
#include "pith/image/formats.h"
#include "pith/image/jpeg_frame.h"

namespace pith::formats {

std::optional<HuffmanTable> HuffmanTable::build(const std::array<uint8_t, 16>& counts, ByteView symbols) {
  HuffmanTable table;
  uint32_t code = 0;
  int index = 0;
  for (int length = 1; length <= 16; ++length) {
    const int count = counts[static_cast<size_t>(length - 1)];
    const auto slot = static_cast<size_t>(length);
    table.firstCode_[slot] = code << (16 - length);
    table.firstIndex_[slot] = index;
    code += static_cast<uint32_t>(count);
    if (code > (uint32_t{1} << length) || static_cast<size_t>(index + count) > symbols.size())
      return std::nullopt;
    table.limit_[slot] = code << (16 - length);
    index += count;
    code <<= 1;
  }
  for (size_t i = 0; i < symbols.size() && i < table.symbols_.size(); ++i) table.symbols_[i] = symbols[i];
  for (uint32_t top = 0; top < (1u << fastBits); ++top) {
    const Code found = table.find(top << (16 - fastBits));
    if (found.length <= fastBits) table.fast_[top] = found;
  }
  return table;
}

HuffmanTable::Code HuffmanTable::find(uint32_t next16) const {
  const Code& fast = fast_[next16 >> (16 - fastBits)];
  if (fast.length > 0) return fast;
  for (size_t length = 1; length <= 16; ++length) {
    if (next16 < limit_[length] && next16 >= firstCode_[length]) {
      const auto index =
          static_cast<size_t>(firstIndex_[length]) + ((next16 - firstCode_[length]) >> (16 - length));
      return {static_cast<int>(length), symbols_[index & 0xFF]};
    }
  }
  return {};
}

namespace {

enum class Fault : uint8_t { none, endsEarly, badCode, badRestart };

/// Bits up to the next marker; stuffed zero bytes are taken out.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  uint32_t peek16() {
    if (bitCount_ < 16) fill();
    return static_cast<uint32_t>(bits_ >> 48);
  }
  /// At most 16 bits.
  void skip(int count) {
    if (bitCount_ < count) fill();
    if (bitCount_ < count) {
      bits_ = 0;
      bitCount_ = 0;
      return fail(Fault::endsEarly);
    }
    bits_ <<= count;
    bitCount_ -= count;
  }
  uint32_t read(int count) {
    if (count == 0) return 0;
    const uint32_t value = peek16() >> (16 - count);
    skip(count);
    return value;
  }
  int symbol(const HuffmanTable& table) {
    const HuffmanTable::Code code = table.find(peek16());
    if (code.length == 0) {
      fail(bitCount_ < 16 && atMarker_ ? Fault::endsEarly : Fault::badCode);
      return 0;
    }
    skip(code.length);
    return code.symbol;
  }
  /// Goes on behind a restart marker. Some cameras write whole bytes of padding; with 24 bits of it at hand,
  /// stb_image does not look for the marker and leaves the rest of the picture black.
  void restart() {
    fill();
    if (bitCount_ >= 24 || !atMarker_) return fail(Fault::badRestart);
    size_t marker = position_;
    while (marker < bytes_.size() && bytes_[marker] == 0xFF) ++marker;
    if (marker >= bytes_.size() || bytes_[marker] == 0xD9) return fail(Fault::endsEarly);
    if (bytes_[marker] < 0xD0 || bytes_[marker] > 0xD7) return fail(Fault::badRestart);
    position_ = marker + 1;
    bits_ = 0;
    bitCount_ = 0;
    atMarker_ = false;
  }
  void fail(Fault fault) {
    if (fault_ == Fault::none) fault_ = fault;
  }
  Fault fault() const { return fault_; }
  /// Where the marker after the scan lies; bytes that belong to nothing are passed over.
  size_t endOfScan() {
    while (position_ < bytes_.size() && !isMarker(position_)) ++position_;
    return position_;
  }

 private:
  bool isMarker(size_t at) const {
    return bytes_[at] == 0xFF &&
           (at + 1 >= bytes_.size() || (bytes_[at + 1] != 0x00 && bytes_[at + 1] != 0xFF));
  }
  void fill() {
    while (bitCount_ <= 56 && !atMarker_) {
      if (position_ >= bytes_.size()) {
        atMarker_ = true;
        return;
      }
      const uint8_t byte = bytes_[position_];
      size_t next = position_ + 1;
      if (byte == 0xFF) {
        while (next < bytes_.size() && bytes_[next] == 0xFF) ++next;
        if (next >= bytes_.size() || bytes_[next] != 0x00) {
          atMarker_ = true;
          return;
        }
        ++next;
      }
      position_ = next;
      bits_ |= uint64_t{byte} << (56 - bitCount_);
      bitCount_ += 8;
    }
  }

  ByteView bytes_;
  size_t position_ = 0;
  uint64_t bits_ = 0;  // the next bits at the top, zeros below
  int bitCount_ = 0;
  bool atMarker_ = false;
  Fault fault_ = Fault::none;
};

/// Reads the blocks of one scan. Each function follows one flow chart of T.81, annexes F and G.
class ScanWalker {
 public:
  ScanWalker(const JpegFrame& frame, JpegScan& scan, ByteView entropy)
      : frame_(frame), scan_(scan), reader_(entropy) {}

  Result<size_t> walk() {
    const bool isInterleaved = scan_.components.size() > 1;
    const JpegComponent& first = *scan_.components[0];
    const int64_t mcuCount =
        isInterleaved ? frame_.mcusWide * frame_.mcusHigh : first.blocksWide * first.blocksHigh;
    int untilRestart = scan_.restartInterval;
    for (int64_t mcu = 0; mcu < mcuCount && reader_.fault() == Fault::none; ++mcu) {
      if (scan_.restartInterval > 0 && untilRestart-- == 0) {
        reader_.restart();
        endOfBandRun_ = 0;
        untilRestart = scan_.restartInterval - 1;
      }
      if (isInterleaved) {
        walkInterleaved(mcu);
      } else {
        walkBlock(0, (mcu / first.blocksWide) * storedBlocksWide(first) + mcu % first.blocksWide);
      }
    }
    switch (reader_.fault()) {
      case Fault::none:
        return reader_.endOfScan();
      case Fault::endsEarly:
        return truncated("the JPEG's data ends before its last block");
      case Fault::badCode:
        return corrupt("the JPEG's data holds a code that its tables do not have");
      case Fault::badRestart:
        break;
    }
    return corrupt("the JPEG's data has no restart marker where one must be");
  }

 private:
  int64_t storedBlocksWide(const JpegComponent& component) const {
    return frame_.mcusWide * component.horizontal;
  }

  void walkInterleaved(int64_t mcu) {
    const int64_t mcuColumn = mcu % frame_.mcusWide, mcuRow = mcu / frame_.mcusWide;
    for (size_t i = 0; i < scan_.components.size(); ++i) {
      const JpegComponent& component = *scan_.components[i];
      for (int y = 0; y < component.vertical; ++y) {
        for (int x = 0; x < component.horizontal; ++x) {
          walkBlock(i, (mcuRow * component.vertical + y) * storedBlocksWide(component) +
                           mcuColumn * component.horizontal + x);
        }
      }
    }
  }

  void walkBlock(size_t i, int64_t block) {
    if (!frame_.isProgressive) return walkBaseline(*scan_.dcTables[i], *scan_.acTables[i]);
    if (scan_.spectralStart == 0) {
      if (scan_.successiveHigh == 0) {
        walkDc(*scan_.dcTables[i]);
      } else {
        reader_.skip(1);
      }
      return;
    }
    uint64_t& nonZero = scan_.components[i]->nonZero[static_cast<size_t>(block)];
    if (scan_.successiveHigh == 0) {
      walkAcFirst(*scan_.acTables[i], nonZero);
    } else {
      walkAcRefinement(*scan_.acTables[i], nonZero);
    }
  }

  void walkDc(const HuffmanTable& table) {
    const int size = reader_.symbol(table);
    if (size > 15) return reader_.fail(Fault::badCode);
    reader_.skip(size);
  }

  void walkBaseline(const HuffmanTable& dc, const HuffmanTable& ac) {
    walkDc(dc);
    for (int k = 1; k < 64 && reader_.fault() == Fault::none;) {
      const int symbol = reader_.symbol(ac);
      const int run = symbol >> 4, size = symbol & 15;
      if (size == 0) {
        if (run != 15) return;
        k += 16;
      } else {
        k += run + 1;
        reader_.skip(size);
      }
    }
  }

  void walkAcFirst(const HuffmanTable& ac, uint64_t& nonZero) {
    if (endOfBandRun_ > 0) {
      --endOfBandRun_;
      return;
    }
    for (int k = scan_.spectralStart; k <= scan_.spectralEnd && reader_.fault() == Fault::none;) {
      const int symbol = reader_.symbol(ac);
      const int run = symbol >> 4, size = symbol & 15;
      if (size == 0) {
        if (run < 15) {
          endOfBandRun_ = (1u << run) - 1 + reader_.read(run);
          return;
        }
        k += 16;
      } else {
        k += run;
        if (k <= 63) nonZero |= uint64_t{1} << k;
        reader_.skip(size);
        ++k;
      }
    }
  }

  /// Passes over coefficients from k on until `zeros` + 1 that are still 0 were seen; each other one has a
  /// bit.
  int passCoefficients(int k, int zeros, uint64_t nonZero) {
    for (; k <= scan_.spectralEnd && reader_.fault() == Fault::none; ++k) {
      if ((nonZero >> k) & 1) {
        reader_.skip(1);
      } else if (zeros-- == 0) {
        return k;
      }
    }
    return k;
  }

  void walkAcRefinement(const HuffmanTable& ac, uint64_t& nonZero) {
    constexpr int allOfBand = 64;
    int k = scan_.spectralStart;
    while (endOfBandRun_ == 0 && k <= scan_.spectralEnd && reader_.fault() == Fault::none) {
      const int symbol = reader_.symbol(ac);
      const int run = symbol >> 4, size = symbol & 15;
      if (size > 1) return reader_.fail(Fault::badCode);
      if (size == 0 && run < 15) {
        endOfBandRun_ = (1u << run) + reader_.read(run);
        break;
      }
      if (size == 1) reader_.skip(1);
      k = passCoefficients(k, run, nonZero);
      if (size == 1 && k <= scan_.spectralEnd) nonZero |= uint64_t{1} << k;
      ++k;
    }
    if (endOfBandRun_ > 0) {
      passCoefficients(k, allOfBand, nonZero);
      --endOfBandRun_;
    }
  }

  const JpegFrame& frame_;
  JpegScan& scan_;
  BitReader reader_;
  uint32_t endOfBandRun_ = 0;
};

}  // namespace

Result<size_t> walkScan(const JpegFrame& frame, JpegScan& scan, ByteView entropy) {
  return ScanWalker(frame, scan, entropy).walk();
}

}  // namespace pith::formats
