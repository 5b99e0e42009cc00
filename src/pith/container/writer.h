// SPDX-License-Identifier: Apache-2.0
/// @file The main path's last step: features, records and descriptions become one `.pith` file.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith {

/// Takes the file's bytes in order. An error it returns ends the writing and is handed on.
using ByteSink = std::function<Status(ByteView)>;

/// Where the writer keeps rows of float32 until their order is known: in memory, or (the command line) in a nameless file.
class RowStore {
 public:
  virtual ~RowStore() = default;
  /// @param row  all blocks' features of one record, one after another
  [[nodiscard]] virtual Status append(std::span<const float> row) = 0;
  [[nodiscard]] virtual Status read(size_t index, std::span<float> row) const = 0;
};
[[nodiscard]] std::unique_ptr<RowStore> makeMemoryStore();

/// Compresses chunks; nothing but the programs that want it links the compressor. container/compress.h has zstd's.
using Compressor = std::function<Result<std::vector<uint8_t>>(ByteView)>;

struct WriteOptions {
  /// 32 bytes from which the record ids are drawn: random unless the user asked for reproducible bytes. Never stored.
  std::array<uint8_t, 32> seed{};
  /// Takes Record::id as it is, for files that are derived from others. Ids must differ.
  bool keepIds = false;
  /// "features/i/moments"
  bool moments = true;
  /// Empty: every section is raw. Sections that would not become smaller stay raw, and those that would become more than
  /// 64 times smaller.
  Compressor compress{};
  Limits limits{};
};

/// The seed that `--seed N` means: SHA-256 of "pith seed 1" and N as a little-endian u64. Whoever knows N and has the
/// features can compute the record ids; a random seed has no such weakness.
[[nodiscard]] std::array<uint8_t, 32> seedFromNumber(uint64_t number);

/// Collects records and writes them, sorted by their random ids, so that the order of adding leaves no trace. Equal content
/// and an equal seed give equal bytes, whatever the order in which the records were added.
/// Memory: what is said about records, and the features unless `store` keeps them elsewhere.
class ContainerWriter {
 public:
  /// @param header  as it shall stand in the file; what the writer makes itself (counts, summaries, errors on top of
  ///                `FeatureBlock::narrowing`, certificates, writer) is filled in
  explicit ContainerWriter(ContainerHeader header, std::unique_ptr<RowStore> store = makeMemoryStore());

  /// Checks the descriptions that the constructor took, so that a mistake shows before hours of work. write() does too.
  /// @errors invalidArgument, invalidRecipe, invalidLabel (of a column), containerTooLarge; each says which field
  [[nodiscard]] Status validate() const;
  /// The same for what is said about one record, before its features are there. add() does too.
  /// @errors invalidLabel, invalidArgument, as add() has them
  [[nodiscard]] Status validateRecord(Record record) const;

  /// @param features  float32 [featureCount], one for each block; copied
  /// @errors shapeMismatch, nonFiniteFeature, invalidLabel (wrong number or type of labels, index outside the vocabulary,
  ///         a number that is not finite, a text or a name that is too long, not UTF-8 or holds control characters),
  ///         invalidArgument (groups, splits, views), containerTooLarge, outOfMemory, those of the store
  [[nodiscard]] Status add(Record record, std::span<const std::span<const float>> features);
  /// The same, for a single block.
  [[nodiscard]] Status add(Record record, std::span<const float> features);
  [[nodiscard]] size_t recordCount() const;

  /// The bytes of `header.documents[k]`. @errors invalidArgument
  [[nodiscard]] Status setDocument(size_t k, std::vector<uint8_t> bytes);
  /// The parity probe of a block: float32 [pictures, featureCount]. @errors invalidArgument
  [[nodiscard]] Status setProbe(size_t block, std::vector<float> features);
  /// A section that this version does not know, or the privacy report; written last, not required.
  /// @param section  name, type and shape @errors invalidArgument
  [[nodiscard]] Status addSection(SectionInfo section, std::vector<uint8_t> bytes);

  /// @errors emptyContainer, featureOutOfRange, containerTooLarge, outOfMemory, those of validate(), of the store and of
  ///         `sink`; invalidArgument where views or labels of groups do not agree
  [[nodiscard]] Status write(const WriteOptions& options, const ByteSink& sink) const;
  /// The same, into memory.
  [[nodiscard]] Result<std::vector<uint8_t>> toBytes(const WriteOptions& options) const;

  ContainerWriter(ContainerWriter&&) noexcept;
  ContainerWriter& operator=(ContainerWriter&&) noexcept;
  ~ContainerWriter();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pith
