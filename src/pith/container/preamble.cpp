// SPDX-License-Identifier: Apache-2.0
#include "pith/container/preamble.h"

#include <algorithm>
#include <optional>
#include <string>

#include "pith/container/layout.h"

namespace pith::format {
namespace {

// Not ASCII, so that a 7-bit channel is noticed; CR LF, so that text-mode copying is; SUB, so that printing stops.
constexpr std::array<uint8_t, 8> magic = {0x8D, 'P', 'I', 'T', 'H', 0x0D, 0x0A, 0x1A};

// Offsets of the preamble's fields, in bytes.
constexpr size_t majorAt = 8, minorAt = 10, featureTypeAt = 12, featureEncodingAt = 14, fileBytesAt = 16, headerOffsetAt = 24, headerBytesAt = 32,
                 featuresOffsetAt = 40, recordCountAt = 48, featureCountAt = 56, headerSha256At = 64, rootSha256At = 96;

template <typename T>
T load(ByteView bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <typename T>
void store(std::span<uint8_t> bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

Status checkIdentity(ByteView file) {
  const size_t known = std::min(file.size(), magic.size());
  if (!std::equal(magic.begin(), magic.begin() + static_cast<ptrdiff_t>(known), file.begin())) {
    return Error{ErrorCode::notAContainer, "the first 8 bytes are not those of a .pith file"};
  }
  if (file.size() < preambleBytes) {
    return Error{ErrorCode::truncatedContainer, "the file has " + std::to_string(file.size()) +
                                                    " bytes; the preamble alone has " + std::to_string(preambleBytes)};
  }
  const uint16_t major = load<uint16_t>(file, majorAt);
  if (major != versionMajor) {
    return Error{ErrorCode::unsupportedVersion, "the file's format is version " + std::to_string(major) +
                                                    "; this program reads version " + std::to_string(versionMajor)};
  }
  if (sha256(file.first(rootSha256At)) != load<Sha256Digest>(file, rootSha256At)) {
    return Error{ErrorCode::hashMismatch, "the preamble does not have the SHA-256 that it states"};
  }
  return {};
}

Status checkLength(const Preamble& preamble, uint64_t fileBytes) {
  if (preamble.fileBytes > fileBytes) {
    return Error{ErrorCode::truncatedContainer, "the file has " + std::to_string(fileBytes) + " bytes of " +
                                                    std::to_string(preamble.fileBytes)};
  }
  if (preamble.fileBytes < preambleBytes) {
    return corrupt("the preamble states a file of " + std::to_string(preamble.fileBytes) + " bytes; it alone has " +
                   std::to_string(preambleBytes));
  }
  return {};
}

Status checkFields(const Preamble& preamble, const Limits& limits) {
  if (preamble.headerOffset != preambleBytes) {
    return corrupt("the header begins at " + std::to_string(preamble.headerOffset) + "; only 128 is allowed");
  }
  if (preamble.headerBytes == 0 || preamble.headerBytes % 8 != 0 ||
      preamble.headerBytes > preamble.fileBytes - preambleBytes) {
    return corrupt("the header has " + std::to_string(preamble.headerBytes) +
                   " bytes; a positive multiple of 8 inside the file is allowed");
  }
  if (preamble.headerBytes > static_cast<uint64_t>(limits.maxHeaderBytes)) {
    return Error{ErrorCode::containerTooLarge, "the header has " + std::to_string(preamble.headerBytes) +
                                                   " bytes; at most " + std::to_string(limits.maxHeaderBytes) +
                                                   " are allowed"};
  }
  if (preamble.recordCount == 0 || preamble.recordCount > maxRecordCount) {
    return corrupt("the file states " + std::to_string(preamble.recordCount) + " records; 1 to " +
                   std::to_string(maxRecordCount) + " are allowed");
  }
  if (preamble.featureCount == 0 || preamble.featureCount > maxFeatureCount) {
    return corrupt("the file states " + std::to_string(preamble.featureCount) + " features; 1 to " +
                   std::to_string(maxFeatureCount) + " are allowed");
  }
  if (!featureTypeOf(preamble.featureType)) {
    return Error{ErrorCode::unsupportedVersion, "the features have the element type " +
                                                    std::to_string(static_cast<int>(preamble.featureType)) +
                                                    "; 1, 2, 3, 9 and 10 are known"};
  }
  if (preamble.featureEncoding > Encoding::zstdShuffled) {
    return Error{ErrorCode::unsupportedVersion, "the features have the encoding " +
                                                    std::to_string(static_cast<int>(preamble.featureEncoding)) +
                                                    "; 0 to 2 are known"};
  }
  return {};
}

}  // namespace

std::array<uint8_t, preambleBytes> encodePreamble(const Preamble& preamble) {
  std::array<uint8_t, preambleBytes> bytes{};
  std::copy(magic.begin(), magic.end(), bytes.begin());
  store(bytes, majorAt, versionMajor);
  store(bytes, minorAt, preamble.minor);
  store(bytes, featureTypeAt, preamble.featureType);
  store(bytes, featureEncodingAt, preamble.featureEncoding);
  store(bytes, fileBytesAt, preamble.fileBytes);
  store(bytes, headerOffsetAt, preamble.headerOffset);
  store(bytes, headerBytesAt, preamble.headerBytes);
  store(bytes, featuresOffsetAt, preamble.featuresOffset);
  store(bytes, recordCountAt, preamble.recordCount);
  store(bytes, featureCountAt, preamble.featureCount);
  store(bytes, headerSha256At, preamble.headerSha256);
  store(bytes, rootSha256At, sha256(ByteView(bytes).first(rootSha256At)));
  return bytes;
}

Result<Preamble> decodePreamble(ByteView file, const Limits& limits) {
  PITH_RETURN_IF_ERROR(checkIdentity(file));
  Preamble preamble;
  preamble.minor = load<uint16_t>(file, minorAt);
  preamble.featureType = load<ElementType>(file, featureTypeAt);
  preamble.featureEncoding = load<Encoding>(file, featureEncodingAt);
  preamble.fileBytes = load<uint64_t>(file, fileBytesAt);
  preamble.headerOffset = load<uint64_t>(file, headerOffsetAt);
  preamble.headerBytes = load<uint64_t>(file, headerBytesAt);
  preamble.featuresOffset = load<uint64_t>(file, featuresOffsetAt);
  preamble.recordCount = load<uint64_t>(file, recordCountAt);
  preamble.featureCount = load<uint64_t>(file, featureCountAt);
  preamble.headerSha256 = load<Sha256Digest>(file, headerSha256At);
  preamble.rootSha256 = load<Sha256Digest>(file, rootSha256At);
  PITH_RETURN_IF_ERROR(checkLength(preamble, file.size()));
  PITH_RETURN_IF_ERROR(checkFields(preamble, limits));
  return preamble;
}

}  // namespace pith::format
