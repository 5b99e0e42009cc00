// SPDX-License-Identifier: Apache-2.0
/// @file A value or an Error. No exception crosses the library's boundary.
#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "pith/base/error.h"

namespace pith {

/// Either a `T` or an `Error`. Must be looked at: `if (!result) return result.error();` or PITH_ASSIGN_OR_RETURN.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return checked(); }
  const T& value() const& { return const_cast<Result*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T& checked() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

/// Success without a value, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace pith

#define PITH_CONCAT_INNER(a, b) a##b
#define PITH_CONCAT(a, b) PITH_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Result or Status) from the calling function, if it has one.
#define PITH_RETURN_IF_ERROR(expression)                                \
  do {                                                                  \
    if (auto pithStatus = (expression); !pithStatus.ok()) return pithStatus.error(); \
  } while (false)

/// Declares or assigns `target` from a Result, or returns its error from the calling function.
#define PITH_ASSIGN_OR_RETURN(target, expression) \
  PITH_ASSIGN_OR_RETURN_IMPL(PITH_CONCAT(pithResult, __LINE__), target, expression)
#define PITH_ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                                  \
  if (!result.ok()) return result.error();                     \
  target = std::move(result).value()
