// SPDX-License-Identifier: Apache-2.0
/// @file Reading from disk: whole files, memory maps, and the images that PATHS mean.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"

namespace pith::cli {

/// The whole of a regular file.
/// @errors readFailed with the system's reason; invalidArgument where it is larger than `maxBytes`
Result<std::vector<uint8_t>> readFile(const std::filesystem::path& path, uint64_t maxBytes);

/// A regular file, mapped read-only. Move-only. The file must not be cut short while it is mapped.
class MappedFile {
 public:
  /// @errors readFailed with the system's reason
  static Result<MappedFile> open(const std::filesystem::path& path);
  ByteView bytes() const { return bytes_; }

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

 private:
  explicit MappedFile(ByteView bytes) : bytes_(bytes) {}
  ByteView bytes_;
};

/// A file that may be an image.
struct FoundFile {
  std::filesystem::path path;
  bool fromFolder = false;  // found in a folder, not named by itself

  std::string name() const { return path.filename().string(); }
  /// The name of the folder it lies in, also where that is given as "." or "..".
  std::string folder() const;
};

struct FoundFiles {
  std::vector<FoundFile> files;  // sorted by path, each once
  uint64_t hiddenSkipped = 0;    // entries in folders that are hidden, or that systems put there
  std::vector<std::string> unreadableFolders;
};

/// Files are taken as they are, folders with everything in them; links are followed, a folder is walked once.
/// The order of `paths` plays no part. `except` names files that are no input (the output, the table of
/// labels).
/// @errors readFailed where one of `paths` is missing or neither file nor folder
Result<FoundFiles> findFiles(const std::vector<std::string>& paths,
                             const std::vector<std::filesystem::path>& except);

/// The system's words for an errno, for example "No space left on device".
std::string systemReason(int errorNumber);

}  // namespace pith::cli
