// SPDX-License-Identifier: Apache-2.0
/// @file What a model file calls the type of a tensor's elements, and exact conversion between these types.
#pragma once

#include <cstdint>
#include <string_view>

namespace pith {

/// Numbered as ONNX's TensorProto.DataType. Float formats are held as float32 and whole numbers as int64, which
/// hold every value of theirs exactly; of float64, only values that are float32 too are held.
enum class NumberType : uint8_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
  uint4 = 21,
  int4 = 22,
  float4e2m1 = 23,
  float8e8m0 = 24,
  uint2 = 25,
  int2 = 26,
};

[[nodiscard]] std::string_view numberTypeName(NumberType type);
/// Held as float32.
[[nodiscard]] bool isHeldAsFloat(NumberType type);
/// Held as int64: whole numbers and truth values. uint64 keeps its bits.
[[nodiscard]] bool isHeldAsInteger(NumberType type);
/// Bits of one element in a file; 0 for types that are never held.
[[nodiscard]] int numberBits(NumberType type);
[[nodiscard]] bool isSignedInteger(NumberType type);

/// The lowest and highest value of a whole-number type below 64 bits.
struct IntegerRange {
  int64_t low, high;
};
[[nodiscard]] IntegerRange integerRange(NumberType type);

/// The value of a format's bits, widened.
[[nodiscard]] float floatFromBits(NumberType type, uint32_t bits);
/// The nearest value of the format, ties to even.
/// @param saturate  what the 8-bit formats do beyond their largest number: stop there, or become infinite or NaN
/// @source ONNX Cast-25; OCP 8-bit Floating Point Specification
[[nodiscard]] float roundedTo(NumberType type, float value, bool saturate);
/// Arithmetic of the type wraps around.
[[nodiscard]] int64_t wrappedTo(NumberType type, int64_t value);

}  // namespace pith
