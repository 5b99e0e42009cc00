// SPDX-License-Identifier: Apache-2.0
/// @file Opens `.pith` files: any bytes go in, a checked header and views of the features come out.
#pragma once

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith {

/// A section of the file as the header describes it.
struct SectionInfo {
  std::string name;
  uint64_t offsetBytes = 0;
  uint64_t lengthBytes = 0;
  Sha256Digest sha256{};
};

/// A container whose structure was checked. Borrows the file's bytes, which must outlive it (they may be a memory map).
class Container {
 public:
  /// Checks the preamble, the header and that every section lies inside the file, without overlap; does not hash the features.
  /// @errors notAContainer, unsupportedVersion, unsupportedSection, truncatedContainer, corruptContainer, hashMismatch
  ///         (of the header), containerTooLarge
  [[nodiscard]] static Result<Container> open(ByteView file, const Limits& limits = {});

  /// Recomputes every section's SHA-256 and checks that every stored feature is finite.
  /// @errors hashMismatch, nonFiniteFeature, corruptContainer
  [[nodiscard]] Status verify() const;

  [[nodiscard]] const ContainerHeader& header() const { return header_; }
  [[nodiscard]] const std::vector<SectionInfo>& sections() const { return sections_; }
  [[nodiscard]] size_t recordCount() const { return header_.records.size(); }
  [[nodiscard]] size_t featureCount() const { return static_cast<size_t>(header_.encoder.featureCount); }

  /// The stored bytes, row-major [recordCount, featureCount], little-endian, in `header().featureType`.
  [[nodiscard]] ByteView rawFeatures() const { return rawFeatures_; }
  /// Row `row` as float32, widened and (i8) scaled. @param row below recordCount; @return [featureCount]
  [[nodiscard]] std::vector<float> features(size_t row) const;

 private:
  ContainerHeader header_;
  std::vector<SectionInfo> sections_;
  ByteView file_;
  ByteView rawFeatures_;
  std::vector<float> scale_;      // i8 only: value = scale * (stored - zeroPoint)
  std::vector<float> zeroPoint_;
};

}  // namespace pith
