// SPDX-License-Identifier: Apache-2.0
#include "pith/base/json.h"

#include <yyjson.h>

#include <cmath>
#include <limits>
#include <memory>

namespace pith {
namespace {

constexpr int maxDepth = 64;
constexpr size_t maxTextBytes = size_t{64} << 20;

struct DocumentFree {
  void operator()(yyjson_doc* document) const { yyjson_doc_free(document); }
  void operator()(yyjson_mut_doc* document) const { yyjson_mut_doc_free(document); }
};

Error tooDeep() { return {ErrorCode::invalidArgument, "JSON is nested deeper than 64 levels"}; }

Result<Json> fromValue(yyjson_val* value, int depth);

Result<Json> fromArray(yyjson_val* value, int depth) {
  Json::Array array;
  array.reserve(yyjson_arr_size(value));
  yyjson_arr_iter iterator = yyjson_arr_iter_with(value);
  while (yyjson_val* item = yyjson_arr_iter_next(&iterator)) {
    PITH_ASSIGN_OR_RETURN(Json element, fromValue(item, depth + 1));
    array.push_back(std::move(element));
  }
  return Json(std::move(array));
}

Result<Json> fromObject(yyjson_val* value, int depth) {
  Json::Object object;
  object.reserve(yyjson_obj_size(value));
  yyjson_obj_iter iterator = yyjson_obj_iter_with(value);
  while (yyjson_val* key = yyjson_obj_iter_next(&iterator)) {
    PITH_ASSIGN_OR_RETURN(Json member, fromValue(yyjson_obj_iter_get_val(key), depth + 1));
    object.emplace_back(std::string(yyjson_get_str(key), yyjson_get_len(key)), std::move(member));
  }
  return Json(std::move(object));
}

Result<Json> fromValue(yyjson_val* value, int depth) {
  if (depth > maxDepth) return tooDeep();
  if (yyjson_is_bool(value)) return Json(yyjson_get_bool(value));
  if (yyjson_is_sint(value)) return Json(yyjson_get_sint(value));
  if (yyjson_is_uint(value)) {
    const uint64_t number = yyjson_get_uint(value);
    if (number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return Json(static_cast<int64_t>(number));
    return Json(static_cast<double>(number));
  }
  if (yyjson_is_real(value)) return Json(yyjson_get_real(value));
  if (yyjson_is_str(value)) return Json(std::string(yyjson_get_str(value), yyjson_get_len(value)));
  if (yyjson_is_arr(value)) return fromArray(value, depth);
  if (yyjson_is_obj(value)) return fromObject(value, depth);
  return Json();
}

yyjson_mut_val* toValue(yyjson_mut_doc* document, const Json& json) {
  if (const bool* flag = json.asBool()) return yyjson_mut_bool(document, *flag);
  if (const int64_t* integer = json.asInteger()) return yyjson_mut_sint(document, *integer);
  if (json.isNumber()) {
    return std::isfinite(json.number()) ? yyjson_mut_real(document, json.number()) : yyjson_mut_null(document);
  }
  if (const std::string* text = json.asString()) return yyjson_mut_strn(document, text->data(), text->size());
  if (const Json::Array* array = json.asArray()) {
    yyjson_mut_val* value = yyjson_mut_arr(document);
    for (const Json& item : *array) yyjson_mut_arr_append(value, toValue(document, item));
    return value;
  }
  if (const Json::Object* object = json.asObject()) {
    yyjson_mut_val* value = yyjson_mut_obj(document);
    for (const auto& [key, member] : *object) {
      yyjson_mut_obj_add(value, yyjson_mut_strn(document, key.data(), key.size()), toValue(document, member));
    }
    return value;
  }
  return yyjson_mut_null(document);
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  if (text.size() > maxTextBytes) {
    return Error{ErrorCode::invalidArgument, "JSON of " + std::to_string(text.size()) + " bytes; at most 64 MiB are read"};
  }
  yyjson_read_err error{};
  const std::unique_ptr<yyjson_doc, DocumentFree> document(
      yyjson_read_opts(const_cast<char*>(text.data()), text.size(), YYJSON_READ_NOFLAG, nullptr, &error));
  if (!document) {
    return Error{ErrorCode::invalidArgument,
                 "not JSON: " + std::string(error.msg) + " at byte " + std::to_string(error.pos)};
  }
  return fromValue(yyjson_doc_get_root(document.get()), 0);
}

std::string Json::dump(bool indented) const {
  const std::unique_ptr<yyjson_mut_doc, DocumentFree> document(yyjson_mut_doc_new(nullptr));
  yyjson_mut_doc_set_root(document.get(), toValue(document.get(), *this));
  size_t length = 0;
  const yyjson_write_flag flags = indented ? YYJSON_WRITE_PRETTY_TWO_SPACES : YYJSON_WRITE_NOFLAG;
  char* text = yyjson_mut_write(document.get(), flags, &length);
  std::string result = text ? std::string(text, length) : "null";
  std::free(text);
  return result;
}

bool Json::isNumber() const {
  return std::holds_alternative<int64_t>(value_) || std::holds_alternative<double>(value_);
}

double Json::number() const {
  if (const int64_t* integer = asInteger()) return static_cast<double>(*integer);
  const double* real = std::get_if<double>(&value_);
  return real ? *real : 0.0;
}

const Json* Json::find(std::string_view key) const {
  const Object* object = asObject();
  if (!object) return nullptr;
  for (const Member& member : *object) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

}  // namespace pith
