// SPDX-License-Identifier: Apache-2.0
#include "row_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "files.h"

namespace pith::cli {
namespace {

constexpr size_t bufferBytes = size_t{1} << 20;

Error failed(ErrorCode code, int errorNumber) { return {code, "the system says: " + systemReason(errorNumber)}; }

int openNameless(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
#endif
  std::string path = (folder / (".pith-" + std::string(6, 'X'))).string();  // the system replaces the last six
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

}  // namespace

Result<std::unique_ptr<RowFile>> RowFile::create(const std::filesystem::path& folder) {
  const int descriptor = openNameless(folder.empty() ? std::filesystem::path(".") : folder);
  if (descriptor < 0) return failed(ErrorCode::writeFailed, errno);
  return std::unique_ptr<RowFile>(new RowFile(descriptor));
}

RowFile::~RowFile() { ::close(descriptor_); }

Status RowFile::append(std::span<const float> row) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(row.data());
  buffer_.insert(buffer_.end(), bytes, bytes + row.size_bytes());
  return buffer_.size() < bufferBytes ? Status() : flush();
}

Status RowFile::flush() const {
  for (size_t done = 0; done < buffer_.size();) {
    const ssize_t count =
        ::pwrite(descriptor_, buffer_.data() + done, buffer_.size() - done, static_cast<off_t>(written_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(ErrorCode::writeFailed, errno);
    done += static_cast<size_t>(count);
    written_ += static_cast<uint64_t>(count);
  }
  buffer_.clear();
  return {};
}

Status RowFile::read(size_t index, std::span<float> row) const {
  PITH_RETURN_IF_ERROR(flush());
  auto* bytes = reinterpret_cast<uint8_t*>(row.data());
  const uint64_t begin = uint64_t{index} * row.size_bytes();
  for (size_t done = 0; done < row.size_bytes();) {
    const ssize_t count =
        ::pread(descriptor_, bytes + done, row.size_bytes() - done, static_cast<off_t>(begin + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(ErrorCode::readFailed, errno);
    if (count == 0) return Error{ErrorCode::readFailed, "a file without a name was cut short"};
    done += static_cast<size_t>(count);
  }
  return {};
}

}  // namespace pith::cli
