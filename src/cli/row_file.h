// SPDX-License-Identifier: Apache-2.0
/// @file Features of many images in a file without a name, so that memory does not grow with their number. It goes away
/// with the process, however that ends.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "pith/container/writer.h"

namespace pith::cli {

class RowFile final : public RowStore {
 public:
  /// @param folder  where it takes up room
  /// @errors writeFailed with the system's reason
  static Result<std::unique_ptr<RowFile>> create(const std::filesystem::path& folder);

  /// Rows have equal lengths. @errors writeFailed
  Status append(std::span<const float> row) override;
  /// @errors readFailed, writeFailed
  Status read(size_t index, std::span<float> row) const override;

  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;
  ~RowFile() override;

 private:
  explicit RowFile(int descriptor) : descriptor_(descriptor) {}
  Status flush() const;

  int descriptor_;
  mutable std::vector<uint8_t> buffer_;  // not written yet
  mutable uint64_t written_ = 0;         // bytes
};

/// Rows of a file that are there already, chosen and ordered: what is added must be what they hold.
class ChosenRows final : public RowStore {
 public:
  ChosenRows(const RowStore& store, std::vector<size_t> rows) : store_(store), rows_(std::move(rows)) {}
  Status append(std::span<const float>) override { return {}; }
  Status read(size_t index, std::span<float> row) const override { return store_.read(rows_[index], row); }

 private:
  const RowStore& store_;
  std::vector<size_t> rows_;
};

}  // namespace pith::cli
