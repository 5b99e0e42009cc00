// SPDX-License-Identifier: Apache-2.0
/// @file Opens `.pith` files: any bytes go in, a checked header and views of the values come out.
#pragma once

#include <memory>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/container/signature.h"

namespace pith {

/// A container whose structure was checked. Borrows the file's bytes, which must outlive it (they may be a memory map).
/// Nothing is built for each record; a million records open in the time that checking their columns takes.
class Container {
 public:
  /// Checks the preamble, the header, that the sections fill the file without gap or overlap, and every record's values;
  /// does not hash the sections, which verify() does. Memory: the header, and the columns that are compressed.
  /// @errors notAContainer, unsupportedVersion, unsupportedSection, truncatedContainer, corruptContainer, hashMismatch
  ///         (of the preamble or the header), containerTooLarge, outOfMemory
  [[nodiscard]] static Result<Container> open(ByteView file, const Limits& limits = {});

  /// Recomputes every section's SHA-256, checks that every stored feature is finite and that moments are right, and that
  /// every signature is valid. After this and open(), every bit of the file is the one that was written.
  /// @errors hashMismatch, nonFiniteFeature, corruptContainer
  [[nodiscard]] Status verify() const;

  [[nodiscard]] const ContainerHeader& header() const;
  /// All sections in the file's order, those that this version does not know included.
  [[nodiscard]] const std::vector<SectionInfo>& sections() const;
  /// SHA-256 that covers the whole file through the header's hash and the sections'; the same for equal files only.
  [[nodiscard]] const Sha256Digest& rootSha256() const;
  [[nodiscard]] const std::vector<Signature>& signatures() const;
  [[nodiscard]] size_t recordCount() const;
  /// D of a block.
  [[nodiscard]] size_t featureCount(size_t block = 0) const;

  /// Everything about one record but its features. @param row below recordCount
  [[nodiscard]] Record record(size_t row) const;
  [[nodiscard]] RecordId id(size_t row) const;
  [[nodiscard]] std::optional<uint32_t> group(size_t grouping, size_t row) const;
  [[nodiscard]] std::optional<uint8_t> part(size_t split, size_t row) const;
  [[nodiscard]] LabelValue label(size_t column, size_t row) const;
  [[nodiscard]] bool hasNames() const;

  /// Row `row` of a block as float32, widened and (i8, i4) scaled. Of a compressed block one chunk is kept inflated, so
  /// that rows in the file's order cost little.
  /// @param out  [featureCount(block)], every element is written
  /// @errors corruptContainer where a compressed chunk does not inflate
  [[nodiscard]] Status readFeatures(size_t block, size_t row, std::span<float> out) const;
  /// The same, copied out: of a block that is not compressed it cannot fail.
  [[nodiscard]] Result<std::vector<float>> features(size_t row, size_t block = 0) const;
  /// The stored row, rowBytes(type, featureCount) bytes; valid until the next call for a compressed block.
  [[nodiscard]] Result<ByteView> storedRow(size_t block, size_t row) const;
  /// The stored bytes of a whole block, as they lie in the file (see its section's encoding).
  [[nodiscard]] ByteView storedFeatures(size_t block) const;
  /// [featureCount], for i8 and i4; empty for other types.
  [[nodiscard]] std::span<const float> scale(size_t block) const;
  [[nodiscard]] std::span<const float> zeroPoint(size_t block) const;
  /// [4, featureCount]: mean, standard deviation, minimum, maximum; empty where the file has none.
  [[nodiscard]] std::span<const float> moments(size_t block) const;
  /// [P, featureCount]; empty where the file has none.
  [[nodiscard]] std::span<const float> probe(size_t block) const;
  /// @errors corruptContainer where a compressed document does not inflate
  [[nodiscard]] Result<std::vector<uint8_t>> document(size_t k) const;
  /// Bytes as stored of any section.
  [[nodiscard]] ByteView sectionBytes(const SectionInfo& section) const;

  Container(Container&&) noexcept;
  Container& operator=(Container&&) noexcept;
  ~Container();

 private:
  struct Impl;
  explicit Container(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pith
