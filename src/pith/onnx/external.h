// SPDX-License-Identifier: Apache-2.0
/// @file Weights of an ONNX model that lie in other files.
#pragma once

#include <map>
#include <string>

#include "pith/onnx/onnx.h"
#include "pith/onnx/wire.h"

namespace pith::onnx {

/// Finds weights in other files; a part of a file belongs to one tensor.
class ExternalReader {
 public:
  explicit ExternalReader(ExternalData* files) : files_(files) {}

  /// Where the bytes of a tensor lie, which then are as if they stood in the model. The part refers to this object.
  /// @errors unsupportedDataType without files; corruptModel where name, place or length are not allowed or parts
  ///         overlap; those of ExternalData::open
  [[nodiscard]] Result<SourcePart> find(const TensorMessage& tensor, const Limits& limits);

 private:
  ExternalData* files_;
  std::map<std::string, MemorySource> sources_;
  std::map<std::string, std::map<int64_t, int64_t>> parts_;  // by file: begin and end
};

}  // namespace pith::onnx
