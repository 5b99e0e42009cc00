// SPDX-License-Identifier: Apache-2.0
/// @file The allow-list: which of Python's names a pickle may ask for, and what opcodes are called.
#pragma once

#include <optional>
#include <string>

#include "pith/base/result.h"
#include "pith/dof/pickle_value.h"

namespace pith::dof {

/// The value that stands for a name. @errors unsafePickle, with the name
[[nodiscard]] Result<Value> findGlobal(std::string_view module, std::string_view name);

/// "INST", "EXT1", ...; "unknown" for a byte that is no opcode.
/// @source Python's library, pickletools (the names)
[[nodiscard]] std::string opcodeName(uint8_t opcode);

/// A NumPy type as "f4" or "u1". Structures, objects, texts and complex numbers have none.
[[nodiscard]] std::optional<ScalarType> scalarFromName(std::string_view name);

}  // namespace pith::dof
