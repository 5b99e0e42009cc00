// SPDX-License-Identifier: Apache-2.0
/// @file A file that appears under its name whole, or not at all.
#pragma once

#include <cstdint>
#include <filesystem>

#include "pith/base/bytes.h"
#include "pith/base/result.h"

namespace pith::cli {

/// Whether a file of that name could be made there now: the folder is there and writable, the name is free
/// (or `replace`), and `expectedBytes` would fit. To be asked before hours of work. With `replace` a link means the file
/// that it leads to.
/// @errors writeFailed with the reason
Status checkWritable(const std::filesystem::path& path, bool replace, uint64_t expectedBytes);

/// Writes beside the target under a hidden name, which goes away unless `commit` succeeds. A target that is a link stays
/// one: the file that it leads to is replaced.
class AtomicFile {
 public:
  /// @errors writeFailed with the system's reason
  static Result<AtomicFile> create(const std::filesystem::path& target);

  /// @errors writeFailed with the system's reason (a full disk, for example); cancelled after Ctrl-C
  Status write(ByteView bytes);
  /// Everything on disk, still under the hidden name: to be read back before the commit.
  /// @errors writeFailed
  Status flush();
  const std::filesystem::path& temporaryPath() const { return temporary_; }
  /// Gives the file its name in one step. Without `replace` a file that appeared there meanwhile is left
  /// alone. With `replace` the new file has the mode of the old one, and its owner and group where the system allows that.
  /// @param mode  who may read and write a file that was not there, less what the user's mask takes away
  /// @errors writeFailed; cancelled after Ctrl-C
  Status commit(bool replace, unsigned mode = 0666);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path place, std::filesystem::path temporary, int descriptor);
  std::filesystem::path target_;
  std::filesystem::path place_;  // behind links
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace pith::cli
