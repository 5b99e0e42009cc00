// SPDX-License-Identifier: Apache-2.0
/// @file Opens `.pith` files: any bytes go in, a checked header and views of the features come out.
#pragma once

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/container/narrow.h"

namespace pith {

/// A container whose structure was checked. Borrows the file's bytes, which must outlive it (they may be a memory map).
class Container {
 public:
  /// Checks the preamble, the header, that the sections fill the file without gap or overlap, and every record's values;
  /// does not hash the sections, which verify() does. Takes memory in proportion to the file without its features.
  /// @errors notAContainer, unsupportedVersion, unsupportedSection, truncatedContainer, corruptContainer, hashMismatch
  ///         (of the preamble or the header), containerTooLarge, outOfMemory
  [[nodiscard]] static Result<Container> open(ByteView file, const Limits& limits = {});

  /// Recomputes every section's SHA-256 and checks that every stored feature is finite. After this and open(), every bit
  /// of the file is the one that was written.
  /// @errors hashMismatch, nonFiniteFeature
  [[nodiscard]] Status verify() const;

  [[nodiscard]] const ContainerHeader& header() const { return header_; }
  /// All sections in the file's order, those that this version does not know included.
  [[nodiscard]] const std::vector<SectionInfo>& sections() const { return sections_; }
  /// SHA-256 that covers the whole file through the header's hash and the sections'; the same for equal files only.
  [[nodiscard]] const Sha256Digest& rootSha256() const { return rootSha256_; }
  [[nodiscard]] size_t recordCount() const { return header_.records.size(); }
  [[nodiscard]] size_t featureCount() const { return static_cast<size_t>(header_.encoder.featureCount); }

  /// The stored bytes, row-major [recordCount, featureCount], little-endian, in `header().featureType`.
  [[nodiscard]] ByteView rawFeatures() const { return rawFeatures_; }
  /// Row `row` as float32, widened and (i8) scaled. @param row below recordCount; @return [featureCount]
  [[nodiscard]] std::vector<float> features(size_t row) const;

 private:
  Container() = default;
  static Result<Container> read(ByteView file, const Limits& limits);
  void widen(size_t row, std::span<float> out) const;

  ContainerHeader header_;
  std::vector<SectionInfo> sections_;
  ByteView file_;
  ByteView rawFeatures_;
  Sha256Digest rootSha256_{};
  format::I8Parameters i8_;  // empty unless featureType is i8
};

}  // namespace pith
