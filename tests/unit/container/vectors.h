// SPDX-License-Identifier: Apache-2.0
/// @file The golden files of spec/vectors, made anew: each container and what a reader must say about it.
#pragma once

#include <string>
#include <vector>

#include "pith/base/json.h"
#include "pith/container/reader.h"

namespace pith::test {

struct Vector {
  std::string name;            // "valid/001-..." or "invalid/001-...", without an extension
  std::vector<uint8_t> bytes;  // of NAME.pith
  std::string json;            // of NAME.json: the content, or {"error": code}
};

[[nodiscard]] std::vector<Vector> makeVectors();

/// Everything a container holds, features included, as JSON.
[[nodiscard]] Json describe(const Container& container);

/// What opening and verifying a file gives: describe(), or {"error": code}.
[[nodiscard]] Json answerTo(ByteView file);

}  // namespace pith::test
