// SPDX-License-Identifier: Apache-2.0
#include "model_folder.h"

#include "failure.h"
#include "pith/import/model_digest.h"
#include "text.h"

namespace pith::cli {

Result<ByteView> ModelFolder::open(std::string_view location) {
  if (const auto known = files_.find(location); known != files_.end()) return known->second.bytes();
  if (!staysInFolder(location))
    return Error{ErrorCode::corruptModel, "the model keeps weights in " + inQuotes(std::string(location)) +
                                              ", which leaves its folder"};
  Result<MappedFile> file = MappedFile::open(folder_ / std::filesystem::path(location));
  if (!file) {
    return Error{file.error().code, "the model keeps weights in " + inQuotes(std::string(location)) +
                                        ", which must lie in the model's folder: " + file.error().detail};
  }
  return files_.emplace(location, std::move(*file)).first->second.bytes();
}

void requireSingleFile(ByteView modelFile, const std::string& what) {
  const std::vector<std::string> files = externalFiles(modelFile);
  if (files.empty()) return;
  failUsage(what,
            "the model keeps weights in " + (files.size() == 1 ? inQuotes(files[0]) : std::to_string(files.size()) + " other files") +
                "; a package has them in the model file",
            "Use the file where it lies with --model FILE.onnx --recipe FILE.json, or write it anew with its weights inside: "
            "onnx.save(onnx.load(\"FILE.onnx\"), \"WHOLE.onnx\") in Python.");
}

}  // namespace pith::cli
