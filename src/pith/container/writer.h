// SPDX-License-Identifier: Apache-2.0
/// @file The main path's last step: features, records and descriptions become one `.pith` file.
#pragma once

#include <functional>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith {

/// Takes the file's bytes in order. An error it returns ends the writing and is handed on.
using ByteSink = std::function<Status(ByteView)>;

struct WriteOptions {
  FeatureType featureType = FeatureType::f16;
  /// 32 bytes from which the record ids are drawn: random unless the user asked for reproducible bytes. Never stored.
  std::array<uint8_t, 32> seed{};
  Limits limits{};
};

/// The seed that `--seed N` means: SHA-256 of "pith seed 1" and N as a little-endian u64. Whoever knows N and has the
/// features can compute the record ids; a random seed has no such weakness.
[[nodiscard]] std::array<uint8_t, 32> seedFromNumber(uint64_t number);

/// Collects records and writes them, sorted by their random ids, so that the order of adding leaves no trace. Equal content
/// and an equal seed give equal bytes, whatever the order in which the records were added.
class ContainerWriter {
 public:
  ContainerWriter(DatasetInfo dataset, EncoderInfo encoder, std::vector<LabelColumn> labelColumns);

  /// Checks the descriptions that the constructor took, so that a mistake shows before hours of work. write() does too.
  /// @errors invalidArgument, invalidRecipe, invalidLabel (of a column), containerTooLarge; each says which field
  [[nodiscard]] Status validate() const;

  /// @param features  float32 [encoder.featureCount]; copied
  /// @errors shapeMismatch, nonFiniteFeature, invalidLabel (wrong number or type of labels, index outside the vocabulary,
  ///         a number that is not finite, a text or a name that is too long, not UTF-8 or holds control characters),
  ///         containerTooLarge, outOfMemory
  [[nodiscard]] Status add(Record record, std::span<const float> features);
  [[nodiscard]] size_t recordCount() const { return records_.size(); }

  /// @errors emptyContainer, featureOutOfRange, containerTooLarge, outOfMemory, those of validate() and those of `sink`
  [[nodiscard]] Status write(const WriteOptions& options, const ByteSink& sink) const;
  /// The same, into memory.
  [[nodiscard]] Result<std::vector<uint8_t>> toBytes(const WriteOptions& options) const;

 private:
  DatasetInfo dataset_;
  EncoderInfo encoder_;
  std::vector<LabelColumn> labelColumns_;
  std::vector<Record> records_;
  std::vector<float> features_;  // row-major, one row for each record
};

}  // namespace pith
