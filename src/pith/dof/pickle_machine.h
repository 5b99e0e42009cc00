// SPDX-License-Identifier: Apache-2.0
/// @file Reads one pickle (protocols 0 to 5) into values. It knows the opcodes that numbers, texts, lists,
/// tensors and NumPy arrays need and refuses every other one; no code of the file is run, because there is
/// nothing here that could run it.
/// @source Python's library, pickle and pickletools (protocols 0 to 5); PEP 307, 3154, 574
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/dof/pickle_value.h"

namespace pith::dof {

/// What a pickle may cost, whatever it says.
struct PickleLimits {
  size_t maxStack = size_t{1} << 20;  // values waiting, and values remembered
  size_t maxItems = size_t{1} << 21;  // in all lists and tuples
  size_t maxSequences = size_t{1} << 18;
  size_t maxArrays = 4096;  // arrays, tensors, storages and types
};

/// Counts what every machine that works on one file takes.
struct PickleBudget {
  size_t items = 0;
  size_t ownedBytes = 0;   // texts and bytes that are not in the file as they are
  size_t nestedBytes = 0;  // read again as pickles of their own
  size_t fileBytes = 0;
};

class PickleMachine {
 public:
  /// @param nested  whether the bytes are a storage inside of a pickle: persistent ids are known, a second
  /// nesting is not
  PickleMachine(ByteView bytes, Heap& heap, PickleBudget& budget, const PickleLimits& limits, bool nested)
      : rest_(bytes), heap_(heap), budget_(budget), limits_(limits), nested_(nested) {}

  /// Reads up to the next STOP.
  /// @errors unsafePickle (an opcode or a name outside the allow-list), corruptDof, unsupportedDof
  [[nodiscard]] Result<Value> run();
  /// What lies behind the last STOP.
  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  // pickle_machine.cpp: opcodes
  Status step(uint8_t opcode);
  Status stepSimple(uint8_t opcode);
  Status stepNumber(uint8_t opcode);
  Status stepText(uint8_t opcode);
  Status stepCollection(uint8_t opcode);
  Status stepMemo(uint8_t opcode);
  Status stepObject(uint8_t opcode);
  Result<ByteView> take(size_t count);
  Result<uint64_t> takeUnsigned(size_t byteCount);
  Result<std::string_view> takeLine();
  Status push(Value value);
  Result<Value> pop();
  Status pushRun(Kind kind, ByteView bytes);
  Status pushOwned(Kind kind, std::vector<uint8_t> bytes);
  Status pushSequence(size_t count);
  Status pushMarked(Kind kind);
  Status append(size_t count);
  Result<size_t> itemsAboveMark();
  Status remember(uint64_t slot);
  Status recall(uint64_t slot);

  // pickle_objects.cpp: what REDUCE, BUILD and persistent ids mean
  Status reduce();
  Status build();
  Status loadPersistent();
  Status encodeText(const std::vector<Value>& arguments);
  Status rebuildTensor(const std::vector<Value>& arguments, size_t expected);
  Status rebuildParameter(const std::vector<Value>& arguments);
  Status loadStorage(const std::vector<Value>& arguments);
  Status makeType(const std::vector<Value>& arguments);
  Status makeEmptyArray(const std::vector<Value>& arguments);
  Status makeArrayFromBuffer(const std::vector<Value>& arguments);
  Status makeScalar(const std::vector<Value>& arguments);
  Status buildType(NumberType& type, const std::vector<Value>& state);
  Status buildArray(uint32_t index, const std::vector<Value>& state);
  Status pushArray(Array array, Kind kind = Kind::array);
  Result<std::vector<int64_t>> extents(const Value& value) const;
  std::string_view text(const Value& value) const { return asText(heap_.runs[value.index]); }

  ByteView rest_;
  Heap& heap_;
  PickleBudget& budget_;
  const PickleLimits& limits_;
  bool nested_;
  std::vector<Value> stack_;
  std::vector<Value> memo_;
};

inline Error corruptPickle(std::string detail) { return {ErrorCode::corruptDof, std::move(detail)}; }
inline Error unsafePickle(std::string detail) { return {ErrorCode::unsafePickle, std::move(detail)}; }
inline Error unsupportedPickle(std::string detail) { return {ErrorCode::unsupportedDof, std::move(detail)}; }

}  // namespace pith::dof
