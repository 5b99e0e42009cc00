// SPDX-License-Identifier: Apache-2.0
/// @file Values between JavaScript and the library: bytes and floats are copied in and out, structures travel as JSON, and what
/// a call returns or throws becomes `{ok: true, value}` or `{ok: false, error}`.
/// A view of the heap never leaves convert.cpp and script_source.cpp, because growing memory detaches it.
#pragma once

#include <emscripten/val.h>

#include <exception>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pith/base/result.h"

namespace pith::bindings {

// Typed JavaScript values; the tables give each its TypeScript name.
EMSCRIPTEN_DECLARE_VAL_TYPE(Bytes)
EMSCRIPTEN_DECLARE_VAL_TYPE(Floats)

/// One copy in.
[[nodiscard]] std::vector<uint8_t> copyIn(const Bytes& bytes);
[[nodiscard]] std::vector<float> copyIn(const Floats& floats);

/// One copy out, into an array that JavaScript owns.
[[nodiscard]] emscripten::val copyOut(std::span<const uint8_t> bytes);
[[nodiscard]] emscripten::val copyOut(std::span<const float> floats);
/// `{code, detail, advice}`
[[nodiscard]] emscripten::val copyOut(const Error& error);

/// `{ok: true, value}`
[[nodiscard]] emscripten::val success(emscripten::val value);
/// `{ok: false, error}`
[[nodiscard]] emscripten::val failure(const Error& error);

/// What `call` returns, as a JavaScript result; what it throws, as an error.
template <typename Call>
[[nodiscard]] emscripten::val guarded(Call call) {
  try {
    Result<emscripten::val> result = call();
    return result ? success(std::move(result).value()) : failure(result.error());
  } catch (const std::bad_alloc&) {
    return failure({ErrorCode::outOfMemory, "The browser gave this page no more memory."});
  } catch (const std::exception& exception) {
    return failure({ErrorCode::internalError, std::string("An unexpected exception: ") + exception.what()});
  }
}

}  // namespace pith::bindings
