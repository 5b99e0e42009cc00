// SPDX-License-Identifier: Apache-2.0
/// @file What a model folder says about its model: `models/<name>/manifest.json`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/sha256.h"
#include "pith/model/model_source.h"
#include "pith/model/recipe.h"

namespace pith {

/// How a package's model was made smaller, and what that costs.
struct CompactionInfo {
  std::string from;          // SHA-256 of the model file that it was made of
  std::string weights;       // "f16" or "i8", see onnx/compact.h
  double relativeError = 0;  // relative L2 distance of the features of the built-in pictures, the largest
};

/// A model package's description. Fields of the JSON file bear the same names; `tap`, `provisional` and
/// `compaction` may be left out.
struct Manifest {
  std::string name;         // "pith-cxr-1"
  std::string title;        // one line for people
  std::string file;         // the model file beside the manifest, a plain file name
  std::string sha256;       // of that file, 64 hexadecimal digits
  int64_t sizeBytes = 0;    // of that file
  Recipe recipe;
  std::string tap;          // tensor to take the features from; empty: found by itself
  int featureCount = 0;     // length of the feature vector
  std::string licence;      // SPDX identifier of the weights
  std::string attribution;  // of the training data and their licences, one paragraph
  bool provisional = false;
  std::optional<CompactionInfo> compaction;
};

/// Reads a manifest; unknown fields are refused by name. `name` and `file` are 1 to 64 letters, digits, '.', '-' or '_'
/// that begin with a letter or digit, so that they name nothing outside of the model's folder.
/// @errors invalidManifest, naming the field, what was seen and what is allowed; invalidRecipe
[[nodiscard]] Result<Manifest> parseManifest(std::string_view json);

/// What parseManifest reads back to the same manifest.
[[nodiscard]] Json manifestToJson(const Manifest& manifest);

/// @errors weightsMismatch where size or SHA-256 differ from the manifest's; those of ModelSource::read
[[nodiscard]] Status verifyModelFile(const Manifest& manifest, ModelSource& modelFile);
[[nodiscard]] Status verifyModelFile(const Manifest& manifest, ByteView modelFile);
/// @param modelSha256  of the file, computed before
[[nodiscard]] Status verifyModelFile(const Manifest& manifest, uint64_t sizeBytes, const Sha256Digest& modelSha256);

}  // namespace pith
