// SPDX-License-Identifier: Apache-2.0
/// @file The files beside an ONNX model in which it keeps weights.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "files.h"
#include "pith/onnx/onnx.h"

namespace pith::cli {

/// Maps files of one folder when a model asks for them; the maps live as long as this does. Not for several threads.
class ModelFolder : public ExternalData {
 public:
  /// @param modelFile  its folder is read, and nothing else
  explicit ModelFolder(const std::filesystem::path& modelFile) : folder_(modelFile.parent_path()) {}

  /// @errors corruptModel where the name is no relative path without ".."; readFailed with what to do
  Result<ByteView> open(std::string_view location) override;

 private:
  std::filesystem::path folder_;
  std::map<std::string, MappedFile, std::less<>> files_;
};

/// Refuses a model that keeps weights in other files, for verbs that take a single file.
/// @throws Failure (usage) that names them and says what to do
void requireSingleFile(ByteView modelFile, const std::string& what);

}  // namespace pith::cli
