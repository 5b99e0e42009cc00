// SPDX-License-Identifier: Apache-2.0
#include "pith/model/number_type.h"

#include <fp16.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace pith {
namespace {

/// How a format answers what is beyond its largest number, and infinity.
enum class Overflow : uint8_t { infinity, notANumber, largest };

struct FloatFormat {
  int exponentBits, mantissaBits, bias;
  float largest;
  Overflow overflow;   // without saturation
  bool isUnsignedZero;  // the bits of -0 are the only NaN
};

const FloatFormat* formatOf(NumberType type) {
  static constexpr FloatFormat half{5, 10, 15, 65504.0F, Overflow::infinity, false};
  static constexpr FloatFormat brain{8, 7, 127, 3.38953139e38F, Overflow::infinity, false};
  static constexpr FloatFormat e4m3fn{4, 3, 7, 448.0F, Overflow::notANumber, false};
  static constexpr FloatFormat e4m3fnuz{4, 3, 8, 240.0F, Overflow::notANumber, true};
  static constexpr FloatFormat e5m2{5, 2, 15, 57344.0F, Overflow::infinity, false};
  static constexpr FloatFormat e5m2fnuz{5, 2, 16, 57344.0F, Overflow::notANumber, true};
  static constexpr FloatFormat e2m1{2, 1, 1, 6.0F, Overflow::largest, false};
  switch (type) {
    case NumberType::float16:
      return &half;
    case NumberType::bfloat16:
      return &brain;
    case NumberType::float8e4m3fn:
      return &e4m3fn;
    case NumberType::float8e4m3fnuz:
      return &e4m3fnuz;
    case NumberType::float8e5m2:
      return &e5m2;
    case NumberType::float8e5m2fnuz:
      return &e5m2fnuz;
    case NumberType::float4e2m1:
      return &e2m1;
    default:
      return nullptr;
  }
}

struct TypeFacts {
  std::string_view name;
  int bits;
  char held;  // 'f'loat32, 'i'nt64 or '-'
};
constexpr std::array<TypeFacts, 27> facts{{
    {"undefined", 0, '-'},     {"float32", 32, 'f'},      {"uint8", 8, 'i'},         {"int8", 8, 'i'},
    {"uint16", 16, 'i'},       {"int16", 16, 'i'},        {"int32", 32, 'i'},        {"int64", 64, 'i'},
    {"string", 0, '-'},        {"bool", 8, 'i'},          {"float16", 16, 'f'},      {"float64", 64, 'f'},
    {"uint32", 32, 'i'},       {"uint64", 64, 'i'},       {"complex64", 0, '-'},     {"complex128", 0, '-'},
    {"bfloat16", 16, 'f'},     {"float8e4m3fn", 8, 'f'},  {"float8e4m3fnuz", 8, 'f'}, {"float8e5m2", 8, 'f'},
    {"float8e5m2fnuz", 8, 'f'}, {"uint4", 4, 'i'},        {"int4", 4, 'i'},          {"float4e2m1", 4, 'f'},
    {"float8e8m0", 8, 'f'},    {"uint2", 2, 'i'},         {"int2", 2, 'i'},
}};

const TypeFacts& factsOf(NumberType type) {
  const auto at = static_cast<size_t>(type);
  return facts[at < facts.size() ? at : 0];
}

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

std::string_view numberTypeName(NumberType type) { return factsOf(type).name; }
bool isHeldAsFloat(NumberType type) { return factsOf(type).held == 'f'; }
bool isHeldAsInteger(NumberType type) { return factsOf(type).held == 'i'; }
int numberBits(NumberType type) { return factsOf(type).bits; }
bool isSignedInteger(NumberType type) { return isHeldAsInteger(type) && factsOf(type).name[0] == 'i'; }

IntegerRange integerRange(NumberType type) {
  if (type == NumberType::boolean) return {0, 1};
  const int bits = numberBits(type);
  if (!isSignedInteger(type)) return {0, (int64_t{1} << bits) - 1};
  return {-(int64_t{1} << (bits - 1)), (int64_t{1} << (bits - 1)) - 1};
}

float floatFromBits(NumberType type, uint32_t bits) {
  if (type == NumberType::float32) return std::bit_cast<float>(bits);
  if (type == NumberType::float16) return fp16_ieee_to_fp32_value(static_cast<uint16_t>(bits));
  if (type == NumberType::float8e8m0) return bits == 255 ? notANumber : std::ldexp(1.0F, static_cast<int>(bits) - 127);
  const FloatFormat& format = *formatOf(type);
  const int width = 1 + format.exponentBits + format.mantissaBits;
  const bool isNegative = (bits >> (width - 1)) != 0;
  const uint32_t mantissa = bits & ((1U << format.mantissaBits) - 1);
  const int exponent = static_cast<int>((bits >> format.mantissaBits) & ((1U << format.exponentBits) - 1));
  if (format.isUnsignedZero && isNegative && mantissa == 0 && exponent == 0) return notANumber;
  const int highest = (1 << format.exponentBits) - 1;
  if (format.overflow == Overflow::infinity && exponent == highest)
    return mantissa != 0 ? notANumber : (isNegative ? -infinity : infinity);
  if (type == NumberType::float8e4m3fn && exponent == highest && mantissa == 7) return notANumber;
  const auto digits = static_cast<float>(exponent == 0 ? mantissa : mantissa + (1U << format.mantissaBits));
  const float value = std::ldexp(digits, (exponent == 0 ? 1 : exponent) - format.bias - format.mantissaBits);
  return isNegative ? -value : value;
}

float roundedTo(NumberType type, float value, bool saturate) {
  const FloatFormat* format = formatOf(type);
  if (!format) return value;
  // Without a NaN, the format has nothing better than what the suite's reference gives.
  if (std::isnan(value)) return format->overflow == Overflow::largest ? -0.0F : value;
  const double magnitude = std::abs(double{value});
  const bool isWide = type == NumberType::float16 || type == NumberType::bfloat16;
  const bool stops = format->overflow == Overflow::largest || (saturate && !isWide);
  double rounded = magnitude;
  if (magnitude > 0 && std::isfinite(value)) {
    const int exponent = std::max(std::ilogb(magnitude), 1 - format->bias);
    const double step = std::ldexp(1.0, exponent - format->mantissaBits);
    rounded = std::nearbyint(magnitude / step) * step;
  }
  if (rounded > double{format->largest}) {
    if (stops) {
      rounded = format->largest;
    } else if (format->overflow == Overflow::infinity) {
      rounded = infinity;
    } else {
      return notANumber;
    }
  }
  if (rounded == 0 && format->isUnsignedZero) return 0.0F;
  return std::copysign(static_cast<float>(rounded), value);
}

int64_t wrappedTo(NumberType type, int64_t value) {
  if (type == NumberType::boolean) return value != 0 ? 1 : 0;
  const int bits = numberBits(type);
  if (bits >= 64) return value;
  const int shift = 64 - bits;
  const uint64_t moved = static_cast<uint64_t>(value) << shift;
  return isSignedInteger(type) ? static_cast<int64_t>(moved) >> shift : static_cast<int64_t>(moved >> shift);
}

}  // namespace pith
