// SPDX-License-Identifier: Apache-2.0
#include "pith/container/assembler.h"

#include <algorithm>

#include "pith/container/compress.h"
#include "pith/container/layout.h"
#include "pith/container/preamble.h"
#include "pith/container/section_name.h"

namespace pith::format {
namespace {

/// Joins small pieces, so that a row is not a call of the system.
class Buffer {
 public:
  explicit Buffer(const ByteSink& sink) : sink_(sink) { bytes_.reserve(capacity); }

  Status write(ByteView piece) {
    position_ += piece.size();
    if (bytes_.size() + piece.size() > capacity) PITH_RETURN_IF_ERROR(flush());
    if (piece.size() >= capacity) return sink_(piece);
    bytes_.insert(bytes_.end(), piece.begin(), piece.end());
    return {};
  }

  Status flush() {
    if (bytes_.empty()) return {};
    Status status = sink_(bytes_);
    bytes_.clear();
    return status;
  }

  Status padTo(uint64_t offset) {
    const std::array<uint8_t, alignmentBytes> zeros{};
    return write(ByteView(zeros).first(static_cast<size_t>(offset - position_)));
  }

  [[nodiscard]] uint64_t position() const { return position_; }

 private:
  static constexpr size_t capacity = size_t{1} << 18;
  const ByteSink& sink_;
  std::vector<uint8_t> bytes_;
  uint64_t position_ = 0;
};

/// Hands the compressed chunks of a section on, one after another.
using TakeChunk = std::function<Status(std::vector<uint8_t> chunk)>;

Status deflate(const SectionSource& source, const Compressor& compress, const TakeChunk& take) {
  std::vector<uint8_t> raw;
  raw.reserve(static_cast<size_t>(chunkBytes));
  const auto flush = [&]() -> Status {
    PITH_ASSIGN_OR_RETURN(std::vector<uint8_t> chunk,
                          deflateChunk(compress, source.section.encoding, source.section.type, raw));
    raw.clear();
    return take(std::move(chunk));
  };
  PITH_RETURN_IF_ERROR(source.read([&](ByteView piece) -> Status {
    while (!piece.empty()) {
      const ByteView part = piece.first(std::min(piece.size(), static_cast<size_t>(chunkBytes) - raw.size()));
      raw.insert(raw.end(), part.begin(), part.end());
      piece = piece.subspan(part.size());
      if (raw.size() == chunkBytes) PITH_RETURN_IF_ERROR(flush());
    }
    return {};
  }));
  return raw.empty() ? Status() : flush();
}

/// One section between its measuring and its emission.
class Assembly {
 public:
  explicit Assembly(SectionSource source) : source_(std::move(source)) {}

  /// Finds length, encoding and hash. @param keepBytes  what may still be kept; is lowered by what is
  Status measure(const Compressor& compress, size_t& keepBytes) {
    if (source_.isStored) return {};
    const std::optional<uint64_t> raw = rawBytes(source_.section.type, source_.section.shape);
    if (!raw) return Error{ErrorCode::containerTooLarge, "the section " + source_.section.name + " would be too large"};
    source_.section.encoding = Encoding::raw;
    source_.section.lengthBytes = *raw;
    if (compress && source_.compress && *raw > 0 && source_.section.name != sectionName(SectionKind::id)) {
      PITH_RETURN_IF_ERROR(tryCompressing(compress, *raw, keepBytes));
    }
    if (source_.section.encoding != Encoding::raw) return hash(compress);
    if (source_.rawSha256) {
      source_.section.sha256 = *source_.rawSha256;
      return {};
    }
    return hash(compress);
  }

  Status emit(const Compressor& compress, const ByteSink& sink) const {
    if (source_.isStored || source_.section.encoding == Encoding::raw) return source_.read(sink);
    const ByteView table(reinterpret_cast<const uint8_t*>(lengths_.data()), lengths_.size() * sizeof(uint32_t));
    PITH_RETURN_IF_ERROR(sink(table));
    if (!chunks_.empty()) {
      for (const std::vector<uint8_t>& chunk : chunks_) PITH_RETURN_IF_ERROR(sink(chunk));
      return {};
    }
    return deflate(source_, compress, [&](const std::vector<uint8_t>& chunk) { return sink(chunk); });
  }

  [[nodiscard]] const SectionInfo& section() const { return source_.section; }

 private:
  /// Chooses compression where it helps and is allowed.
  Status tryCompressing(const Compressor& compress, uint64_t raw, size_t& keepBytes) {
    source_.section.encoding = encodingFor(source_.section.type);
    uint64_t length = chunkCount(raw) * sizeof(uint32_t), kept = 0;
    PITH_RETURN_IF_ERROR(deflate(source_, compress, [&](std::vector<uint8_t> chunk) -> Status {
      length += chunk.size();
      lengths_.push_back(static_cast<uint32_t>(chunk.size()));
      kept += chunk.size();
      if (kept <= keepBytes) {
        chunks_.push_back(std::move(chunk));
      } else {
        chunks_.clear();
      }
      return {};
    }));
    if (chunks_.size() != lengths_.size()) chunks_.clear();
    if (length < raw && raw <= maxInflation * length) {
      source_.section.lengthBytes = length;
      if (!chunks_.empty()) keepBytes -= static_cast<size_t>(kept);
    } else {
      source_.section.encoding = Encoding::raw;
      lengths_.clear();
      chunks_.clear();
    }
    return {};
  }

  Status hash(const Compressor& compress) {
    Sha256 digest;
    uint64_t length = 0;
    PITH_RETURN_IF_ERROR(emit(compress, [&](ByteView bytes) -> Status {
      digest.update(bytes);
      length += bytes.size();
      return {};
    }));
    if (length != source_.section.lengthBytes) return Error{ErrorCode::internalError, "a section is not as long as it states"};
    source_.section.sha256 = digest.finish();
    return {};
  }

  SectionSource source_;
  std::vector<uint32_t> lengths_;             // of the compressed chunks
  std::vector<std::vector<uint8_t>> chunks_;  // where they were kept
};

/// Gives the sections their places, which depend on the header's length, which does not depend on them.
/// @return the header's bytes
Result<std::vector<uint8_t>> layOut(HeaderMessage& message, const Limits& limits, Preamble& preamble) {
  placeSections(preambleBytes, message.sections);
  const uint64_t headerBytes = encodeHeader(message).size();
  if (headerBytes > static_cast<uint64_t>(limits.maxHeaderBytes)) {
    return Error{ErrorCode::containerTooLarge, "the header would have " + std::to_string(headerBytes) +
                                                   " bytes; at most " + std::to_string(limits.maxHeaderBytes) +
                                                   " are allowed"};
  }
  preamble.fileBytes = placeSections(preambleBytes + headerBytes, message.sections);
  preamble.headerBytes = headerBytes;
  std::vector<uint8_t> header = encodeHeader(message);
  if (header.size() != headerBytes) return Error{ErrorCode::internalError, "the header's length depends on its content"};
  preamble.headerSha256 = sha256(header);
  const SectionInfo& first = message.sections.front();
  preamble.featuresOffset = first.offsetBytes;
  preamble.featureType = first.type;
  preamble.featureEncoding = first.encoding;
  preamble.recordCount = message.recordCount;
  preamble.featureCount = first.shape.back();
  return header;
}

}  // namespace

SectionSource memorySource(SectionInfo section, ByteView bytes) {
  return {.section = std::move(section), .read = [bytes](const ByteSink& sink) { return bytes.empty() ? Status() : sink(bytes); }};
}

SectionSource storedSource(const SectionInfo& section, ByteView bytes) {
  SectionSource source = memorySource(section, bytes);
  source.isStored = true;
  return source;
}

Status assemble(HeaderMessage message, std::vector<SectionSource> sources, const AssembleOptions& options,
                const ByteSink& sink) {
  if (sources.empty() || sources.size() > maxSections) {
    return Error{ErrorCode::containerTooLarge, std::to_string(sources.size()) + " sections; 1 to " +
                                                   std::to_string(maxSections) + " are allowed"};
  }
  std::vector<Assembly> assemblies;
  size_t keepBytes = options.keepBytes;
  message.sections.clear();
  for (SectionSource& source : sources) {
    assemblies.emplace_back(std::move(source));
    PITH_RETURN_IF_ERROR(assemblies.back().measure(options.compress, keepBytes));
    message.sections.push_back(assemblies.back().section());
  }
  Preamble preamble;
  PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> header, layOut(message, options.limits, preamble));

  Buffer buffer(sink);
  PITH_RETURN_IF_ERROR(buffer.write(encodePreamble(preamble)));
  PITH_RETURN_IF_ERROR(buffer.write(header));
  for (size_t i = 0; i < assemblies.size(); ++i) {
    const SectionInfo& section = message.sections[i];
    PITH_RETURN_IF_ERROR(buffer.padTo(section.offsetBytes));
    PITH_RETURN_IF_ERROR(assemblies[i].emit(options.compress, [&](ByteView bytes) { return buffer.write(bytes); }));
    if (buffer.position() != section.offsetBytes + section.lengthBytes) {
      return Error{ErrorCode::internalError, "the section " + section.name + " gave other bytes than before"};
    }
  }
  return buffer.flush();
}

}  // namespace pith::format
