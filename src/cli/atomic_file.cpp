// SPDX-License-Identifier: Apache-2.0
#include "atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "files.h"
#include "interrupt.h"
#include "text.h"

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

Error writeError(const std::string& detail) { return {ErrorCode::writeFailed, detail}; }
Error systemError(int errorNumber) { return writeError("the system says: " + systemReason(errorNumber)); }
const Error interruptedError{ErrorCode::cancelled, "the run was interrupted; no file was written"};

fs::path folderOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Where the links behind a path end, whether a file is there or not.
Result<fs::path> behindLinks(fs::path path) {
  constexpr int maxLinks = 40;
  std::error_code error;
  for (int count = 0; fs::is_symlink(path, error); ++count) {
    if (count == maxLinks) return systemError(ELOOP);
    const fs::path next = fs::read_symlink(path, error);
    if (error) return writeError("the system says: " + error.message());
    path = folderOf(path) / next;
  }
  return path;
}

/// Gives a new file the owner and group of the one that it replaces, where the system allows that.
/// @return  the old file's mode; nothing where no file is replaced
std::optional<mode_t> takeRights(int descriptor, const fs::path& replaced) {
  struct stat old {};
  if (::stat(replaced.c_str(), &old) != 0) return std::nullopt;
  const mode_t mode = old.st_mode & 0777;
  const bool hasGroup = ::fchown(descriptor, old.st_uid, old.st_gid) == 0 ||
                        ::fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) == 0;
  // Another group may do no more than everybody.
  return hasGroup ? mode : (mode & 0707) | ((mode & 07) << 3);
}

/// Opens a new file beside `target`, readable by nobody else until it has its name.
Result<std::pair<fs::path, int>> createTemporary(const fs::path& target) {
  std::random_device random;
  for (int attempt = 0; attempt < 16; ++attempt) {
    char suffix[24];
    std::snprintf(suffix, sizeof suffix, "%08x%08x", random(), random());
    const fs::path path = folderOf(target) / (std::string(".pith-") + suffix + ".tmp");
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) return std::pair{path, descriptor};
    if (errno != EEXIST) return systemError(errno);
  }
  return writeError("no free temporary name was found in the folder");
}

/// Renames unless the target exists. Where the file system cannot do that in one step, a hard link does, and where it has
/// no links (shared folders of virtual machines) a look before the renaming.
int renameNoReplace(const fs::path& from, const fs::path& to) {
#ifdef __linux__
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
  struct stat there {};
  if (::lstat(to.c_str(), &there) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

void syncFolder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

Status checkWritable(const fs::path& path, bool replace, uint64_t expectedBytes) {
  std::error_code error;
  if (!path.has_filename() || fs::is_directory(path, error))
    return writeError("this is a folder; a file name is needed");
  if (!replace && fs::exists(fs::symlink_status(path, error))) {
    return writeError("the file exists already; --force replaces it");
  }
  PITH_ASSIGN_OR_RETURN(const fs::path place, behindLinks(path));
  const fs::path folder = folderOf(place);
  if (!fs::is_directory(folder, error)) {
    return writeError("the folder " + inQuotes(folder.string()) + " is not there");
  }
  // Only making a file tells whether a file can be made (read-only mounts, quotas, access lists).
  PITH_ASSIGN_OR_RETURN(const auto probe, createTemporary(place));
  ::close(probe.second);
  ::unlink(probe.first.c_str());
  const fs::space_info space = fs::space(folder, error);
  // Some network folders do not know their size and say 0.
  if (!error && space.capacity > 0 && space.available < expectedBytes) {
    return writeError("about " + humanBytes(expectedBytes) + " are needed, " + humanBytes(space.available) +
                      " are free");
  }
  return {};
}

AtomicFile::AtomicFile(fs::path target, fs::path place, fs::path temporary, int descriptor)
    : target_(std::move(target)),
      place_(std::move(place)),
      temporary_(std::move(temporary)),
      descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      place_(std::move(other.place_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const fs::path& target) {
  PITH_ASSIGN_OR_RETURN(fs::path place, behindLinks(target));
  PITH_ASSIGN_OR_RETURN(auto temporary, createTemporary(place));
  return AtomicFile(target, std::move(place), std::move(temporary.first), temporary.second);
}

Status AtomicFile::write(ByteView bytes) {
  constexpr size_t pieceBytes = size_t{1} << 22;  // small enough that Ctrl-C is answered at once
  while (!bytes.empty()) {
    if (interruptSignal() != 0) return interruptedError;
    const ssize_t count = ::write(descriptor_, bytes.data(), std::min(bytes.size(), pieceBytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return systemError(errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

Status AtomicFile::flush() {
  if (::fsync(descriptor_) != 0) return systemError(errno);
  return {};
}

Status AtomicFile::commit(bool replace, unsigned mode) {
  if (interruptSignal() != 0) return interruptedError;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  PITH_RETURN_IF_ERROR(flush());
  const std::optional<mode_t> kept = replace ? takeRights(descriptor_, place_) : std::nullopt;
  // Ignored where the file system has no modes (memory sticks).
  [[maybe_unused]] const int changed = ::fchmod(descriptor_, kept.value_or(static_cast<mode_t>(mode) & ~mask));
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) return systemError(errno);
  if (replace) {
    if (::rename(temporary_.c_str(), place_.c_str()) != 0) return systemError(errno);
  } else if (const int failed = place_ == target_ ? renameNoReplace(temporary_, place_) : EEXIST; failed != 0) {
    return failed == EEXIST ? writeError("a file of that name appeared meanwhile; --force replaces it")
                            : systemError(failed);
  }
  temporary_.clear();
  syncFolder(folderOf(place_));
  return {};
}

}  // namespace pith::cli
