// SPDX-License-Identifier: Apache-2.0
/// @file Protobuf's wire format, read from a source: as protozero's pbf_reader, which needs its message whole in memory.
/// Its exceptions and its varints are protozero's. Private to wire.cpp.
/// @source https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <algorithm>
#include <array>
#include <protozero/exception.hpp>
#include <protozero/types.hpp>
#include <protozero/varint.hpp>
#include <string>

#include "pith/model/model_source.h"

namespace pith::onnx {

/// A source that failed, or a limit that was exceeded while reading; never leaves wire.cpp.
struct Refused {
  Error error;
};

/// One message: a part of a source. Every length is checked against what is left of it before it is used.
class WireReader {
 public:
  using Type = protozero::pbf_wire_type;

  explicit WireReader(const SourcePart& part) : part_(part) {}

  /// Goes to the next field. @throws protozero::exception where there is none that is allowed; groups are not
  bool next() {
    if (at_ == part_.length) return false;
    const auto key = static_cast<uint32_t>(varint());
    field_ = key >> 3U;
    type_ = static_cast<Type>(key & 7U);
    if (field_ == 0 || (field_ >= 19000 && field_ <= 19999)) throw protozero::invalid_tag_exception{};
    if (type_ != Type::varint && type_ != Type::fixed32 && type_ != Type::fixed64 && type_ != Type::length_delimited)
      throw protozero::unknown_pbf_wire_type_exception{};
    return true;
  }
  /// Goes to the next field of this number and type, and passes over others.
  bool next(uint32_t tagAndType) {
    while (next()) {
      if (tag_and_type() == tagAndType) return true;
      skip();
    }
    return false;
  }
  [[nodiscard]] uint32_t tag_and_type() const { return protozero::tag_and_type(field_, type_); }
  [[nodiscard]] Type wire_type() const { return type_; }
  /// Of the whole message.
  [[nodiscard]] const SourcePart& part() const { return part_; }
  [[nodiscard]] bool isAtEnd() const { return at_ == part_.length; }

  uint64_t varint() {
    std::array<uint8_t, protozero::max_varint_length> bytes;
    const auto count = static_cast<size_t>(std::min<uint64_t>(bytes.size(), part_.length - at_));
    get(at_, {bytes.data(), count});
    const char* const begin = reinterpret_cast<const char*>(bytes.data());
    const char* end = begin;
    const uint64_t value = protozero::decode_varint(&end, begin + count);
    at_ += static_cast<uint64_t>(end - begin);
    return value;
  }
  /// Of 4 or 8 bytes, little-endian.
  template <typename T>
  T fixed() {
    T value;
    copy({reinterpret_cast<uint8_t*>(&value), sizeof(T)});
    return value;
  }
  void copy(std::span<uint8_t> to) {
    if (to.size() > part_.length - at_) throw protozero::end_of_buffer_exception{};
    get(at_, to);
    at_ += to.size();
  }
  /// The bytes of a field, which are not read.
  SourcePart bytes() {
    const uint64_t length = varint();
    if (length > part_.length - at_) throw protozero::end_of_buffer_exception{};
    const SourcePart bytes{part_.source, part_.offset + at_, length};
    at_ += length;
    return bytes;
  }
  WireReader message() { return WireReader(bytes()); }
  std::string text() {
    WireReader reader = message();
    std::string text(static_cast<size_t>(reader.part_.length), '\0');
    reader.copy({reinterpret_cast<uint8_t*>(text.data()), text.size()});
    return text;
  }
  void skip() {
    if (type_ == Type::length_delimited) {
      bytes();
    } else if (type_ == Type::varint) {
      varint();
    } else {
      type_ == Type::fixed32 ? void(fixed<uint32_t>()) : void(fixed<uint64_t>());
    }
  }

 private:
  void get(uint64_t offset, std::span<uint8_t> to) const {
    if (Status status = readFrom(part_, offset, to); !status.ok()) throw Refused{status.error()};
  }

  SourcePart part_;
  uint64_t at_ = 0;
  uint32_t field_ = 0;
  Type type_ = Type::varint;
};

}  // namespace pith::onnx
