// SPDX-License-Identifier: Apache-2.0
/// @file A model file that JavaScript has: a Uint8Array, or an object that reads pieces of a file (web/src/api/model_source.ts).
#pragma once

#include "bindings/engine/convert.h"
#include "pith/model/model_source.h"

namespace pith::bindings {

/// Bytes cross into WebAssembly's memory piece by piece, where they are needed.
class ScriptSource final : public ModelSource {
 public:
  explicit ScriptSource(const ModelBytes& file);
  [[nodiscard]] uint64_t sizeBytes() const override { return size_; }
  /// @errors readFailed where the object says that it could not read
  [[nodiscard]] Status read(uint64_t offset, std::span<uint8_t> to) override;

 private:
  emscripten::val file_;
  bool isArray_;
  uint64_t size_;
};

}  // namespace pith::bindings
