// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/pickle_machine.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "pith/base/sha256.h"
#include "pith/dof/pickle_names.h"
#include "pith/dof/pickle_text.h"

namespace pith::dof {
namespace {

constexpr uint64_t newestProtocol = 5;

template <typename T>
std::optional<T> parseNumber(std::string_view digits) {
  T number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// Two's complement, little-endian, at most eight bytes.
int64_t signedFrom(ByteView bytes) {
  uint64_t bits = !bytes.empty() && (bytes.back() & 0x80) ? ~uint64_t{0} : 0;
  for (size_t i = bytes.size(); i-- > 0;) bits = (bits << 8) | bytes[i];
  return static_cast<int64_t>(bits);
}

}  // namespace

Result<Value> PickleMachine::run() {
  stack_.clear();
  memo_.clear();
  while (true) {
    PITH_ASSIGN_OR_RETURN(const ByteView opcode, take(1));
    if (opcode[0] == '.') break;
    PITH_RETURN_IF_ERROR(step(opcode[0]));
  }
  if (stack_.size() != 1 || stack_[0].kind == Kind::mark)
    return corruptPickle("the pickle does not end with one value");
  return stack_[0];
}

Status PickleMachine::step(uint8_t opcode) {
  struct Family {
    std::string_view opcodes;
    Status (PickleMachine::*step)(uint8_t);
  };
  static constexpr Family families[] = {
      {"N\x88\x89(", &PickleMachine::stepSimple},
      {"ILJKMFG\x8a", &PickleMachine::stepNumber},
      {"VXBC\x8c\x8d\x8e\x96", &PickleMachine::stepText},
      {")]}tldaesu\x85\x86\x87", &PickleMachine::stepCollection},
      {"pqrghj\x94", &PickleMachine::stepMemo},
      {"cRbQ\x93\x80\x95", &PickleMachine::stepObject},
  };
  for (const Family& family : families) {
    if (family.opcodes.find(static_cast<char>(opcode)) != std::string_view::npos) return (this->*family.step)(opcode);
  }
  return unsafePickle("the pickle uses the opcode " + opcodeName(opcode) + " (" + toHex({&opcode, 1}) +
                      "); numbers, lists, tensors and NumPy arrays do not need it, and nothing was run");
}

Status PickleMachine::stepSimple(uint8_t opcode) {
  if (opcode == '(') return push(Value(Kind::mark));
  return push(opcode == 'N' ? Value() : Value::ofBoolean(opcode == 0x88));
}

Status PickleMachine::stepNumber(uint8_t opcode) {
  if (opcode == 'I' || opcode == 'L' || opcode == 'F') {
    PITH_ASSIGN_OR_RETURN(std::string_view digits, takeLine());
    if (opcode == 'I' && (digits == "00" || digits == "01")) return push(Value::ofBoolean(digits == "01"));
    if (opcode == 'F') {
      const std::optional<double> real = parseNumber<double>(digits);
      return real ? push(Value::ofReal(*real))
                  : Status(corruptPickle("a number in the pickle cannot be read"));
    }
    if (opcode == 'L' && digits.ends_with('L')) digits.remove_suffix(1);
    const std::optional<int64_t> integer = parseNumber<int64_t>(digits);
    return integer ? push(Value::ofInteger(*integer))
                   : Status(corruptPickle("a number in the pickle cannot be read or is too large"));
  }
  if (opcode == 'G') {
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, take(8));
    uint64_t bits = 0;
    for (const uint8_t byte : bytes) bits = (bits << 8) | byte;  // the one number that is big-endian
    return push(Value::ofReal(std::bit_cast<double>(bits)));
  }
  if (opcode == 0x8a) {
    PITH_ASSIGN_OR_RETURN(const uint64_t count, takeUnsigned(1));
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, take(static_cast<size_t>(count)));
    if (count <= 8) return push(Value::ofInteger(signedFrom(bytes)));
    PITH_RETURN_IF_ERROR(pushRun(Kind::hugeInteger, bytes));  // the number that old storages start with
    return {};
  }
  if (opcode == 'J') {
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, take(4));
    return push(Value::ofInteger(signedFrom(bytes)));
  }
  PITH_ASSIGN_OR_RETURN(const uint64_t number, takeUnsigned(opcode == 'K' ? 1 : 2));
  return push(Value::ofInteger(static_cast<int64_t>(number)));
}

Status PickleMachine::stepText(uint8_t opcode) {
  if (opcode == 'V') {
    PITH_ASSIGN_OR_RETURN(const std::string_view line, takeLine());
    PITH_ASSIGN_OR_RETURN(std::vector<uint8_t> unescaped, utf8FromRawUnicodeEscape(line));
    return pushOwned(Kind::text, std::move(unescaped));
  }
  const bool isText = opcode == 'X' || opcode == 0x8c || opcode == 0x8d;
  const bool isShort = opcode == 0x8c || opcode == 'C';
  const bool isLong = opcode == 0x8d || opcode == 0x8e || opcode == 0x96;
  PITH_ASSIGN_OR_RETURN(const uint64_t count, takeUnsigned(isShort ? 1 : isLong ? 8 : 4));
  if (count > rest_.size())
    return corruptPickle("the pickle ends inside of a text or of bytes that it says are " +
                         std::to_string(count) + " bytes long");
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, take(static_cast<size_t>(count)));
  return pushRun(isText ? Kind::text : Kind::bytes, bytes);
}

Status PickleMachine::stepCollection(uint8_t opcode) {
  switch (opcode) {
    case ')':
    case ']':
      return pushSequence(0);
    case 0x85:
    case 0x86:
    case 0x87:
      return pushSequence(opcode - 0x84u);
    case 't':
    case 'l':
      return pushMarked(Kind::sequence);
    case 'd':
      return pushMarked(Kind::dict);
    case '}':
      return push(Value(Kind::dict));
    case 'a':
      return append(1);
    case 'e': {
      PITH_ASSIGN_OR_RETURN(const size_t count, itemsAboveMark());
      stack_.erase(stack_.end() - static_cast<std::ptrdiff_t>(count) - 1);
      return append(count);
    }
    default: {  // SETITEM and SETITEMS: nothing that is kept looks into a dict
      size_t count = 2;
      if (opcode == 'u') {
        PITH_ASSIGN_OR_RETURN(count, itemsAboveMark());
        ++count;  // the mark
      }
      if (stack_.size() <= count || stack_[stack_.size() - count - 1].kind != Kind::dict)
        return corruptPickle("the pickle fills a dict where there is none");
      stack_.resize(stack_.size() - count);
      return {};
    }
  }
}

Status PickleMachine::stepMemo(uint8_t opcode) {
  if (opcode == 0x94) return remember(memo_.size());
  uint64_t slot = 0;
  if (opcode == 'p' || opcode == 'g') {
    PITH_ASSIGN_OR_RETURN(const std::string_view digits, takeLine());
    const std::optional<uint64_t> number = parseNumber<uint64_t>(digits);
    if (!number) return corruptPickle("a place in the pickle's memory is no number");
    slot = *number;
  } else {
    PITH_ASSIGN_OR_RETURN(slot, takeUnsigned(opcode == 'q' || opcode == 'h' ? 1 : 4));
  }
  return opcode == 'p' || opcode == 'q' || opcode == 'r' ? remember(slot) : recall(slot);
}

Status PickleMachine::stepObject(uint8_t opcode) {
  if (opcode == 0x80) {
    PITH_ASSIGN_OR_RETURN(const uint64_t protocol, takeUnsigned(1));
    if (protocol > newestProtocol)
      return unsupportedPickle("the pickle has protocol " + std::to_string(protocol) + "; 0 to 5 are known");
    return {};
  }
  if (opcode == 0x95) {
    PITH_ASSIGN_OR_RETURN(const uint64_t frameBytes, takeUnsigned(8));
    if (frameBytes > rest_.size()) return corruptPickle("the pickle ends inside of a frame");
    return {};
  }
  if (opcode == 'R') return reduce();
  if (opcode == 'b') return build();
  if (opcode == 'Q') return loadPersistent();
  if (opcode == 'c') {
    PITH_ASSIGN_OR_RETURN(const std::string_view module, takeLine());
    PITH_ASSIGN_OR_RETURN(const std::string_view name, takeLine());
    PITH_ASSIGN_OR_RETURN(const Value global, findGlobal(module, name));
    return push(global);
  }
  PITH_ASSIGN_OR_RETURN(const Value name, pop());
  PITH_ASSIGN_OR_RETURN(const Value module, pop());
  if (name.kind != Kind::text || module.kind != Kind::text)
    return corruptPickle("the pickle asks for a name that is no text");
  PITH_ASSIGN_OR_RETURN(const Value global, findGlobal(text(module), text(name)));
  return push(global);
}

Result<ByteView> PickleMachine::take(size_t count) {
  if (count > rest_.size()) return corruptPickle("the pickle ends too early");
  const ByteView bytes = rest_.first(count);
  rest_ = rest_.subspan(count);
  return bytes;
}

Result<uint64_t> PickleMachine::takeUnsigned(size_t byteCount) {
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, take(byteCount));
  uint64_t number = 0;
  for (size_t i = byteCount; i-- > 0;) number = (number << 8) | bytes[i];
  return number;
}

Result<std::string_view> PickleMachine::takeLine() {
  const auto end = std::ranges::find(rest_, uint8_t{'\n'});
  if (end == rest_.end()) return corruptPickle("the pickle ends inside of a line");
  const size_t length = static_cast<size_t>(end - rest_.begin());
  PITH_ASSIGN_OR_RETURN(const ByteView line, take(length + 1));
  return asText(line.first(length));
}

Status PickleMachine::push(Value value) {
  if (stack_.size() == limits_.maxStack)
    return unsupportedPickle("the pickle holds more values than a feature vector could need");
  stack_.push_back(value);
  return {};
}

Result<Value> PickleMachine::pop() {
  if (stack_.empty() || stack_.back().kind == Kind::mark)
    return corruptPickle("the pickle takes a value where there is none");
  const Value value = stack_.back();
  stack_.pop_back();
  return value;
}

Status PickleMachine::pushRun(Kind kind, ByteView bytes) {
  if (heap_.runs.size() == limits_.maxStack) return unsupportedPickle("the pickle holds too many texts");
  heap_.runs.push_back(bytes);
  return push(Value(kind, static_cast<uint32_t>(heap_.runs.size() - 1)));
}

Status PickleMachine::pushOwned(Kind kind, std::vector<uint8_t> bytes) {
  constexpr size_t growth = 4;  // Latin-1 as UTF-8 doubles, and its way back to bytes is a second copy
  budget_.ownedBytes += bytes.size();
  if (budget_.ownedBytes > growth * budget_.fileBytes)
    return unsupportedPickle("the pickle makes more bytes than it has");
  heap_.owned.push_back(std::move(bytes));
  return pushRun(kind, heap_.owned.back());
}

Status PickleMachine::pushSequence(size_t count) {
  if (heap_.sequences.size() == limits_.maxSequences)
    return unsupportedPickle("the pickle holds too many lists");
  heap_.sequences.emplace_back();
  PITH_RETURN_IF_ERROR(
      count <= stack_.size() ? Status() : corruptPickle("the pickle takes a value where there is none"));
  const Value sequence(Kind::sequence, static_cast<uint32_t>(heap_.sequences.size() - 1));
  stack_.insert(stack_.end() - static_cast<std::ptrdiff_t>(count), sequence);
  return append(count);
}

/// What lies above the newest mark becomes one value in the mark's place.
Status PickleMachine::pushMarked(Kind kind) {
  PITH_ASSIGN_OR_RETURN(const size_t count, itemsAboveMark());
  stack_.erase(stack_.end() - static_cast<std::ptrdiff_t>(count) - 1);
  if (kind == Kind::sequence) return pushSequence(count);
  stack_.resize(stack_.size() - count);
  return push(Value(kind));
}

/// Moves the topmost values to the end of the sequence below them.
Status PickleMachine::append(size_t count) {
  if (stack_.size() <= count) return corruptPickle("the pickle adds to a list where there is none");
  const Value target = stack_[stack_.size() - count - 1];
  if (target.kind != Kind::sequence) return corruptPickle("the pickle adds to a value that is no list");
  budget_.items += count;
  if (budget_.items > limits_.maxItems)
    return unsupportedPickle("the pickle holds more values than a feature vector could need");
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
  if (std::any_of(first, stack_.end(), [](const Value& value) { return value.kind == Kind::mark; }))
    return corruptPickle("the pickle adds a mark to a list");
  std::vector<Value>& items = heap_.sequences[target.index];
  items.insert(items.end(), first, stack_.end());
  stack_.erase(first, stack_.end());
  return {};
}

Result<size_t> PickleMachine::itemsAboveMark() {
  const auto isMark = [](const Value& value) { return value.kind == Kind::mark; };
  const auto found = std::find_if(stack_.rbegin(), stack_.rend(), isMark);
  if (found == stack_.rend()) return corruptPickle("the pickle looks for a mark where there is none");
  return static_cast<size_t>(found - stack_.rbegin());
}

Status PickleMachine::remember(uint64_t slot) {
  constexpr uint64_t gap = 1;  // writers count from 0 or from 1
  if (slot > memo_.size() + gap || slot >= limits_.maxStack)
    return unsupportedPickle("the pickle remembers a value at a place far ahead");
  if (stack_.empty() || stack_.back().kind == Kind::mark)
    return corruptPickle("the pickle remembers a value where there is none");
  if (slot >= memo_.size()) memo_.resize(static_cast<size_t>(slot) + 1, Value(Kind::mark));
  memo_[static_cast<size_t>(slot)] = stack_.back();
  return {};
}

Status PickleMachine::recall(uint64_t slot) {
  if (slot >= memo_.size() || memo_[static_cast<size_t>(slot)].kind == Kind::mark)
    return corruptPickle("the pickle recalls a value that it never remembered");
  return push(memo_[static_cast<size_t>(slot)]);
}

}  // namespace pith::dof
