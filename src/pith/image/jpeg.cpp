// SPDX-License-Identifier: Apache-2.0
// The segments are read and every entropy-coded code is walked here; stb_image then gets a stream of what was
// checked and nothing else, with an end marker.
#include <algorithm>
#include <memory>
#include <string_view>

#include "pith/image/formats.h"
#include "pith/image/jpeg_frame.h"
#include "pith/image/jpeg_standard_tables.h"
#include "pith/image/stb_decode.h"

namespace pith::formats {
namespace {

// Marker codes of T.81, table B.1.
constexpr int sof0 = 0xC0, sof2 = 0xC2, dht = 0xC4, jpg = 0xC8, dac = 0xCC, sof15 = 0xCF, rst0 = 0xD0,
              soi = 0xD8, eoi = 0xD9, sos = 0xDA, dqt = 0xDB, dnl = 0xDC, dri = 0xDD, app0 = 0xE0,
              app1 = 0xE1, app14 = 0xEE, app15 = 0xEF, com = 0xFE, tem = 0x01;
/// A progressive picture of three components is written in about ten scans; each costs a pass over all
/// blocks.
constexpr int maxScans = 100;

bool isFrame(int marker) {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}
bool isRestart(int marker) { return marker >= rst0 && marker < soi; }
bool startsWith(ByteView body, std::string_view text) {
  return body.size() >= text.size() && asText(body.first(text.size())) == text;
}

class JpegReader {
 public:
  JpegReader(ByteView bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

  Result<Decoded> decode() {
    emitMarker(soi);
    PITH_RETURN_IF_ERROR(readSegments());
    emitMarker(eoi);
    PITH_ASSIGN_OR_RETURN(Image image, stbDecodeJpeg(clean_, memoryBytes()));
    return Decoded{std::move(image), orientation_};
  }

 private:
  Status readSegments() {
    position_ = 2;
    for (;;) {
      const int marker = nextMarker();
      if (marker < 0) return endWithoutMarker();
      if (marker == eoi) return scanCount_ > 0 ? checkCovered() : corrupt("the JPEG has no pixels (SOS)");
      if (marker == soi || marker == tem || isRestart(marker)) continue;
      ByteReader lengthReader(bytes_, position_);
      const int length = lengthReader.u16be();
      if (lengthReader.failed()) return truncated("the JPEG ends inside a segment");
      if (length < 2)
        return corrupt("a JPEG segment of " + std::to_string(length) + " bytes; at least 2 are needed");
      const ByteView body = lengthReader.take(static_cast<uint64_t>(length) - 2);
      if (lengthReader.failed()) return truncated("the JPEG ends inside a segment");
      const ByteView segment = bytes_.subspan(position_, static_cast<size_t>(length));
      position_ = lengthReader.position();
      PITH_RETURN_IF_ERROR(readSegment(marker, body, segment));
    }
  }

  /// The next marker's code, or -1 at the end. Bytes that are no marker are passed over.
  int nextMarker() {
    while (position_ + 1 < bytes_.size()) {
      const uint8_t code = bytes_[position_ + 1];
      if (bytes_[position_] == 0xFF && code != 0x00 && code != 0xFF) {
        position_ += 2;
        return code;
      }
      ++position_;
    }
    return -1;
  }

  Status endWithoutMarker() {
    if (scanCount_ == 0 || frame_.isProgressive) return truncated("the JPEG ends without its end marker");
    return checkCovered();
  }

  /// A sequential picture is complete when each component had its scan; in a progressive one, what is missing
  /// is 0.
  Status checkCovered() {
    const auto isCovered = [](const JpegComponent& component) { return component.isCovered; };
    if (frame_.isProgressive || std::all_of(frame_.components.begin(), frame_.components.end(), isCovered))
      return {};
    return truncated("the JPEG ends before the scans of all its components");
  }

  Status readSegment(int marker, ByteView body, ByteView segment) {
    if (isFrame(marker)) {
      PITH_RETURN_IF_ERROR(readFrame(marker, body));
    } else if (marker == dht) {
      PITH_RETURN_IF_ERROR(readHuffmanTables(body));
    } else if (marker == dqt) {
      PITH_RETURN_IF_ERROR(readQuantTables(body));
    } else if (marker == dri) {
      if (body.size() != 2)
        return corrupt("a JPEG restart interval of " + std::to_string(body.size()) + " bytes; allowed are 2");
      restartInterval_ = ByteReader(body).u16be();
    } else if (marker == sos) {
      return readScan(body, segment);
    } else if (marker == dac) {
      return unsupported("JPEG with arithmetic coding; allowed is Huffman coding");
    } else if (marker == app1) {
      if (!hasExif_ && startsWith(body, std::string_view("Exif\0\0", 6))) {
        hasExif_ = true;
        orientation_ = exifOrientation(body.subspan(6));
      }
      return {};
    } else if (marker == dnl) {
      return {};  // a height of 0, which would need it, is refused
    } else if ((marker < app0 || marker > app15) && marker != com) {
      return corrupt("a JPEG segment of a kind that the standard does not have");
    }
    // Of the others only those count that tell how the colours are stored.
    const bool isColour = (marker == app0 && startsWith(body, std::string_view("JFIF\0", 5))) ||
                          (marker == app14 && startsWith(body, "Adobe"));
    if (marker >= app0 && !isColour) return {};
    emitMarker(marker);
    emit(segment);
    return {};
  }

  Status readFrame(int marker, ByteView body) {
    if (marker > sof2) {
      return unsupported("JPEG of process SOF" + std::to_string(marker - sof0) +
                         " (lossless, hierarchical or arithmetic); allowed are SOF0, SOF1 and SOF2");
    }
    if (!frame_.components.empty()) return corrupt("the JPEG has two frames");
    ByteReader reader(body);
    const int precision = reader.u8(), height = reader.u16be(), width = reader.u16be(), count = reader.u8();
    if (reader.failed() || body.size() != static_cast<size_t>(6 + 3 * count)) {
      return corrupt("the JPEG's frame header has " + std::to_string(body.size()) +
                     " bytes; its content needs another number");
    }
    if (height == 0 && width > 0)
      return unsupported("JPEG with its height after the pixels (DNL); allowed is a height in the header");
    PITH_RETURN_IF_ERROR(checkExtents(width, height, limits_));
    if (precision != 8)
      return unsupported("JPEG with " + std::to_string(precision) + " bits a sample; allowed are 8");
    if (count == 4)
      return Error{ErrorCode::cmykImage, "the JPEG has 4 components (CMYK or YCCK); allowed are 1 and 3"};
    if (count != 1 && count != 3)
      return unsupported("JPEG with " + std::to_string(count) + " components; allowed are 1 and 3");
    frame_.width = width;
    frame_.height = height;
    frame_.isProgressive = marker == sof2;
    return readComponents(reader, count);
  }

  Status readComponents(ByteReader& reader, int count) {
    int horizontalMax = 1, verticalMax = 1;
    for (int i = 0; i < count; ++i) {
      JpegComponent component;
      component.id = reader.u8();
      const int sampling = reader.u8();
      component.horizontal = sampling >> 4;
      component.vertical = sampling & 15;
      component.quantTable = reader.u8();
      const auto inRange = [](int factor) { return factor >= 1 && factor <= 4; };
      if (!inRange(component.horizontal) || !inRange(component.vertical) || component.quantTable > 3) {
        return corrupt("JPEG sampling factors or a table number that the standard does not have");
      }
      horizontalMax = std::max(horizontalMax, component.horizontal);
      verticalMax = std::max(verticalMax, component.vertical);
      frame_.components.push_back(component);
    }
    frame_.mcusWide = (frame_.width + 8 * horizontalMax - 1) / (8 * horizontalMax);
    frame_.mcusHigh = (frame_.height + 8 * verticalMax - 1) / (8 * verticalMax);
    for (JpegComponent& component : frame_.components) {
      if (horizontalMax % component.horizontal != 0 || verticalMax % component.vertical != 0) {
        return unsupported("JPEG with sampling factors that are no multiples of each other");
      }
      const int64_t width =
          (int64_t{frame_.width} * component.horizontal + horizontalMax - 1) / horizontalMax;
      const int64_t height = (int64_t{frame_.height} * component.vertical + verticalMax - 1) / verticalMax;
      component.blocksWide = (width + 7) / 8;
      component.blocksHigh = (height + 7) / 8;
    }
    return {};
  }

  Status useStandardTables() {
    constexpr size_t lengthBytes = standardHuffmanTables.size() + 2;
    emitMarker(dht);
    clean_.push_back(static_cast<uint8_t>(lengthBytes >> 8));
    clean_.push_back(static_cast<uint8_t>(lengthBytes & 0xFF));
    emit(standardHuffmanTables);
    return readHuffmanTables(standardHuffmanTables);
  }

  Status readHuffmanTables(ByteView body) {
    hasHuffmanTables_ = true;
    ByteReader reader(body);
    while (reader.remaining() > 0) {
      const int kindAndSlot = reader.u8();
      const int kind = kindAndSlot >> 4, slot = kindAndSlot & 15;
      std::array<uint8_t, 16> counts{};
      size_t symbolCount = 0;
      for (uint8_t& count : counts) symbolCount += count = reader.u8();
      const ByteView symbols = reader.take(symbolCount);
      if (reader.failed() || kind > 1 || slot > 3 || symbolCount > 256)
        return corrupt("a JPEG Huffman table is malformed");
      const std::optional<HuffmanTable> table = HuffmanTable::build(counts, symbols);
      if (!table) return corrupt("the code lengths of a JPEG Huffman table make no code");
      (kind == 0 ? dcTables_ : acTables_)[static_cast<size_t>(slot)] = std::make_unique<HuffmanTable>(*table);
    }
    return {};
  }

  Status readQuantTables(ByteView body) {
    ByteReader reader(body);
    while (reader.remaining() > 0) {
      const int precisionAndSlot = reader.u8();
      const int precision = precisionAndSlot >> 4, slot = precisionAndSlot & 15;
      reader.take(precision == 0 ? 64 : 128);
      if (reader.failed() || precision > 1 || slot > 3)
        return corrupt("a JPEG quantisation table is malformed");
      hasQuantTable_[static_cast<size_t>(slot)] = true;
    }
    return {};
  }

  Status readScan(ByteView body, ByteView segment) {
    if (frame_.components.empty()) return corrupt("the JPEG has pixels before its frame header");
    if (++scanCount_ > maxScans)
      return unsupported("JPEG with more than " + std::to_string(maxScans) + " scans");
    if (!hasHuffmanTables_) PITH_RETURN_IF_ERROR(useStandardTables());
    JpegScan scan;
    PITH_RETURN_IF_ERROR(readScanHeader(body, scan));
    PITH_ASSIGN_OR_RETURN(const size_t entropyBytes, walkScan(frame_, scan, bytes_.subspan(position_)));
    emitMarker(sos);
    emit(segment);
    emit(bytes_.subspan(position_, entropyBytes));
    position_ += entropyBytes;
    if (scan.spectralStart == 0 && scan.successiveHigh == 0) {
      for (JpegComponent* component : scan.components) component->isCovered = true;
    }
    return {};
  }

  Status readScanHeader(ByteView body, JpegScan& scan) {
    ByteReader reader(body);
    const int count = reader.u8();
    if (count < 1 || count > 4 || body.size() != static_cast<size_t>(4 + 2 * count)) {
      return corrupt("a JPEG scan of " + std::to_string(count) + " components in a header of " +
                     std::to_string(body.size()) + " bytes");
    }
    std::vector<std::pair<int, int>> slots;
    for (int i = 0; i < count; ++i) {
      const int id = reader.u8(), tables = reader.u8();
      const auto component = std::find_if(frame_.components.begin(), frame_.components.end(),
                                          [&](const JpegComponent& each) { return each.id == id; });
      if (component == frame_.components.end() || (tables >> 4) > 3 || (tables & 15) > 3 ||
          std::find(scan.components.begin(), scan.components.end(), &*component) != scan.components.end()) {
        return corrupt("a JPEG scan names a component or a table that does not exist");
      }
      if (!hasQuantTable_[static_cast<size_t>(component->quantTable)])
        return corrupt("a JPEG scan lacks its quantisation table");
      scan.components.push_back(&*component);
      slots.emplace_back(tables >> 4, tables & 15);
    }
    scan.spectralStart = reader.u8();
    scan.spectralEnd = reader.u8();
    const int successive = reader.u8();
    scan.successiveHigh = successive >> 4;
    scan.restartInterval = restartInterval_;
    PITH_RETURN_IF_ERROR(checkProgression(scan, successive & 15));
    return findTables(scan, slots);
  }

  Status checkProgression(JpegScan& scan, int successiveLow) {
    const bool isAc = scan.spectralStart > 0;
    if (!frame_.isProgressive) {
      if (isAc || scan.successiveHigh != 0 || successiveLow != 0)
        return corrupt("a sequential JPEG with a progressive scan");
      return {};
    }
    const bool isRange = scan.spectralStart <= scan.spectralEnd && scan.spectralEnd <= 63;
    if (!isRange || (!isAc && scan.spectralEnd != 0) || (isAc && scan.components.size() != 1) ||
        scan.successiveHigh > 13 || successiveLow > 13) {
      return corrupt("a progressive JPEG scan of coefficients " + std::to_string(scan.spectralStart) +
                     " to " + std::to_string(scan.spectralEnd) + " that the standard does not allow");
    }
    if (isAc && scan.components[0]->nonZero.empty()) {
      JpegComponent& component = *scan.components[0];
      const int64_t blocks = frame_.mcusWide * frame_.mcusHigh * component.horizontal * component.vertical;
      component.nonZero.resize(static_cast<size_t>(blocks));
    }
    return {};
  }

  Status findTables(JpegScan& scan, const std::vector<std::pair<int, int>>& slots) {
    const bool needsDc = scan.spectralStart == 0 && scan.successiveHigh == 0;
    const bool needsAc = !frame_.isProgressive || scan.spectralStart > 0;
    for (const auto& [dcSlot, acSlot] : slots) {
      scan.dcTables.push_back(dcTables_[static_cast<size_t>(dcSlot)].get());
      scan.acTables.push_back(acTables_[static_cast<size_t>(acSlot)].get());
      if ((needsDc && !scan.dcTables.back()) || (needsAc && !scan.acTables.back())) {
        return corrupt("a JPEG scan lacks its Huffman table");
      }
    }
    return {};
  }

  /// What stb_image holds at once: planes, the coefficients of a progressive picture, its tables.
  uint64_t memoryBytes() const {
    uint64_t bytes = 0;
    for (const JpegComponent& component : frame_.components) {
      const int64_t samples =
          frame_.mcusWide * frame_.mcusHigh * component.horizontal * component.vertical * 64;
      bytes += static_cast<uint64_t>(samples) * (frame_.isProgressive ? 3 : 1);
    }
    return bytes + (uint64_t{1} << 16);
  }

  void emitMarker(int marker) {
    clean_.push_back(0xFF);
    clean_.push_back(static_cast<uint8_t>(marker));
  }
  void emit(ByteView bytes) { clean_.insert(clean_.end(), bytes.begin(), bytes.end()); }

  ByteView bytes_;
  const Limits& limits_;
  size_t position_ = 0;
  JpegFrame frame_;
  std::array<std::unique_ptr<HuffmanTable>, 4> dcTables_;
  std::array<std::unique_ptr<HuffmanTable>, 4> acTables_;
  std::array<bool, 4> hasQuantTable_{};
  bool hasHuffmanTables_ = false;
  int restartInterval_ = 0;
  int scanCount_ = 0;
  int orientation_ = 1;
  bool hasExif_ = false;
  std::vector<uint8_t> clean_;
};

}  // namespace

Result<Decoded> decodeJpeg(ByteView bytes, const Limits& limits) {
  return JpegReader(bytes, limits).decode();
}

}  // namespace pith::formats
