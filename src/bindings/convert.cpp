// SPDX-License-Identifier: Apache-2.0
#include "bindings/convert.h"

namespace pith::bindings {

using emscripten::typed_memory_view;
using emscripten::val;

namespace {

template <typename T>
std::vector<T> copyArray(const val& array) {
  std::vector<T> copy(array["length"].as<size_t>());
  val(typed_memory_view(copy.size(), copy.data())).call<void>("set", array);
  return copy;
}

}  // namespace

std::vector<uint8_t> copyIn(const Bytes& bytes) { return copyArray<uint8_t>(bytes); }
std::vector<float> copyIn(const Floats& floats) { return copyArray<float>(floats); }

val copyOut(std::span<const uint8_t> bytes) { return val(typed_memory_view(bytes.size(), bytes.data())).call<val>("slice"); }
val copyOut(std::span<const float> floats) { return val(typed_memory_view(floats.size(), floats.data())).call<val>("slice"); }

val copyOut(const Error& error) {
  val object = val::object();
  object.set("code", std::string(errorName(error.code)));
  object.set("detail", error.detail);
  object.set("advice", std::string(errorAdvice(error.code)));
  return object;
}

val success(val value) {
  val object = val::object();
  object.set("ok", true);
  object.set("value", std::move(value));
  return object;
}

val failure(const Error& error) {
  val object = val::object();
  object.set("ok", false);
  object.set("error", copyOut(error));
  return object;
}

}  // namespace pith::bindings
