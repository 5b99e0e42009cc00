// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <set>
#include <system_error>

#include "text.h"

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

/// Hidden files, and those that Windows and macOS put into folders on their own.
bool isSystemFile(std::string name) {
  if (name.starts_with('.') || name == "Icon\r") return true;
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return name == "thumbs.db" || name == "desktop.ini";
}

Error readError(const std::string& detail) { return {ErrorCode::readFailed, detail}; }

/// An open descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

struct OpenFile {
  Descriptor descriptor;
  uint64_t sizeBytes;
};

/// Non-blocking, so that a named pipe in a folder is refused instead of waited for.
Result<OpenFile> openRegular(const fs::path& path) {
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.number() < 0) return readError("the system says: " + systemReason(errno));
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0) return readError("the system says: " + systemReason(errno));
  if (S_ISDIR(status.st_mode)) return readError("this is a folder, not a file");
  if (!S_ISREG(status.st_mode)) return readError("this is a device, pipe or socket, not a file");
  return OpenFile{std::move(descriptor), static_cast<uint64_t>(status.st_size)};
}

/// Collects files; remembers which folders were walked, so that links in a circle come to an end.
class Finder {
 public:
  explicit Finder(const std::vector<fs::path>& except) {
    for (const fs::path& path : except) except_.insert(identity(path));
  }

  void addFile(const fs::path& path, bool fromFolder) {
    const fs::path key = identity(path);
    if (except_.contains(key) || !seen_.insert(key).second) return;
    found_.files.push_back({path, fromFolder});
  }

  void addFolder(const fs::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0 || !walked_.insert({status.st_dev, status.st_ino}).second)
      return;
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      entries.push_back(entry->path());
    }
    if (error) found_.unreadableFolders.push_back(folder.string());
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) {
      if (isSystemFile(entry.filename().string())) {
        ++found_.hiddenSkipped;
      } else if (std::error_code ignored; fs::is_directory(entry, ignored)) {
        addFolder(entry);
      } else {
        addFile(entry, true);
      }
    }
  }

  FoundFiles take() {
    std::sort(found_.files.begin(), found_.files.end(),
              [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
    std::sort(found_.unreadableFolders.begin(), found_.unreadableFolders.end());
    return std::move(found_);
  }

 private:
  /// The real folder and the entry's own name: two links to one file are two files.
  static fs::path identity(const fs::path& path) {
    std::error_code error;
    const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const fs::path real = fs::canonical(parent, error);
    return error ? path : real / path.filename();
  }

  FoundFiles found_;
  std::set<fs::path> seen_;
  std::set<fs::path> except_;
  std::set<std::pair<dev_t, ino_t>> walked_;
};

}  // namespace

std::string FoundFile::folder() const {
  const fs::path parent = path.parent_path();
  const fs::path name = parent.filename();
  if (!name.empty() && name != "." && name != "..") return name.string();
  std::error_code error;
  return fs::canonical(parent.empty() ? fs::path(".") : parent, error).filename().string();
}

std::string systemReason(int errorNumber) { return std::generic_category().message(errorNumber); }

Result<std::vector<uint8_t>> readFile(const fs::path& path, uint64_t maxBytes) {
  PITH_ASSIGN_OR_RETURN(const OpenFile file, openRegular(path));
  if (file.sizeBytes > maxBytes) {
    return Error{ErrorCode::invalidArgument, "the file has " + humanBytes(file.sizeBytes) + "; at most " +
                                                 humanBytes(maxBytes) + " are read"};
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(file.sizeBytes));
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(file.descriptor.number(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return readError("the system says: " + systemReason(errno));
    if (count == 0) break;  // the file was cut short meanwhile: the decoder will say so
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Result<MappedFile> MappedFile::open(const fs::path& path) {
  PITH_ASSIGN_OR_RETURN(const OpenFile file, openRegular(path));
  if (file.sizeBytes == 0) return MappedFile(ByteView{});
  const size_t length = static_cast<size_t>(file.sizeBytes);
  void* const address = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file.descriptor.number(), 0);
  if (address == MAP_FAILED) return readError("the system says: " + systemReason(errno));
  return MappedFile(ByteView(static_cast<const uint8_t*>(address), length));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

Result<FoundFiles> findFiles(const std::vector<std::string>& paths, const std::vector<fs::path>& except) {
  std::vector<fs::path> sorted(paths.begin(), paths.end());
  std::sort(sorted.begin(), sorted.end());
  Finder finder(except);
  for (const fs::path& path : sorted) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
      return readError(inQuotes(path.string()) + " is not there");
    if (!fs::exists(status))
      return readError(inQuotes(path.string()) + ": the system says: " + error.message());
    if (fs::is_directory(status)) {
      // A trailing separator would hide the folder's own name, which may become a label.
      finder.addFolder(path.has_filename() ? path : path.parent_path());
    } else {
      finder.addFile(path, false);
    }
  }
  return finder.take();
}

}  // namespace pith::cli
