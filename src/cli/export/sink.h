// SPDX-License-Identifier: Apache-2.0
/// @file Bytes on their way into a file: collected to large pieces, counted.
#pragma once

#include <bit>
#include <string>
#include <vector>

#include "pith/container/writer.h"

namespace pith::cli {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

/// The bytes of a number or of numbers, little-endian.
template <typename T>
ByteView bytesOf(const T& number) {
  return {reinterpret_cast<const uint8_t*>(&number), sizeof number};
}
template <typename T>
ByteView bytesOf(const std::vector<T>& numbers) {
  return {reinterpret_cast<const uint8_t*>(numbers.data()), numbers.size() * sizeof(T)};
}
template <typename T>
void append(std::vector<uint8_t>& bytes, const T& number) {
  const ByteView view = bytesOf(number);
  bytes.insert(bytes.end(), view.begin(), view.end());
}
inline void append(std::vector<uint8_t>& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

class BufferedSink {
 public:
  explicit BufferedSink(ByteSink sink) : sink_(std::move(sink)) {}

  Status write(ByteView bytes) {
    written_ += bytes.size();
    append(buffer_, bytes);
    return buffer_.size() < pieceBytes ? Status() : flush();
  }
  template <typename T>
  Status writeNumber(const T& number) {
    return write(bytesOf(number));
  }
  /// To be called at the end.
  Status flush() {
    Status status = buffer_.empty() ? Status() : sink_(buffer_);
    buffer_.clear();
    return status;
  }
  uint64_t written() const { return written_; }

 private:
  static constexpr size_t pieceBytes = size_t{1} << 20;
  ByteSink sink_;
  std::vector<uint8_t> buffer_;
  uint64_t written_ = 0;
};

}  // namespace pith::cli
