// SPDX-License-Identifier: Apache-2.0
/// @file The numbers of ONNX's tensors, of all types, as constants of a graph.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "pith/onnx/wire.h"

namespace pith::onnx {
namespace {

Error badPayload(const TensorMessage& message, uint64_t found, int64_t expected) {
  return {ErrorCode::corruptModel, "Tensor " + quotedName(message.name) + " of shape " +
                                       shapeText(message.dims) + " holds " + std::to_string(found) +
                                       " values; " + std::to_string(expected) + " are expected."};
}

/// In 64 bits, also where addresses have 32.
constexpr uint64_t storedBytes(uint64_t count, int bits) { return (count * static_cast<uint64_t>(bits) + 7) / 8; }

/// Calls `each` with one piece of the raw data after the other; all but the last are whole multiples of 8 bytes.
template <typename Each>
Status inPieces(const RawData& raw, Each each) {
  if (!raw.bytes.empty()) {
    each(ByteView(raw.bytes));
    return {};
  }
  std::vector<uint8_t> piece(size_t{64} << 10);
  for (uint64_t offset = 0; offset < raw.part.length; offset += piece.size()) {
    piece.resize(static_cast<size_t>(std::min<uint64_t>(piece.size(), raw.part.length - offset)));
    PITH_RETURN_IF_ERROR(readFrom(raw.part, offset, piece));
    each(ByteView(piece));
  }
  return {};
}

/// The bits of every element, from raw bytes (little-endian; parts of a byte from the lowest bit up).
template <typename Put>
Status readRaw(const TensorMessage& message, size_t count, Put put) {
  const auto bits = static_cast<size_t>(numberBits(message.dataType));
  size_t left = count;
  return inPieces(*message.rawData, [&](ByteView raw) {
    const size_t elements = std::min(left, raw.size() * 8 / bits);
    left -= elements;
    for (size_t i = 0; i < elements; ++i) {
      uint64_t value = 0;
      if (bits < 8) {
        const size_t at = i * bits;
        value = (raw[at / 8] >> (at % 8)) & ((1U << bits) - 1U);
      } else {
        std::memcpy(&value, raw.data() + i * (bits / 8), bits / 8);
      }
      put(value);
    }
  });
}

/// float32 as it stands in the file.
Status readFloats(const RawData& raw, std::vector<float>& floats) {
  const std::span<uint8_t> to(reinterpret_cast<uint8_t*>(floats.data()), floats.size() * sizeof(float));
  if (raw.bytes.empty()) return readFrom(raw.part, 0, to);
  std::ranges::copy(raw.bytes, to.begin());
  return {};
}

/// The bits of every element, from the list of numbers that the type uses.
template <typename Put>
Status readTyped(const TensorMessage& message, size_t count, Put put) {
  const auto read = [&](const auto& numbers, auto bitsOf) -> Status {
    if (numbers.size() != count) return badPayload(message, numbers.size(), static_cast<int64_t>(count));
    for (auto number : numbers) put(bitsOf(number));
    return {};
  };
  const int bits = numberBits(message.dataType);
  switch (message.dataType) {
    case NumberType::float32:
      return read(message.floatData, [](float number) { return uint64_t{std::bit_cast<uint32_t>(number)}; });
    case NumberType::float64:
      return read(message.doubleData, [](double number) { return std::bit_cast<uint64_t>(number); });
    case NumberType::int64:
      return read(message.int64Data, [](int64_t number) { return static_cast<uint64_t>(number); });
    case NumberType::uint32:
    case NumberType::uint64:
      return read(message.uint64Data, [](uint64_t number) { return number; });
    default:
      break;
  }
  if (bits >= 8) return read(message.int32Data, [](int32_t number) { return static_cast<uint64_t>(number); });
  if (message.int32Data.size() != storedBytes(count, bits))
    return badPayload(message, message.int32Data.size(), static_cast<int64_t>(count));
  for (size_t i = 0; i < count; ++i) {
    const size_t at = i * static_cast<size_t>(bits);
    put((static_cast<uint32_t>(message.int32Data[at / 8]) >> (at % 8)) & ((1U << bits) - 1U));
  }
  return {};
}

/// Kernels pack weights with a bias for each channel and some bytes to read beyond: what is packed then fits where weights were
/// that are given back, and memory that never shrinks grows less.
constexpr size_t withRoom(size_t elements) { return elements + elements / 128 + 64; }

/// @param tensor  as toOutline gives it, of `elements` elements
Status readPayload(const TensorMessage& message, size_t elements, Tensor& tensor) {
  const NumberType type = message.dataType;
  if (elements == 0 && message.rawData) return {};
  if (type == NumberType::float32 && message.rawData) {
    tensor.floats.reserve(withRoom(elements));
    tensor.floats.resize(elements);
    return readFloats(*message.rawData, tensor.floats);
  }
  if (type == NumberType::float32 && message.floatData.size() == elements) {
    tensor.floats = message.floatData;
    return {};
  }
  // Where there are raw data, toOutline found as many as the shape says.
  if (message.rawData) tensor.type == DataType::int64 ? tensor.integers.reserve(elements) : tensor.floats.reserve(withRoom(elements));
  bool fits = true;
  const auto put = [&](uint64_t bits) {
    if (isHeldAsInteger(type)) {
      tensor.integers.push_back(wrappedTo(type, static_cast<int64_t>(bits)));
    } else if (type == NumberType::float64) {
      const auto wide = std::bit_cast<double>(bits);
      tensor.floats.push_back(static_cast<float>(wide));
      fits = fits && (std::isnan(wide) || double{tensor.floats.back()} == wide);
    } else {
      const int width = numberBits(type);
      tensor.floats.push_back(floatFromBits(type, static_cast<uint32_t>(bits & ((uint64_t{1} << width) - 1))));
    }
  };
  PITH_RETURN_IF_ERROR(message.rawData ? readRaw(message, elements, put) : readTyped(message, elements, put));
  if (fits) return {};
  return Error{ErrorCode::unsupportedDataType,
               "Tensor " + quotedName(message.name) + " holds float64 numbers that float32 does not have."};
}

}  // namespace

Result<Tensor> toOutline(const TensorMessage& message, const Limits& limits) {
  const auto count = elementCount(message.dims, limits);
  if (!count) {
    return Error{ErrorCode::modelTooLarge, "Tensor " + quotedName(message.name) + " has shape " +
                                               shapeText(message.dims) + "; at most " +
                                               std::to_string(limits.maxTensorElements) +
                                               " elements are allowed, and no negative extent."};
  }
  Tensor tensor;
  tensor.name = message.name;
  tensor.shape = message.dims;
  tensor.isConstant = true;
  tensor.element = message.dataType;
  tensor.type = isHeldAsInteger(message.dataType) ? DataType::int64 : DataType::float32;
  const int bits = numberBits(message.dataType);
  if (bits == 0) {
    return Error{ErrorCode::unsupportedDataType,
                 "Tensor " + quotedName(message.name) + " holds elements of type " +
                     std::string(numberTypeName(message.dataType)) + "; numbers and truth values are allowed."};
  }
  if (message.rawData && message.rawData->part.length != storedBytes(static_cast<uint64_t>(*count), bits))
    return badPayload(message, message.rawData->part.length * 8 / static_cast<uint64_t>(bits), *count);
  return tensor;
}

Result<Tensor> toConstant(const TensorMessage& message, const Limits& limits, bool mayHoldNan) {
  if (message.isLarge && !message.rawData) {
    TensorMessage whole = message;
    whole.isLarge = false;
    PITH_RETURN_IF_ERROR(readLists(whole, limits));
    return toConstant(whole, limits, mayHoldNan);
  }
  PITH_ASSIGN_OR_RETURN(Tensor tensor, toOutline(message, limits));
  PITH_RETURN_IF_ERROR(readPayload(message, static_cast<size_t>(*elementCount(tensor.shape, limits)), tensor));
  const auto isNan = [](float value) { return std::isnan(value); };
  if (!mayHoldNan && std::ranges::any_of(tensor.floats, isNan)) {
    return Error{ErrorCode::corruptModel,
                 "Tensor " + quotedName(message.name) + " holds a value that is not a number."};
  }
  return tensor;
}

}  // namespace pith::onnx
