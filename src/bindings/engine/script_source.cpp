// SPDX-License-Identifier: Apache-2.0
#include "bindings/engine/script_source.h"

namespace pith::bindings {

using emscripten::val;

ScriptSource::ScriptSource(const ModelBytes& file)
    : file_(file),
      isArray_(file.instanceof(val::global("Uint8Array"))),
      size_(static_cast<uint64_t>(file[isArray_ ? "length" : "size"].as<double>())) {}

Status ScriptSource::read(uint64_t offset, std::span<uint8_t> to) {
  const auto begin = static_cast<double>(offset), end = static_cast<double>(offset + to.size());
  const val view(emscripten::typed_memory_view(to.size(), to.data()));
  if (isArray_) {
    view.call<void>("set", file_.call<val>("subarray", begin, end));
    return {};
  }
  if (file_.call<bool>("read", begin, view)) return {};
  return Error{ErrorCode::readFailed, "The browser could not read the model file."};
}

}  // namespace pith::bindings
