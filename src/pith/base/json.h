// SPDX-License-Identifier: Apache-2.0
/// @file JSON (RFC 8259) as a small value tree. yyjson reads and writes it; json.cpp is the only file that includes it.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pith/base/result.h"

namespace pith {

/// One JSON value. Objects keep the order in which their members were added, so equal input gives equal text.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;                                 // null
  Json(bool value) : value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Json(T value) : value_(static_cast<int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  /// Parses UTF-8 text. Nesting deeper than 64 levels and texts over 64 MiB are refused.
  /// @errors invalidArgument with the position and yyjson's message.
  static Result<Json> parse(std::string_view text);

  /// Compact text, or indented by two spaces. Numbers that are whole are written without a point; a double is
  /// written with the shortest digits that read back to the same value. NaN and infinities become null.
  [[nodiscard]] std::string dump(bool indented = false) const;

  bool isNull() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* asBool() const { return std::get_if<bool>(&value_); }
  const int64_t* asInteger() const { return std::get_if<int64_t>(&value_); }
  const std::string* asString() const { return std::get_if<std::string>(&value_); }
  const Array* asArray() const { return std::get_if<Array>(&value_); }
  const Object* asObject() const { return std::get_if<Object>(&value_); }
  /// An integer or a double, as a double.
  bool isNumber() const;
  double number() const;

  /// The member of an object, or null where this is no object or has no such member.
  const Json* find(std::string_view key) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

}  // namespace pith
