// SPDX-License-Identifier: Apache-2.0
/// @file Thrift's compact protocol, as far as the metadata of Parquet need it: structs in the order of their
/// fields.
/// @source Apache Thrift, thrift-compact-protocol.md
#pragma once

#include <string_view>
#include <vector>

#include "export/sink.h"

namespace pith::cli {

inline void appendVarint(std::vector<uint8_t>& out, uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<uint8_t>(number | 0x80));
  out.push_back(static_cast<uint8_t>(number));
}

class ThriftWriter {
 public:
  ThriftWriter() { open(); }

  void i32(int16_t field, int32_t number) { integer(field, 5, number); }
  void i64(int16_t field, int64_t number) { integer(field, 6, number); }
  void text(int16_t field, std::string_view text) {
    header(field, 8);
    string(text);
  }
  template <typename Body>
  void structure(int16_t field, Body body) {
    header(field, structType);
    element(body);
  }
  template <typename Items, typename Body>
  void structures(int16_t field, const Items& items, Body body) {
    list(field, structType, items.size());
    for (const auto& item : items) element([&] { body(item); });
  }
  void i32s(int16_t field, const std::vector<int32_t>& numbers) {
    list(field, 5, numbers.size());
    for (const int32_t number : numbers) appendVarint(bytes_, zigzag(number));
  }
  void texts(int16_t field, const std::vector<std::string>& texts) {
    list(field, 8, texts.size());
    for (const std::string& text : texts) string(text);
  }
  /// Ends the outermost struct.
  std::vector<uint8_t> finish() {
    close();
    return std::move(bytes_);
  }

 private:
  static constexpr uint8_t structType = 12;
  static uint64_t zigzag(int64_t number) {
    return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
  }

  void integer(int16_t field, uint8_t type, int64_t number) {
    header(field, type);
    appendVarint(bytes_, zigzag(number));
  }
  void string(std::string_view text) {
    appendVarint(bytes_, text.size());
    append(bytes_, asBytes(text));
  }
  void list(int16_t field, uint8_t type, size_t count) {
    header(field, 9);
    bytes_.push_back(static_cast<uint8_t>((count < 15 ? count << 4 : 0xF0) | type));
    if (count >= 15) appendVarint(bytes_, count);
  }
  /// Fields ascend, and none skips more than 15.
  void header(int16_t field, uint8_t type) {
    bytes_.push_back(static_cast<uint8_t>((field - lastFields_.back()) << 4 | type));
    lastFields_.back() = field;
  }
  template <typename Body>
  void element(Body body) {
    open();
    body();
    close();
  }
  void open() { lastFields_.push_back(0); }
  void close() {
    bytes_.push_back(0);
    lastFields_.pop_back();
  }

  std::vector<uint8_t> bytes_;
  std::vector<int16_t> lastFields_;
};

}  // namespace pith::cli
