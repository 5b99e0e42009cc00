// SPDX-License-Identifier: Apache-2.0
/// @file Reads fields out of a JSON object, once each, with errors that name them.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/json.h"
#include "pith/base/result.h"
#include "pith/transform/names.h"

namespace pith {

/// The members of one object. What was not read when finish() is called is a misspelt name.
class JsonFields {
 public:
  /// @param what  names the object in messages: "the head"
  JsonFields(const Json& json, std::string what) : what_(std::move(what)) {
    if (json.asObject()) {
      object_ = *json.asObject();
    } else {
      fail("is no JSON object");
    }
  }

  /// The member of that name, or null; it counts as read.
  const Json* take(std::string_view name) {
    known_.emplace_back(name);
    for (const Json::Member& member : object_) {
      if (member.first == name) return &member.second;
    }
    return nullptr;
  }

  void text(std::string_view name, std::string& target) {
    const Json* const value = take(name);
    if (!value) return;
    if (!value->asString()) return fail("has a field " + inMarks(name) + " that is no text");
    target = *value->asString();
  }
  /// A number that `Number` can hold, written as a number or, for 64-bit seeds, as decimal digits.
  template <typename Number>
  void number(std::string_view name, Number& target) {
    const Json* const value = take(name);
    if (!value) return;
    if (const std::string* const digits = value->asString(); digits && std::is_same_v<Number, uint64_t>) {
      const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), target);
      if (error == std::errc() && end == digits->data() + digits->size()) return;
      return fail("has a field " + inMarks(name) + " that is no whole number");
    }
    if (!value->isNumber()) return fail("has a field " + inMarks(name) + " that is no number");
    if constexpr (std::is_floating_point_v<Number>) {
      target = static_cast<Number>(value->number());
    } else {
      const int64_t* const whole = value->asInteger();
      if (!whole || !std::in_range<Number>(*whole)) {
        return fail("has a field " + inMarks(name) + " that is no whole number in its range");
      }
      target = static_cast<Number>(*whole);
    }
  }
  /// An enumerator by its name in the schema.
  template <typename Enum>
  void enumerator(std::string_view name, Enum& target) {
    std::string word;
    text(name, word);
    if (word.empty()) return;
    std::vector<std::string> words;
    for (uint8_t i = 0; nameOf(static_cast<Enum>(i)) != "unknown"; ++i) {
      words.emplace_back(nameOf(static_cast<Enum>(i)));
      if (words.back() != word) continue;
      target = static_cast<Enum>(i);
      return;
    }
    fail("has " + inMarks(word) + " as " + inMarks(name) + "; allowed are " + listOfNames(words));
  }

  void fail(const std::string& why) {
    if (failure_.empty()) failure_ = what_ + " " + why;
  }
  /// @errors invalidArgument: the first thing that was wrong, or a member that nobody took
  [[nodiscard]] Status finish() {
    for (const Json::Member& member : object_) {
      if (std::find(known_.begin(), known_.end(), member.first) != known_.end()) continue;
      fail("has no field " + inMarks(member.first) + "; its fields are " + listOfNames(known_));
    }
    if (failure_.empty()) return {};
    return Error{ErrorCode::invalidArgument, failure_};
  }

 private:
  std::string what_;
  Json::Object object_;
  std::vector<std::string> known_;
  std::string failure_;
};

}  // namespace pith
