// SPDX-License-Identifier: Apache-2.0
/// @file A model file that is read where it lies: whole files need not fit into memory.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/base/sha256.h"

namespace pith {

/// A file of known size. Not for several threads.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  [[nodiscard]] virtual uint64_t sizeBytes() const = 0;
  /// Fills `to` with the bytes from `offset` on.
  /// @param to  lies within the file (`readFrom` checks)
  /// @errors readFailed where the bytes cannot be had any more
  [[nodiscard]] virtual Status read(uint64_t offset, std::span<uint8_t> to) = 0;
  /// The whole file, where it lies in memory.
  [[nodiscard]] virtual std::optional<ByteView> inMemory() const { return std::nullopt; }
};

/// Bytes in memory, or a file that the system maps; borrowed.
class MemorySource final : public ModelSource {
 public:
  explicit MemorySource(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] uint64_t sizeBytes() const override { return bytes_.size(); }
  [[nodiscard]] Status read(uint64_t offset, std::span<uint8_t> to) override;
  [[nodiscard]] std::optional<ByteView> inMemory() const override { return bytes_; }

 private:
  ByteView bytes_;
};

/// Small reads of another source come out of one larger read, which matters where each one is a call out of WebAssembly.
class BufferedSource final : public ModelSource {
 public:
  static constexpr size_t windowBytes = size_t{64} << 10;

  explicit BufferedSource(ModelSource& source) : source_(source) {}
  [[nodiscard]] uint64_t sizeBytes() const override { return source_.sizeBytes(); }
  [[nodiscard]] Status read(uint64_t offset, std::span<uint8_t> to) override;
  [[nodiscard]] std::optional<ByteView> inMemory() const override { return source_.inMemory(); }

 private:
  ModelSource& source_;
  uint64_t begin_ = 0;
  std::vector<uint8_t> window_;
};

/// Bytes of a source, which outlives this.
struct SourcePart {
  ModelSource* source = nullptr;
  uint64_t offset = 0, length = 0;
};

/// @errors corruptModel where the part reaches beyond its source or `to` beyond the part; those of ModelSource::read
[[nodiscard]] Status readFrom(const SourcePart& part, uint64_t offset, std::span<uint8_t> to);

/// @errors those of ModelSource::read
[[nodiscard]] Result<Sha256Digest> sha256(ModelSource& source);

}  // namespace pith
