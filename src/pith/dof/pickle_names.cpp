// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/pickle_names.h"

#include <algorithm>
#include <array>

namespace pith::dof {
namespace {

struct AllowedGlobal {
  std::string_view module, name;
  Global global;
};

constexpr auto allowedGlobals = std::to_array<AllowedGlobal>({
    {"_codecs", "encode", Global::codecsEncode},
    {"collections", "OrderedDict", Global::orderedDict},
    {"torch._utils", "_rebuild_tensor", Global::rebuildTensor},
    {"torch._utils", "_rebuild_tensor_v2", Global::rebuildTensorV2},
    {"torch._utils", "_rebuild_parameter", Global::rebuildParameter},
    {"torch.storage", "_load_from_bytes", Global::loadStorage},
    {"numpy.core.multiarray", "_reconstruct", Global::numpyReconstruct},
    {"numpy._core.multiarray", "_reconstruct", Global::numpyReconstruct},
    {"numpy.core.multiarray", "scalar", Global::numpyScalar},
    {"numpy._core.multiarray", "scalar", Global::numpyScalar},
    {"numpy.core.numeric", "_frombuffer", Global::numpyFromBuffer},
    {"numpy._core.numeric", "_frombuffer", Global::numpyFromBuffer},
    {"numpy", "ndarray", Global::numpyArray},
    {"numpy", "dtype", Global::numpyType},
});

struct NamedScalar {
  std::string_view name;
  ScalarType type;
};

constexpr auto storageTypes = std::to_array<NamedScalar>({
    {"FloatStorage", ScalarType::f32},
    {"DoubleStorage", ScalarType::f64},
    {"HalfStorage", ScalarType::f16},
    {"BFloat16Storage", ScalarType::bf16},
    {"CharStorage", ScalarType::i8},
    {"ShortStorage", ScalarType::i16},
    {"IntStorage", ScalarType::i32},
    {"LongStorage", ScalarType::i64},
    {"ByteStorage", ScalarType::u8},
    {"BoolStorage", ScalarType::boolean},
});

constexpr auto numpyTypes = std::to_array<NamedScalar>({
    {"f2", ScalarType::f16},
    {"f4", ScalarType::f32},
    {"f8", ScalarType::f64},
    {"i1", ScalarType::i8},
    {"i2", ScalarType::i16},
    {"i4", ScalarType::i32},
    {"i8", ScalarType::i64},
    {"u1", ScalarType::u8},
    {"u2", ScalarType::u16},
    {"u4", ScalarType::u32},
    {"u8", ScalarType::u64},
    {"b1", ScalarType::boolean},
});

struct NamedOpcode {
  uint8_t code;
  std::string_view name;
};

/// Those that are refused, and a few that are only refused in places; the others never stand in a message.
constexpr auto opcodeNames = std::to_array<NamedOpcode>({
    {'0', "POP"},        {'1', "POP_MARK"},     {'2', "DUP"},
    {'S', "STRING"},     {'T', "BINSTRING"},    {'U', "SHORT_BINSTRING"},
    {'i', "INST"},       {'o', "OBJ"},          {'P', "PERSID"},
    {'Q', "BINPERSID"},  {0x81, "NEWOBJ"},      {0x82, "EXT1"},
    {0x83, "EXT2"},      {0x84, "EXT4"},        {0x8b, "LONG4"},
    {0x8f, "EMPTY_SET"}, {0x90, "ADDITEMS"},    {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
});

/// A name as it may be shown: letters, digits, points and underscores, not too long.
std::string shown(std::string_view text) {
  constexpr size_t longest = 80;
  std::string safe(text.substr(0, longest));
  std::ranges::replace_if(
      safe,
      [](unsigned char letter) {
        return !(letter == '.' || letter == '_' || (letter >= '0' && letter <= '9') ||
                 (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z'));
      },
      '?');
  return text.size() > longest ? safe + "..." : safe;
}

}  // namespace

Result<Value> findGlobal(std::string_view module, std::string_view name) {
  Value value(Kind::global);
  if (module == "torch" || module == "torch.cuda") {
    const auto found = std::ranges::find(storageTypes, name, &NamedScalar::name);
    if (found != storageTypes.end()) {
      value.global = Global::storageType;
      value.scalar = found->type;
      return value;
    }
  }
  for (const AllowedGlobal& allowed : allowedGlobals) {
    if (allowed.module != module || allowed.name != name) continue;
    value.global = allowed.global;
    return value;
  }
  return Error{ErrorCode::unsafePickle,
               "the pickle asks for " + shown(module) + "." + shown(name) +
                   "; only the names that rebuild tensors and NumPy arrays are allowed, and nothing was run"};
}

std::string opcodeName(uint8_t opcode) {
  const auto found = std::ranges::find(opcodeNames, opcode, &NamedOpcode::code);
  return found == opcodeNames.end() ? "unknown" : std::string(found->name);
}

std::optional<ScalarType> scalarFromName(std::string_view name) {
  const auto found = std::ranges::find(numpyTypes, name, &NamedScalar::name);
  if (found == numpyTypes.end()) return std::nullopt;
  return found->type;
}

}  // namespace pith::dof
