// SPDX-License-Identifier: Apache-2.0
/// @file The form of one array of NumPy.
#pragma once

#include <string>
#include <vector>

#include "export/arrays.h"

namespace pith::cli {

/// The header of an array in row-major order, padded to a multiple of 64 bytes. @param type  "<f4", "<U32",
/// ...
std::string npyHeader(const std::string& type, const std::vector<uint64_t>& shape);

/// "<f4" and its kin. @param characters  of a text, the length of the longest one
std::string npyType(ArrayType type, size_t characters = 0);

}  // namespace pith::cli
