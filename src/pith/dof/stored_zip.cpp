// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/stored_zip.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <vector>

#include "pith/base/crc32.h"

namespace pith::dof {
namespace {

static_assert(std::endian::native == std::endian::little, "fields are copied as they lie");

constexpr uint32_t localSignature = 0x04034b50, entrySignature = 0x02014b50, endSignature = 0x06054b50;
constexpr uint32_t end64Signature = 0x06064b50, locator64Signature = 0x07064b50;
constexpr size_t localBytes = 30, entryBytes = 46, endBytes = 22, end64Bytes = 56, locator64Bytes = 20;
constexpr uint32_t wide = std::numeric_limits<uint32_t>::max();  // "the number stands in the ZIP64 field"
constexpr uint16_t wideCount = std::numeric_limits<uint16_t>::max();
constexpr uint16_t encrypted = 1, sizesFollow = 8;  // bits of the flags

Error corrupt(std::string detail) { return {ErrorCode::corruptDof, std::move(detail)}; }
Error unsupported(std::string detail) { return {ErrorCode::unsupportedDof, std::move(detail)}; }

template <typename T>
T field(ByteView bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// `length` bytes from `offset`, or nothing where the archive has not as many.
std::optional<ByteView> slice(ByteView bytes, uint64_t offset, uint64_t length) {
  if (offset > bytes.size() || length > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
}

struct Directory {
  uint64_t count = 0, offset = 0, bytes = 0;
};

/// The end record: the last signature that a comment of the stated length follows.
std::optional<size_t> findEnd(ByteView archive) {
  constexpr size_t longestComment = 0xFFFF;
  if (archive.size() < endBytes) return std::nullopt;
  const size_t last = archive.size() - endBytes;
  for (size_t back = 0; back <= std::min(last, longestComment); ++back) {
    const ByteView record = archive.subspan(last - back);
    if (field<uint32_t>(record, 0) == endSignature && field<uint16_t>(record, 20) == back) return last - back;
  }
  return std::nullopt;
}

Result<Directory> readWideEnd(ByteView archive, size_t end) {
  if (end < locator64Bytes || field<uint32_t>(archive, end - locator64Bytes) != locator64Signature)
    return corrupt("the archive lacks the ZIP64 record that it refers to");
  const ByteView locator = archive.subspan(end - locator64Bytes);
  const std::optional<ByteView> record = slice(archive, field<uint64_t>(locator, 8), end64Bytes);
  if (!record || field<uint32_t>(*record, 0) != end64Signature)
    return corrupt("the archive lacks the ZIP64 record that it refers to");
  if (field<uint32_t>(locator, 4) != 0 || field<uint32_t>(locator, 16) != 1)
    return unsupported("the archive lies on several disks");
  return Directory{.count = field<uint64_t>(*record, 32),
                   .offset = field<uint64_t>(*record, 48),
                   .bytes = field<uint64_t>(*record, 40)};
}

Result<Directory> readEnd(ByteView archive) {
  const std::optional<size_t> end = findEnd(archive);
  if (!end) return Error{ErrorCode::notADofFile, "the file is no ZIP archive, or its end is missing"};
  const ByteView record = archive.subspan(*end);
  Directory directory{.count = field<uint16_t>(record, 10),
                      .offset = field<uint32_t>(record, 16),
                      .bytes = field<uint32_t>(record, 12)};
  const bool isWide = directory.count == wideCount || directory.offset == wide || directory.bytes == wide;
  if (!isWide && field<uint16_t>(record, 4) != 0) return unsupported("the archive lies on several disks");
  if (isWide && *end >= locator64Bytes) return readWideEnd(archive, *end);
  return directory;
}

/// One entry of the directory, with what its ZIP64 field says in place of what was too wide.
struct Entry {
  std::string name;
  uint16_t flags = 0, method = 0;
  uint32_t crc = 0;
  uint64_t storedBytes = 0, plainBytes = 0, offset = 0;
  size_t length = 0;  // in the directory
};

Status readExtra(ByteView extra, Entry& entry) {
  constexpr uint16_t zip64Field = 1;
  while (extra.size() >= 4) {
    const uint16_t id = field<uint16_t>(extra, 0);
    const std::optional<ByteView> data = slice(extra, 4, field<uint16_t>(extra, 2));
    if (!data) return corrupt("an entry of the archive has a broken extra field");
    extra = extra.subspan(4 + data->size());
    if (id != zip64Field) continue;
    size_t position = 0;
    for (uint64_t* const number : {&entry.plainBytes, &entry.storedBytes, &entry.offset}) {
      if (*number != wide) continue;
      if (data->size() - position < 8)
        return corrupt("an entry of the archive has a ZIP64 field that is too short");
      *number = field<uint64_t>(*data, position);
      position += 8;
    }
  }
  return {};
}

Result<Entry> readEntry(ByteView directory) {
  if (directory.size() < entryBytes || field<uint32_t>(directory, 0) != entrySignature)
    return corrupt("the archive's directory is damaged");
  Entry entry{.name = {},
              .flags = field<uint16_t>(directory, 8),
              .method = field<uint16_t>(directory, 10),
              .crc = field<uint32_t>(directory, 16),
              .storedBytes = field<uint32_t>(directory, 20),
              .plainBytes = field<uint32_t>(directory, 24),
              .offset = field<uint32_t>(directory, 42)};
  const uint64_t nameBytes = field<uint16_t>(directory, 28), extraBytes = field<uint16_t>(directory, 30),
                 commentBytes = field<uint16_t>(directory, 32);
  const std::optional<ByteView> name = slice(directory, entryBytes, nameBytes);
  const std::optional<ByteView> extra = slice(directory, entryBytes + nameBytes, extraBytes);
  entry.length = entryBytes + nameBytes + extraBytes + commentBytes;
  if (!name || !extra || entry.length > directory.size())
    return corrupt("the archive's directory ends too early");
  entry.name = asText(*name);
  PITH_RETURN_IF_ERROR(readExtra(*extra, entry));
  if (entry.flags & encrypted) return unsupported("a member of the archive is encrypted");
  if (entry.method != 0)
    return unsupported("a member of the archive is compressed (method " + std::to_string(entry.method) +
                       "); DoF stores its members as they are");
  if (entry.storedBytes != entry.plainBytes)
    return corrupt("a stored member of the archive states two sizes");
  return entry;
}

/// Where a member's bytes lie, after its local header was compared with the directory.
Result<uint64_t> findBytes(ByteView archive, const Entry& entry) {
  const std::optional<ByteView> header = slice(archive, entry.offset, localBytes);
  if (!header || field<uint32_t>(*header, 0) != localSignature)
    return corrupt("a member of the archive does not start where the directory says");
  const uint64_t nameBytes = field<uint16_t>(*header, 26), extraBytes = field<uint16_t>(*header, 28);
  const std::optional<ByteView> name = slice(archive, entry.offset + localBytes, nameBytes);
  if (!name || asText(*name) != entry.name || field<uint16_t>(*header, 8) != entry.method)
    return corrupt("a member of the archive differs from the directory");
  const uint32_t size = field<uint32_t>(*header, 18);
  if (!(field<uint16_t>(*header, 6) & sizesFollow) && size != wide && size != entry.storedBytes)
    return corrupt("a member of the archive states two sizes");
  return entry.offset + localBytes + nameBytes + extraBytes;
}

struct Range {
  uint64_t start, end;
};

}  // namespace

bool StoredZip::looksLike(ByteView bytes) {
  return bytes.size() >= 4 &&
         (field<uint32_t>(bytes, 0) == localSignature || field<uint32_t>(bytes, 0) == endSignature);
}

Result<StoredZip> StoredZip::open(ByteView archive) {
  PITH_ASSIGN_OR_RETURN(const Directory directory, readEnd(archive));
  const std::optional<ByteView> found = slice(archive, directory.offset, directory.bytes);
  if (!found || directory.count > directory.bytes / entryBytes)
    return corrupt("the archive's directory does not lie inside of it");
  StoredZip zip;
  std::vector<Range> ranges;
  ByteView rest = *found;
  for (uint64_t i = 0; i < directory.count; ++i) {
    PITH_ASSIGN_OR_RETURN(Entry entry, readEntry(rest));
    rest = rest.subspan(entry.length);
    PITH_ASSIGN_OR_RETURN(const uint64_t start, findBytes(archive, entry));
    const std::optional<ByteView> bytes = slice(archive, start, entry.storedBytes);
    if (!bytes || start + entry.storedBytes > directory.offset)
      return corrupt("a member of the archive ends behind its directory");
    ranges.push_back({entry.offset, start + entry.storedBytes});
    if (!zip.members_.emplace(std::move(entry.name), Member{*bytes, entry.crc}).second)
      return corrupt("the archive has two members of one name");
  }
  std::ranges::sort(ranges, {}, &Range::start);
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].start < ranges[i - 1].end) return corrupt("members of the archive overlap");
  }
  return zip;
}

Result<ByteView> StoredZip::read(const std::string& name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return corrupt("the archive lacks a member that its list of elements needs");
  if (crc32(CrcPolynomial::ieee, found->second.bytes) != found->second.crc)
    return corrupt("a member of the archive does not have its CRC-32");
  return found->second.bytes;
}

}  // namespace pith::dof
