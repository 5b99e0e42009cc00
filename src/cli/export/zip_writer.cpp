// SPDX-License-Identifier: Apache-2.0
/// @source PKWARE, APPNOTE 6.3.10 (4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3)
#include "export/zip_writer.h"

#include "pith/base/crc32.h"

namespace pith::cli {
namespace {

constexpr uint16_t versionZip64 = 45;
constexpr uint16_t utf8Name = 1 << 11;
constexpr uint16_t zip64Field = 1;
constexpr uint32_t wide = 0xFFFFFFFF;  // "the number stands in the ZIP64 field"
constexpr uint16_t wideCount = 0xFFFF;
constexpr uint16_t dosDate = (1 << 5) | 1;  // 1 January 1980: the time of writing is nobody's business
constexpr uint16_t dosTime = 0;

/// What a local header and an entry of the directory have in common, from the version needed up to the name's
/// length.
void appendCommon(std::vector<uint8_t>& out, uint32_t crc, size_t nameBytes, size_t extraBytes) {
  for (const uint16_t number : {versionZip64, utf8Name, uint16_t{0} /* stored */, dosTime, dosDate})
    append(out, number);
  append(out, crc);
  append(out, wide);
  append(out, wide);
  append(out, static_cast<uint16_t>(nameBytes));
  append(out, static_cast<uint16_t>(extraBytes));
}

}  // namespace

Status ZipWriter::add(const std::string& name, const std::function<Status(BufferedSink&)>& write) {
  Member member{.name = name, .crc = 0, .bytes = 0, .offset = sink_.written()};
  BufferedSink measure([&](ByteView bytes) -> Status {
    member.crc = crc32(CrcPolynomial::ieee, bytes, member.crc);
    return {};
  });
  PITH_RETURN_IF_ERROR(write(measure));
  PITH_RETURN_IF_ERROR(measure.flush());
  member.bytes = measure.written();

  std::vector<uint8_t> header;
  constexpr size_t extraBytes = 20;
  append(header, uint32_t{0x04034b50});
  appendCommon(header, member.crc, name.size(), extraBytes);
  append(header, asBytes(name));
  append(header, zip64Field);
  append(header, uint16_t{extraBytes - 4});
  append(header, member.bytes);
  append(header, member.bytes);
  PITH_RETURN_IF_ERROR(sink_.write(header));
  members_.push_back(std::move(member));
  return write(sink_);
}

Status ZipWriter::finish() {
  const uint64_t start = sink_.written();
  for (const Member& member : members_) {
    std::vector<uint8_t> entry;
    constexpr size_t extraBytes = 28;
    append(entry, uint32_t{0x02014b50});
    append(entry, versionZip64);  // made by
    appendCommon(entry, member.crc, member.name.size(), extraBytes);
    append(entry, uint16_t{0});  // comment
    append(entry, uint16_t{0});  // disk
    append(entry, uint16_t{0});  // internal attributes
    append(entry, uint32_t{0});  // external attributes
    append(entry, wide);
    append(entry, asBytes(member.name));
    append(entry, zip64Field);
    append(entry, uint16_t{extraBytes - 4});
    for (const uint64_t number : {member.bytes, member.bytes, member.offset}) append(entry, number);
    PITH_RETURN_IF_ERROR(sink_.write(entry));
  }
  const uint64_t end = sink_.written();
  const uint64_t count = members_.size();
  std::vector<uint8_t> records;
  append(records, uint32_t{0x06064b50});
  append(records, uint64_t{44});  // bytes of this record from here on
  append(records, versionZip64);
  append(records, versionZip64);
  append(records, uint32_t{0});
  append(records, uint32_t{0});
  for (const uint64_t number : {count, count, end - start, start}) append(records, number);
  append(records, uint32_t{0x07064b50});
  append(records, uint32_t{0});
  append(records, end);
  append(records, uint32_t{1});
  append(records, uint32_t{0x06054b50});
  append(records, uint16_t{0});
  append(records, uint16_t{0});
  append(records, wideCount);
  append(records, wideCount);
  append(records, wide);
  append(records, wide);
  append(records, uint16_t{0});
  return sink_.write(records);
}

}  // namespace pith::cli
