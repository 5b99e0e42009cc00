// SPDX-License-Identifier: Apache-2.0
/// @file What a pickle may hold, as plain values. Nothing here can run, and nothing owns anything else: a
/// value is a number or an index, so that loops and depth in a pickle cost neither memory nor stack.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pith/base/bytes.h"

namespace pith::dof {

/// One element of an array or of a storage.
enum class ScalarType : uint8_t { f16, bf16, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, boolean };

[[nodiscard]] constexpr size_t scalarBytes(ScalarType type) {
  switch (type) {
    case ScalarType::i8:
    case ScalarType::u8:
    case ScalarType::boolean:
      return 1;
    case ScalarType::f16:
    case ScalarType::bf16:
    case ScalarType::i16:
    case ScalarType::u16:
      return 2;
    case ScalarType::f32:
    case ScalarType::i32:
    case ScalarType::u32:
      return 4;
    default:
      return 8;
  }
}

/// The names of Python that a pickle may ask for. Each stands for one thing that we do ourselves.
enum class Global : uint8_t {
  codecsEncode,      // text in Latin-1 → bytes
  orderedDict,       // the hooks of a tensor; only empty ones
  rebuildTensor,     // storage, offset, size, stride
  rebuildTensorV2,   // the same and requires_grad, hooks
  rebuildParameter,  // a tensor that was trained
  loadStorage,       // a storage saved by torch.save in its old form, as bytes
  storageType,       // torch.FloatStorage and its kin
  numpyReconstruct,  // an empty array that BUILD fills
  numpyFromBuffer,   // an array from bytes
  numpyScalar,
  numpyArray,  // numpy.ndarray, as an argument
  numpyType,   // numpy.dtype
};

enum class Kind : uint8_t {
  none,
  boolean,
  integer,
  hugeInteger,
  real,
  text,
  bytes,
  sequence,
  dict,
  global,
  type,
  array,
  storage,
  mark
};

struct Value {
  Value() = default;
  explicit Value(Kind kind, uint32_t index = 0) : kind(kind), index(index) {}
  static Value ofBoolean(bool truth) { return ofInteger(truth, Kind::boolean); }
  static Value ofInteger(int64_t number, Kind kind = Kind::integer) {
    Value value(kind);
    value.integer = number;
    return value;
  }
  static Value ofReal(double number) {
    Value value(Kind::real);
    value.real = number;
    return value;
  }

  Kind kind = Kind::none;
  Global global = Global::codecsEncode;  // of a global
  ScalarType scalar = ScalarType::f32;   // of a storage's type
  uint32_t index = 0;                    // of what lies in the heap
  int64_t integer = 0;                   // of a boolean and an integer
  double real = 0;
};

struct NumberType {
  ScalarType scalar = ScalarType::f32;
  bool bigEndian = false;
};

/// Elements in memory, strided. Checked: every element lies in `bytes`.
struct Array {
  bool filled = false;  // by BUILD
  NumberType type;
  ByteView bytes;
  int64_t offset = 0;            // in elements
  std::vector<int64_t> shape;    // at most 8 extents, none negative
  std::vector<int64_t> strides;  // in elements, none negative
};

/// Everything that values point to.
struct Heap {
  std::vector<ByteView> runs;  // text (UTF-8) and bytes; in the file or in `owned`
  std::vector<std::vector<uint8_t>> owned;
  std::vector<std::vector<Value>> sequences;
  std::vector<NumberType> types;
  std::vector<Array> arrays;
};

}  // namespace pith::dof
