// SPDX-License-Identifier: Apache-2.0
/// @file What REDUCE, BUILD and persistent ids mean: each allowed name is a case here and nothing else is.
#include <algorithm>
#include <limits>

#include "pith/dof/pickle_machine.h"
#include "pith/dof/pickle_names.h"
#include "pith/dof/pickle_text.h"

namespace pith::dof {
namespace {

constexpr size_t maxRank = 8;
constexpr int64_t maxElements = int64_t{1} << 31;  // of one array or storage

/// The product of the extents, or nothing where it passes maxElements.
std::optional<int64_t> elementCount(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent != 0 && count > maxElements / extent) return std::nullopt;
    count *= extent;
  }
  return count;
}

std::vector<int64_t> contiguousStrides(const std::vector<int64_t>& shape, bool fortranOrder) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t axis = fortranOrder ? i : shape.size() - 1 - i;
    strides[axis] = stride;
    stride *= std::max<int64_t>(shape[axis], 1);
  }
  return strides;
}

/// Whether every element lies in the array's bytes.
bool fits(const Array& array) {
  const auto count = elementCount(array.shape);
  if (!count) return false;
  if (*count == 0) return true;
  const int64_t available = static_cast<int64_t>(array.bytes.size() / scalarBytes(array.type.scalar));
  int64_t last = array.offset;
  for (size_t i = 0; i < array.shape.size(); ++i) {
    const int64_t steps = array.shape[i] - 1;
    if (steps > 0 && array.strides[i] > (available - last) / steps) return false;
    last += steps * array.strides[i];
  }
  return last < available;
}

bool isGlobal(const Value& value, Global global) {
  return value.kind == Kind::global && value.global == global;
}

Error wrongArguments(const char* what) {
  return corruptPickle("the pickle gives wrong values to what rebuilds " + std::string(what));
}

}  // namespace

Status PickleMachine::reduce() {
  PITH_ASSIGN_OR_RETURN(const Value tuple, pop());
  PITH_ASSIGN_OR_RETURN(const Value callee, pop());
  if (callee.kind != Kind::global)
    return unsafePickle("the pickle calls a value that is no name of the allow-list, and nothing was run");
  if (tuple.kind != Kind::sequence) return corruptPickle("the pickle gives arguments that are no tuple");
  const std::vector<Value>& arguments = heap_.sequences[tuple.index];
  switch (callee.global) {
    case Global::codecsEncode:
      return encodeText(arguments);
    case Global::orderedDict:
      return arguments.empty()
                 ? push(Value(Kind::dict))
                 : Status(unsupportedPickle("the pickle holds an OrderedDict that is not empty"));
    case Global::rebuildTensor:
      return rebuildTensor(arguments, 4);
    case Global::rebuildTensorV2:
      return rebuildTensor(arguments, 6);
    case Global::rebuildParameter:
      return rebuildParameter(arguments);
    case Global::loadStorage:
      return loadStorage(arguments);
    case Global::numpyReconstruct:
      return makeEmptyArray(arguments);
    case Global::numpyFromBuffer:
      return makeArrayFromBuffer(arguments);
    case Global::numpyScalar:
      return makeScalar(arguments);
    case Global::numpyType:
      return makeType(arguments);
    case Global::storageType:
    case Global::numpyArray:
      break;
  }
  return unsafePickle("the pickle calls a name that may only be mentioned, and nothing was run");
}

Status PickleMachine::build() {
  PITH_ASSIGN_OR_RETURN(const Value state, pop());
  PITH_ASSIGN_OR_RETURN(const Value target, pop());
  if (state.kind != Kind::sequence)
    return unsafePickle("the pickle uses BUILD with a state that is no tuple, and nothing was run");
  if (target.kind == Kind::type) {
    PITH_RETURN_IF_ERROR(buildType(heap_.types[target.index], heap_.sequences[state.index]));
  } else if (target.kind == Kind::array) {
    PITH_RETURN_IF_ERROR(buildArray(target.index, heap_.sequences[state.index]));
  } else {
    return unsafePickle("the pickle uses BUILD on a value that is no NumPy array, and nothing was run");
  }
  return push(target);
}

Status PickleMachine::encodeText(const std::vector<Value>& arguments) {
  const bool isText =
      arguments.size() == 2 && arguments[0].kind == Kind::text && arguments[1].kind == Kind::text;
  if (!isText || (text(arguments[1]) != "latin1" && text(arguments[1]) != "latin-1"))
    return wrongArguments("bytes");
  PITH_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, latin1FromUtf8(text(arguments[0])));
  return pushOwned(Kind::bytes, std::move(bytes));
}

Result<std::vector<int64_t>> PickleMachine::extents(const Value& value) const {
  if (value.kind != Kind::sequence || heap_.sequences[value.index].size() > maxRank) {
    return unsupportedPickle("a shape in the pickle is no tuple of at most " + std::to_string(maxRank) +
                             " extents");
  }
  std::vector<int64_t> extents;
  for (const Value& item : heap_.sequences[value.index]) {
    if (item.kind != Kind::integer || item.integer < 0 || item.integer > maxElements)
      return unsupportedPickle("a shape in the pickle has an extent that is negative or too large");
    extents.push_back(item.integer);
  }
  return extents;
}

Status PickleMachine::rebuildTensor(const std::vector<Value>& arguments, size_t expected) {
  const bool hasMetadata = arguments.size() == 7 && expected == 6;
  if ((arguments.size() != expected && !hasMetadata) || arguments[0].kind != Kind::storage ||
      arguments[1].kind != Kind::integer) {
    return wrongArguments("a tensor");
  }
  if (hasMetadata && arguments[6].kind != Kind::none)
    return unsupportedPickle("the pickle holds a tensor with metadata, such as a conjugate view");
  Array tensor = heap_.arrays[arguments[0].index];
  tensor.offset = arguments[1].integer;
  PITH_ASSIGN_OR_RETURN(tensor.shape, extents(arguments[2]));
  PITH_ASSIGN_OR_RETURN(tensor.strides, extents(arguments[3]));
  if (tensor.shape.size() != tensor.strides.size() || tensor.offset < 0 || tensor.offset > maxElements)
    return wrongArguments("a tensor");
  if (!fits(tensor)) return corruptPickle("a tensor in the pickle reaches outside of its storage");
  return pushArray(std::move(tensor));
}

Status PickleMachine::rebuildParameter(const std::vector<Value>& arguments) {
  if (arguments.size() != 3 || arguments[0].kind != Kind::array) return wrongArguments("a parameter");
  return push(arguments[0]);
}

/// The old form of torch.save: a magic number, a version, facts about the machine, the storage as a
/// persistent id, the list of the storages' keys - five pickles - and then each storage's length and
/// elements.
/// @source PyTorch, torch/serialization.py, _legacy_save
Status PickleMachine::loadStorage(const std::vector<Value>& arguments) {
  static constexpr uint8_t magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
  constexpr int64_t legacyVersion = 1001;
  if (nested_) return unsafePickle("the pickle nests a storage inside of a storage, and nothing was run");
  if (arguments.size() != 1 || arguments[0].kind != Kind::bytes) return wrongArguments("a storage");
  const ByteView bytes = heap_.runs[arguments[0].index];
  constexpr size_t growth = 2;
  budget_.nestedBytes += bytes.size();
  if (budget_.nestedBytes > growth * budget_.fileBytes)
    return unsupportedPickle("the pickle reads the same storage again and again");

  PickleMachine machine(bytes, heap_, budget_, limits_, true);
  PITH_ASSIGN_OR_RETURN(const Value number, machine.run());
  if (number.kind != Kind::hugeInteger || !std::ranges::equal(heap_.runs[number.index], magic))
    return corruptPickle("a storage in the pickle does not start as torch.save starts one");
  PITH_ASSIGN_OR_RETURN(const Value version, machine.run());
  if (version.kind != Kind::integer || version.integer != legacyVersion)
    return unsupportedPickle("a storage in the pickle has a version other than 1001");
  PITH_ASSIGN_OR_RETURN(const Value facts, machine.run());
  if (facts.kind != Kind::dict)
    return corruptPickle("a storage in the pickle lacks the facts about the machine that saved it");
  PITH_ASSIGN_OR_RETURN(const Value storage, machine.run());
  if (storage.kind != Kind::storage) return corruptPickle("a storage in the pickle is none");
  PITH_ASSIGN_OR_RETURN(const Value keys, machine.run());
  if (keys.kind != Kind::sequence || heap_.sequences[keys.index].size() != 1)
    return unsupportedPickle("a storage in the pickle is not exactly one");

  Array& array = heap_.arrays[storage.index];
  const int64_t count = array.shape[0];
  uint64_t stated = 0;
  const ByteView rest = machine.rest();
  const size_t elementBytes = static_cast<size_t>(count) * scalarBytes(array.type.scalar);
  if (rest.size() < sizeof stated || rest.size() - sizeof stated != elementBytes)
    return corruptPickle("a storage in the pickle does not have the bytes that it says");
  std::memcpy(&stated, rest.data(), sizeof stated);
  if (stated != static_cast<uint64_t>(count))
    return corruptPickle("a storage in the pickle states two lengths");
  array.bytes = rest.subspan(sizeof stated);
  array.filled = true;
  return push(storage);
}

/// ('storage', type, key, place, count, view)
Status PickleMachine::loadPersistent() {
  if (!nested_)
    return unsafePickle("the pickle uses the opcode BINPERSID outside of a storage, and nothing was run");
  PITH_ASSIGN_OR_RETURN(const Value id, pop());
  if (id.kind != Kind::sequence || heap_.sequences[id.index].size() != 6) return wrongArguments("a storage");
  const std::vector<Value>& parts = heap_.sequences[id.index];
  if (parts[0].kind != Kind::text || text(parts[0]) != "storage" || !isGlobal(parts[1], Global::storageType))
    return wrongArguments("a storage");
  if (parts[4].kind != Kind::integer || parts[4].integer < 0 || parts[4].integer > maxElements)
    return wrongArguments("a storage");
  if (parts[5].kind != Kind::none)
    return unsupportedPickle("the pickle holds a storage that is a view of another");
  Array storage;
  storage.type.scalar = parts[1].scalar;
  storage.shape = {parts[4].integer};
  return pushArray(std::move(storage), Kind::storage);
}

Status PickleMachine::makeType(const std::vector<Value>& arguments) {
  if (arguments.empty() || arguments.size() > 3 || arguments[0].kind != Kind::text)
    return wrongArguments("a NumPy type");
  const std::optional<ScalarType> scalar = scalarFromName(text(arguments[0]));
  if (!scalar) return unsupportedPickle("the pickle holds a NumPy type that is no plain number");
  if (heap_.types.size() == limits_.maxArrays)
    return unsupportedPickle("the pickle holds too many NumPy types");
  heap_.types.push_back({.scalar = *scalar});
  return push(Value(Kind::type, static_cast<uint32_t>(heap_.types.size() - 1)));
}

/// (version, byte order, no subtype, no names, no fields, ...)
Status PickleMachine::buildType(NumberType& type, const std::vector<Value>& state) {
  constexpr size_t shortest = 5;
  if (state.size() < shortest || state[1].kind != Kind::text) return wrongArguments("a NumPy type");
  if (!std::all_of(state.begin() + 2, state.begin() + 5,
                   [](const Value& part) { return part.kind == Kind::none; })) {
    return unsupportedPickle("the pickle holds a NumPy type with fields");
  }
  const std::string_view order = text(state[1]);
  if (order != "<" && order != ">" && order != "|")
    return unsupportedPickle("the pickle holds a NumPy type of an unknown byte order");
  type.bigEndian = order == ">";
  return {};
}

Status PickleMachine::makeEmptyArray(const std::vector<Value>& arguments) {
  if (arguments.size() != 3 || !isGlobal(arguments[0], Global::numpyArray)) return wrongArguments("an array");
  return pushArray({});
}

/// (1, shape, type, whether in Fortran's order, bytes)
Status PickleMachine::buildArray(uint32_t index, const std::vector<Value>& state) {
  if (state.size() != 5 || state[2].kind != Kind::type || state[3].kind != Kind::boolean)
    return wrongArguments("an array");
  if (state[4].kind != Kind::bytes)
    return unsupportedPickle("the pickle holds an array whose elements are no plain numbers");
  Array array;
  array.type = heap_.types[state[2].index];
  array.bytes = heap_.runs[state[4].index];
  array.filled = true;
  PITH_ASSIGN_OR_RETURN(array.shape, extents(state[1]));
  array.strides = contiguousStrides(array.shape, state[3].integer != 0);
  const auto count = elementCount(array.shape);
  if (!count || static_cast<uint64_t>(*count) * scalarBytes(array.type.scalar) != array.bytes.size()) {
    return corruptPickle("an array in the pickle does not have the bytes that its shape needs");
  }
  heap_.arrays[index] = std::move(array);
  return {};
}

/// (bytes, type, shape, order)
Status PickleMachine::makeArrayFromBuffer(const std::vector<Value>& arguments) {
  const bool hasAxes = arguments.size() == 5;
  if ((arguments.size() != 4 && !hasAxes) || arguments[3].kind != Kind::text)
    return wrongArguments("an array");
  const std::string_view order = text(arguments[3]);
  if ((hasAxes && arguments[4].kind != Kind::none) || (order != "C" && order != "F"))
    return unsupportedPickle("the pickle holds an array in an unknown order");
  const std::vector<Value> state{Value(), arguments[2], arguments[1], Value::ofBoolean(order == "F"),
                                 arguments[0]};
  PITH_RETURN_IF_ERROR(pushArray({}));
  return buildArray(static_cast<uint32_t>(heap_.arrays.size() - 1), state);
}

Status PickleMachine::makeScalar(const std::vector<Value>& arguments) {
  if (arguments.size() != 2 || arguments[0].kind != Kind::type || arguments[1].kind != Kind::bytes)
    return wrongArguments("a NumPy number");
  Array scalar;
  scalar.type = heap_.types[arguments[0].index];
  scalar.bytes = heap_.runs[arguments[1].index];
  scalar.filled = true;
  if (scalar.bytes.size() != scalarBytes(scalar.type.scalar))
    return corruptPickle("a NumPy number in the pickle does not have the bytes of its type");
  return pushArray(std::move(scalar));
}

Status PickleMachine::pushArray(Array array, Kind kind) {
  if (heap_.arrays.size() == limits_.maxArrays) return unsupportedPickle("the pickle holds too many arrays");
  heap_.arrays.push_back(std::move(array));
  return push(Value(kind, static_cast<uint32_t>(heap_.arrays.size() - 1)));
}

}  // namespace pith::dof
