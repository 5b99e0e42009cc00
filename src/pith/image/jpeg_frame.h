// SPDX-License-Identifier: Apache-2.0
/// @file What a JPEG's headers say, and the walk over its entropy-coded data.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"

namespace pith::formats {

/// One Huffman table, ready to read codes.
/// @source ITU-T T.81, annexes C and F.2.2.3
class HuffmanTable {
 public:
  /// @param counts   how many codes there are of each length, 1 to 16
  /// @param symbols  their symbols, in the order of the codes
  /// @return         nothing where the lengths do not make a prefix code
  static std::optional<HuffmanTable> build(const std::array<uint8_t, 16>& counts, ByteView symbols);

  struct Code {
    int length = 0;  // bits; 0 where no code starts like this
    uint8_t symbol = 0;
  };
  /// The code at the top of 16 bits.
  Code find(uint32_t next16) const;

 private:
  static constexpr int fastBits = 9;
  std::array<Code, 1 << fastBits> fast_{};
  std::array<uint32_t, 17> firstCode_{};  // of each length, moved to the top of 16 bits
  std::array<uint32_t, 17> limit_{};      // one past the last code of each length, moved likewise
  std::array<int, 17> firstIndex_{};
  std::array<uint8_t, 256> symbols_{};
};

struct JpegComponent {
  int id = 0;
  int horizontal = 1;  // sampling factors
  int vertical = 1;
  int quantTable = 0;
  int64_t blocksWide = 0;  // where the component is alone in a scan
  int64_t blocksHigh = 0;
  bool isCovered = false;  // a scan with its DC coefficients is complete
  std::vector<uint64_t>
      nonZero;  // progressive: for each block, a bit for each coefficient that is not 0 so far
};

struct JpegFrame {
  int width = 0;
  int height = 0;
  bool isProgressive = false;
  int64_t mcusWide = 0;
  int64_t mcusHigh = 0;
  std::vector<JpegComponent> components;
};

struct JpegScan {
  std::vector<JpegComponent*> components;
  std::vector<const HuffmanTable*> dcTables;  // null where none was defined
  std::vector<const HuffmanTable*> acTables;
  int spectralStart = 0;
  int spectralEnd = 63;
  int successiveHigh = 0;
  int restartInterval = 0;  // MCUs; 0 = none
};

/// Reads every code of a scan without making pixels of it, so that data that ends early is known before
/// memory is taken, and is refused where stb_image would go on with zeros.
/// @param entropy  from the first entropy-coded byte on
/// @return         how many bytes the scan has, up to the marker that follows it
/// @errors         truncatedImage, corruptImage
Result<size_t> walkScan(const JpegFrame& frame, JpegScan& scan, ByteView entropy);

}  // namespace pith::formats
