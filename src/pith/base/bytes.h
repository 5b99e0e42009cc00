// SPDX-License-Identifier: Apache-2.0
/// @file Views of raw bytes, and the one memory block type that kernels may read past the end of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace pith {

/// Borrowed bytes; the owner outlives the call that takes them.
using ByteView = std::span<const uint8_t>;

inline ByteView asBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view asText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Floats, 64-byte aligned, followed by `extraBytes` readable bytes, because SIMD kernels read whole vectors.
/// Zero-initialised. Move-only.
/// @source XNNPACK's `XNN_EXTRA_BYTES` (include/xnnpack.h); 128 covers every kernel of the version in use.
class FloatBuffer {
 public:
  static constexpr size_t alignmentBytes = 64;
  static constexpr size_t extraBytes = 128;

  FloatBuffer() = default;
  explicit FloatBuffer(size_t count) : count_(count) {
    const size_t sizeBytes = count * sizeof(float) + extraBytes;
    data_ = static_cast<float*>(::operator new(sizeBytes, std::align_val_t{alignmentBytes}));
    std::memset(data_, 0, sizeBytes);
  }
  FloatBuffer(FloatBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  FloatBuffer& operator=(FloatBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  FloatBuffer(const FloatBuffer&) = delete;
  FloatBuffer& operator=(const FloatBuffer&) = delete;
  ~FloatBuffer() { ::operator delete(data_, std::align_val_t{alignmentBytes}); }

  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t size() const { return count_; }
  std::span<float> span() { return {data_, count_}; }
  std::span<const float> span() const { return {data_, count_}; }

 private:
  float* data_ = nullptr;
  size_t count_ = 0;
};

}  // namespace pith
