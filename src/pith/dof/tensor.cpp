// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/tensor.h"

#include <fp16.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "pith/dof/pickle_machine.h"

namespace pith::dof {
namespace {

constexpr size_t maxValues = size_t{1} << 20;  // as many as a container's record may have
constexpr size_t maxDepth = 8;                 // of lists in lists

/// Up to eight bytes, as they lie in the file, as a number of the machine.
template <typename T>
T load(const uint8_t* bytes, bool bigEndian) {
  uint8_t ordered[sizeof(T)];
  std::memcpy(ordered, bytes, sizeof(T));
  if (bigEndian) std::reverse(ordered, ordered + sizeof(T));
  return std::bit_cast<T>(ordered);
}

float loadScalar(NumberType type, const uint8_t* bytes) {
  switch (type.scalar) {
    case ScalarType::f16:
      return fp16_ieee_to_fp32_value(load<uint16_t>(bytes, type.bigEndian));
    case ScalarType::bf16:
      return std::bit_cast<float>(static_cast<uint32_t>(load<uint16_t>(bytes, type.bigEndian)) << 16);
    case ScalarType::f32:
      return load<float>(bytes, type.bigEndian);
    case ScalarType::f64:
      return static_cast<float>(load<double>(bytes, type.bigEndian));
    case ScalarType::i8:
      return static_cast<float>(load<int8_t>(bytes, false));
    case ScalarType::i16:
      return static_cast<float>(load<int16_t>(bytes, type.bigEndian));
    case ScalarType::i32:
      return static_cast<float>(load<int32_t>(bytes, type.bigEndian));
    case ScalarType::i64:
      return static_cast<float>(load<int64_t>(bytes, type.bigEndian));
    case ScalarType::u8:
      return static_cast<float>(*bytes);
    case ScalarType::u16:
      return static_cast<float>(load<uint16_t>(bytes, type.bigEndian));
    case ScalarType::u32:
      return static_cast<float>(load<uint32_t>(bytes, type.bigEndian));
    case ScalarType::u64:
      return static_cast<float>(load<uint64_t>(bytes, type.bigEndian));
    case ScalarType::boolean:
      return *bytes != 0 ? 1.0F : 0.0F;
  }
  return 0;
}

Error tooLarge() {
  return unsupportedPickle("an element has more than " + std::to_string(maxValues) + " values");
}

Result<Tensor> tensorFromArray(const Array& array) {
  if (!array.filled) return corruptPickle("an array in the pickle was never filled");
  Tensor tensor{.shape = array.shape, .values = {}};
  size_t count = 1;
  for (const int64_t extent : array.shape)
    count *= static_cast<size_t>(extent);  // at most 2^31, checked when it was made
  if (count > maxValues) return tooLarge();
  tensor.values.reserve(count);
  const size_t bytesEach = scalarBytes(array.type.scalar);
  std::vector<int64_t> position(array.shape.size(), 0);
  for (size_t i = 0; i < count; ++i) {
    int64_t element = array.offset;
    for (size_t axis = 0; axis < position.size(); ++axis) element += position[axis] * array.strides[axis];
    tensor.values.push_back(
        loadScalar(array.type, array.bytes.data() + static_cast<size_t>(element) * bytesEach));
    for (size_t axis = position.size(); axis-- > 0;) {
      if (++position[axis] < array.shape[axis]) break;
      position[axis] = 0;
    }
  }
  return tensor;
}

bool isNumber(const Value& value) {
  return value.kind == Kind::integer || value.kind == Kind::real || value.kind == Kind::boolean;
}

float numberOf(const Value& value) {
  return value.kind == Kind::real ? static_cast<float>(value.real) : static_cast<float>(value.integer);
}

/// Walks lists in lists without recursion and checks that they make a box.
class ListWalk {
 public:
  explicit ListWalk(const Heap& heap) : heap_(heap) {}

  Result<Tensor> read(const Value& top) {
    PITH_RETURN_IF_ERROR(enter(top));
    while (!open_.empty()) {
      Level& level = open_.back();
      const std::vector<Value>& items = heap_.sequences[level.sequence];
      if (level.next == items.size()) {
        open_.pop_back();
        continue;
      }
      const Value& item = items[level.next++];
      PITH_RETURN_IF_ERROR(item.kind == Kind::sequence ? enter(item) : take(item));
    }
    return std::move(tensor_);
  }

 private:
  struct Level {
    uint32_t sequence;
    size_t next;
  };

  Status enter(const Value& list) {
    const size_t depth = open_.size();
    const int64_t extent = static_cast<int64_t>(heap_.sequences[list.index].size());
    if (++visited_ > maxValues) return tooLarge();
    if (depth == maxDepth)
      return unsupportedPickle("the pickle nests lists deeper than " + std::to_string(maxDepth));
    if (depth == tensor_.shape.size()) {
      if (isBottom_) return ragged();
      tensor_.shape.push_back(extent);
    }
    if (tensor_.shape[depth] != extent) return ragged();
    open_.push_back({list.index, 0});
    return {};
  }

  Status take(const Value& item) {
    if (item.kind == Kind::array) {
      // A number of NumPy is an array without extents.
      PITH_ASSIGN_OR_RETURN(const Tensor number, tensorFromArray(heap_.arrays[item.index]));
      if (!number.shape.empty())
        return unsupportedPickle("the pickle holds a list of arrays; a list of numbers or one array is read");
      return add(number.values[0]);
    }
    if (!isNumber(item)) return unsupportedPickle("the pickle holds a list of something other than numbers");
    return add(numberOf(item));
  }

  Status add(float value) {
    if (open_.size() != tensor_.shape.size()) return ragged();
    isBottom_ = true;
    if (tensor_.values.size() == maxValues) return tooLarge();
    tensor_.values.push_back(value);
    return {};
  }

  static Error ragged() {
    return unsupportedPickle("the pickle holds lists of different lengths where one shape is needed");
  }

  const Heap& heap_;
  Tensor tensor_;
  std::vector<Level> open_;
  size_t visited_ = 0;
  bool isBottom_ = false;  // numbers were seen, so lists cannot go deeper
};

Result<Tensor> readPickle(ByteView bytes) {
  static const PickleLimits limits;
  Heap heap;
  PickleBudget budget;
  budget.fileBytes = bytes.size();
  PickleMachine machine(bytes, heap, budget, limits, false);
  PITH_ASSIGN_OR_RETURN(const Value top, machine.run());
  if (!machine.rest().empty()) return corruptPickle("something follows the pickle");
  if (top.kind == Kind::array) return tensorFromArray(heap.arrays[top.index]);
  if (top.kind == Kind::sequence) return ListWalk(heap).read(top);
  if (isNumber(top)) return Tensor{.shape = {}, .values = {numberOf(top)}};
  return unsupportedPickle(
      "the pickle holds something other than a tensor, an array, a number or lists of numbers");
}

}  // namespace

Result<Tensor> readTensorPickle(ByteView bytes) {
  try {
    return readPickle(bytes);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the values of a pickle"};
  }
}

}  // namespace pith::dof
